import { ActionIcon, UnstyledButton } from '@mantine/core';
import { IconArrowLeft, IconLayoutSidebarRight, IconSearch, IconUsers } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ConversationView, PresenceView } from '../../contract';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { CallButtons } from '../call/CallButtons';
import { counterpartOf, titleOf } from '../conversations/titles';
import { PresenceText } from '../presence/PresenceText';
import classes from './Chat.module.css';

interface ChatHeaderProps {
  conversation: ConversationView;
  me: string;
  presence: PresenceView | undefined;
  typing: string | null;
  panel: 'members' | 'search' | null;
  onPanel: (panel: 'members' | 'search' | null) => void;
}

export function ChatHeader({ conversation, me, presence, typing, panel, onPanel }: ChatHeaderProps) {
  const { t } = useTranslation();
  const other = counterpartOf(conversation, me);
  const title = titleOf(conversation, me);
  const toggle = (name: 'members' | 'search') => { onPanel(panel === name ? null : name); };
  return (
    <header className={classes.header}>
      <ActionIcon component={Link} to="/conversations" variant="subtle" color="gray" size={40} className={classes.back} aria-label={t('chat.header.back')}>
        <IconArrowLeft size={22} className="cw-flip" />
      </ActionIcon>
      <UnstyledButton className={classes.who} onClick={() => { toggle('members'); }}>
        {other ? <PersonAvatar name={other.name} seed={other.user_id} status={presence?.status ?? 'offline'} /> : <span className={classes.groupIcon}><IconUsers size={20} aria-hidden="true" /></span>}
        <span className={classes.titles}>
          <span className={classes.title} role="heading" aria-level={1}><bdi>{title}</bdi></span>
          <span className={classes.subtitle}>
            {typing ?? (other ? <PresenceText person={other} presence={presence} /> : t('chat.header.members', { count: conversation.members.length }))}
          </span>
        </span>
        <span className="cw-hidden">{t('chat.header.details')}</span>
      </UnstyledButton>
      {!conversation.closed && conversation.members.length > 1 && <CallButtons conversationId={conversation.conversation_id} />}
      <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('chat.search.open')} aria-pressed={panel === 'search'} onClick={() => { toggle('search'); }}>
        <IconSearch size={21} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('chat.header.details')} aria-pressed={panel === 'members'} onClick={() => { toggle('members'); }}>
        <IconLayoutSidebarRight size={21} className="cw-flip" />
      </ActionIcon>
    </header>
  );
}
