import { ActionIcon, Anchor, Button } from '@mantine/core';
import { IconLogout, IconPencil, IconUserMinus, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLocale } from '../../app/useLocale';
import { usePresence } from '../../app/workspace/WorkspaceContext';
import type { ConversationView, PersonView, Role } from '../../contract';
import { fullDate } from '../../ui/format';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { PresenceText } from '../presence/PresenceText';
import classes from './Chat.module.css';
import { AddMemberModal, LeaveModal, RemoveMemberModal, RenameModal } from './MemberModals';
import { SidePanel } from './SidePanel';

interface MemberPanelProps {
  conversation: ConversationView;
  me: string;
  role: Role;
  onClose: () => void;
}

type Asked = { kind: 'add' } | { kind: 'rename' } | { kind: 'leave' } | { kind: 'remove'; person: PersonView } | null;

export function MemberPanel({ conversation, me, role, onClose }: MemberPanelProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const presence = usePresence();
  const [asked, setAsked] = useState<Asked>(null);
  const group = conversation.kind === 'group' && !conversation.closed;
  // The hub decides; this only spares people buttons that would be refused.
  const leads = group && (role === 'doctor' || role === 'nurse' || conversation.patient_id === me);
  const patient = conversation.members.find((member) => member.person.user_id === conversation.patient_id)?.person;
  const close = () => { setAsked(null); };
  return (
    <SidePanel title={t('chat.members.title')} onClose={onClose}>
      {patient && <p className={classes.hint}>{t('chat.members.about', { name: patient.name })}</p>}
      <p className={classes.hint}>{t('chat.members.since', { date: fullDate(conversation.created_at, locale) })}</p>
      <h3 className={classes.sectionTitle}>{t('chat.members.people')}</h3>
      <ul className={classes.people}>
        {conversation.members.map(({ person }) => (
          <li key={person.user_id} className={classes.person}>
            <PersonAvatar name={person.name} seed={person.user_id} status={person.user_id === me ? undefined : (presence[person.user_id]?.status ?? 'offline')} />
            <span className={classes.personText}>
              <span className={classes.personName}><bdi>{person.user_id === me ? `${person.name} (${t('you')})` : person.name}</bdi></span>
              <span className={classes.personMeta}>{person.user_id === me ? t(`role.${person.role}`) : <PresenceText person={person} presence={presence[person.user_id]} />}</span>
            </span>
            {leads && person.user_id !== me && person.user_id !== conversation.patient_id && (
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('chat.members.remove', { name: person.name })} onClick={() => { setAsked({ kind: 'remove', person }); }}><IconUserMinus size={19} /></ActionIcon>
            )}
          </li>
        ))}
      </ul>
      {(role === 'patient' || role === 'doctor' || role === 'nurse') && <Anchor component={Link} to={`/recordings?conversation=${conversation.conversation_id}`} size="sm" mt="md">{t('recordings.ofConversation')}</Anchor>}
      {group && (
        <div className={classes.stack}>
          {leads && <Button variant="light" size="sm" leftSection={<IconUserPlus size={18} />} onClick={() => { setAsked({ kind: 'add' }); }}>{t('chat.members.add')}</Button>}
          {leads && <Button variant="default" size="sm" leftSection={<IconPencil size={18} />} onClick={() => { setAsked({ kind: 'rename' }); }}>{t('chat.members.rename')}</Button>}
          <Button variant="subtle" color="red" size="sm" leftSection={<IconLogout size={18} className="cw-flip" />} onClick={() => { setAsked({ kind: 'leave' }); }}>{t('chat.members.leave')}</Button>
        </div>
      )}
      {asked?.kind === 'add' && <AddMemberModal conversation={conversation} onClose={close} />}
      {asked?.kind === 'rename' && <RenameModal conversation={conversation} onClose={close} />}
      {asked?.kind === 'leave' && <LeaveModal conversation={conversation} onClose={close} />}
      {asked?.kind === 'remove' && <RemoveMemberModal conversation={conversation} person={asked.person} onClose={close} />}
    </SidePanel>
  );
}
