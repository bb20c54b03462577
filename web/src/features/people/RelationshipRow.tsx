import { Button, Modal, Text } from '@mantine/core';
import { IconMessageCircle } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { usePresence, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RelationshipView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { useTask } from '../../ui/useTask';
import { PresenceText } from '../presence/PresenceText';
import classes from './People.module.css';

/** One connection with what can be done about it. */
export function RelationshipRow({ link }: { link: RelationshipView }) {
  const { t } = useTranslation();
  const { me, relationships, conversations } = useWorkspace();
  const navigate = useNavigate();
  const [ending, setEnding] = useState(false);
  const other = link.people.find((person) => person.user_id !== me) ?? link.people[0];
  const name = other ? other.name || t(`role.${other.role}`) : '';  // no name before the other side has accepted
  const presence = usePresence()[other?.user_id ?? ''];
  const active = link.status === 'active';
  const answer = useTask(relationships.answer);
  const open = useTask(useCallback(async (userId: string) => {
    await navigate(`/conversations/${await conversations.create({ kind: 'direct', member_ids: [userId] })}`);
  }, [conversations, navigate]));
  if (!other) return null;
  const reply = (accept: boolean) => void answer.run(link.relationship_id, accept);
  return (
    <article className={classes.card} aria-label={name} data-quiet={link.status === 'ended' || link.status === 'declined' || undefined}>
      <PersonAvatar name={name} seed={other.user_id} status={active ? (presence?.status ?? 'offline') : undefined} size={46} />
      <div className={classes.text}>
        <span className={classes.name}><bdi>{name}</bdi></span>
        <span className={classes.meta}>{active ? <PresenceText person={other} presence={presence} /> : t(`role.${other.role}`)}</span>
        <span className={classes.meta}>
          {[t(`people.kind.${link.kind}`), link.label, active ? '' : t(`people.status.${link.status}`)].filter(Boolean).join(' · ')}
        </span>
        <FormAlert error={answer.error ?? open.error} />
      </div>
      <div className={classes.actions}>
        {link.may_answer && <Button size="sm" loading={answer.busy} onClick={() => { reply(true); }}>{t('people.accept')}</Button>}
        {link.may_answer && <Button size="sm" variant="default" disabled={answer.busy} onClick={() => { reply(false); }}>{t('people.decline')}</Button>}
        {active && <Button size="sm" variant="light" loading={open.busy} leftSection={<IconMessageCircle size={17} />} onClick={() => void open.run(other.user_id)}>{t('people.message')}</Button>}
        {(active || (link.status === 'proposed' && !link.may_answer)) && (
          <Button size="sm" variant="subtle" color="red" onClick={() => { setEnding(true); }}>{t(active ? 'people.end' : 'people.withdraw')}</Button>
        )}
      </div>
      {ending && <EndModal link={link} name={name} onClose={() => { setEnding(false); }} />}
    </article>
  );
}

function EndModal({ link, name, onClose }: { link: RelationshipView; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { relationships } = useWorkspace();
  const task = useTask(relationships.end);
  const submit = () => void task.run(link.relationship_id).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('people.endTitle', { name })}>
      <ModalForm submit={t('people.end')} danger busy={task.busy} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <Text>{t('people.endText')}</Text>
      </ModalForm>
    </Modal>
  );
}
