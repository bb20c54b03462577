import { Skeleton } from '@mantine/core';
import { IconCloudOff, IconDoorExit, IconMessageOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { useConversation, useConversations, useHubStatus, useOutbox, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { useSlice } from '../../app/workspace/slice';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { usePageTitle } from '../../ui/usePageTitle';
import { titleOf } from '../conversations/titles';
import classes from './Chat.module.css';
import { ChatThread } from './ChatThread';
import { KeptMessages } from './KeptMessages';

/** One conversation: loading, refused, gone, or itself. */
export function ChatPage() {
  const { conversationId = '' } = useParams();
  return <Chat key={conversationId} conversationId={conversationId} />;
}

function Chat({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { threads, me } = useWorkspace();
  const session = useSessionState();
  const status = useHubStatus();
  const errorText = useErrorText();
  const list = useConversations();
  const conversation = useConversation(conversationId);
  const loaded = useSlice(threads.of(conversationId));
  const waiting = useOutbox().some((item) => item.name === 'chat.send' && item.payload.conversation_id === conversationId);
  usePageTitle(conversation ? titleOf(conversation, me) : t('chat.list.title'));

  if (loaded.phase === 'failed' && loaded.error === null) {
    return <Centre><StatePanel icon={<IconDoorExit />} title={t('chat.gone')} /></Centre>;
  }
  if (loaded.phase === 'failed' && status.state !== 'live') {
    return (
      <Centre>
        <StatePanel icon={<IconCloudOff />} title={t('connection.waitingTitle')}>{waiting ? undefined : t('connection.waitingText')}</StatePanel>
        <KeptMessages conversationId={conversationId} />
      </Centre>
    );
  }
  if (loaded.phase === 'failed') {
    return (
      <Centre>
        <StatePanel role="alert" tone="danger" icon={<IconMessageOff />} title={t('chat.failed')} action={{ label: t('action.retry'), onClick: () => void threads.load(conversationId) }}>
          {errorText(loaded.error)}
        </StatePanel>
        {waiting && <KeptMessages conversationId={conversationId} />}
      </Centre>
    );
  }
  if (loaded.phase === 'loading' || !conversation || list.phase !== 'ready' || session.phase !== 'signed_in') {
    return waiting ? <Centre><KeptMessages conversationId={conversationId} /></Centre> : <ThreadSkeleton label={t('app.loading')} />;
  }
  return <ChatThread conversation={conversation} view={loaded.value} me={me} role={session.role} />;
}

function Centre({ children }: { children: React.ReactNode }) {
  return <div className={classes.centre}>{children}</div>;
}

const WIDTHS = ['46%', '62%', '38%', '54%', '30%'];

function ThreadSkeleton({ label }: { label: string }) {
  return (
    <div className={classes.skeleton} role="status" aria-label={label}>
      {WIDTHS.map((width, index) => <Skeleton key={width} height={44} radius="lg" width={width} ml={index % 2 === 1 ? 'auto' : 0} />)}
    </div>
  );
}
