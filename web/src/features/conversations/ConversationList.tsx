import { ActionIcon, Button, Skeleton, TextInput } from '@mantine/core';
import { IconCloudOff, IconMessagePlus, IconMessages, IconSearch, IconShieldQuestion } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionState } from '../../app/session/SessionContext';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { KeptMessages } from '../chat/KeptMessages';
import { ConversationRow } from './ConversationRow';
import classes from './Conversations.module.css';
import { NewConversation } from './NewConversation';
import { useConversationList } from './useConversationList';

export function ConversationList() {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [creating, setCreating] = useState(false);
  const list = useConversationList(query);
  const session = useSessionState();
  const unverified = session.phase === 'signed_in' && !session.verified;
  return (
    <section className={classes.list} aria-label={t('chat.list.label')}>
      <header className={classes.head}>
        <h1 className={classes.title}>{t('chat.list.title')}</h1>
        {!unverified && (
          <ActionIcon size={40} radius="xl" variant="light" aria-label={t('chat.list.new')} title={t('chat.list.new')} onClick={() => { setCreating(true); }}>
            <IconMessagePlus size={21} />
          </ActionIcon>
        )}
      </header>
      <TextInput
        className={classes.search} size="sm" radius="xl" type="search" leftSection={<IconSearch size={17} />} aria-label={t('chat.list.search')} placeholder={t('chat.list.search')}
        value={query} onChange={(event) => { setQuery(event.currentTarget.value); }}
      />
      <div className={classes.rows}>
        <Content list={list} unverified={unverified} onNew={() => { setCreating(true); }} />
      </div>
      {creating && <NewConversation onClose={() => { setCreating(false); }} />}
    </section>
  );
}

function Content({ list, unverified, onNew }: { list: ReturnType<typeof useConversationList>; unverified: boolean; onNew: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { conversations } = useWorkspace();
  const reachable = useHubStatus().state === 'live';
  if (list.phase === 'loading' && !reachable) {
    return (
      <>
        <StatePanel icon={<IconCloudOff />} title={t('connection.waitingTitle')}>{t('connection.waitingText')}</StatePanel>
        <KeptMessages conversationId={null} />
      </>
    );
  }
  if (list.phase === 'loading') return <RowsSkeleton label={t('app.loading')} />;
  if (list.phase === 'failed') {
    return (
      <StatePanel role="alert" tone="danger" icon={<IconCloudOff />} title={t('chat.list.failed')} action={{ label: t('action.retry'), onClick: () => void conversations.load() }}>
        {errorText(list.error)}
      </StatePanel>
    );
  }
  if (unverified && list.rows.length === 0) {
    return <StatePanel icon={<IconShieldQuestion />} title={t('chat.list.unverifiedTitle')}>{t('chat.list.unverifiedText')}</StatePanel>;
  }
  if (list.rows.length === 0 && list.filtered) return <p className={classes.hint} role="status">{t('chat.list.noMatch')}</p>;
  if (list.rows.length === 0) {
    return <StatePanel icon={<IconMessages />} title={t('chat.list.emptyTitle')} action={{ label: t('chat.list.new'), onClick: onNew }}>{t('chat.list.emptyText')}</StatePanel>;
  }
  return (
    <>
      <ul className={classes.items}>{list.rows.map((row) => <li key={row.conversation.conversation_id}><ConversationRow row={row} /></li>)}</ul>
      {list.more && <Button variant="subtle" size="sm" fullWidth onClick={() => void conversations.loadOlder()}>{t('chat.list.older')}</Button>}
    </>
  );
}

function RowsSkeleton({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className={classes.skeleton}>
      {[0, 1, 2, 3, 4].map((key) => (
        <div key={key} className={classes.skeletonRow}><Skeleton circle height={46} /><div><Skeleton height={12} width="55%" /><Skeleton height={10} mt={10} width="85%" /></div></div>
      ))}
    </div>
  );
}
