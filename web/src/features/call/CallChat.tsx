import { Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSlice } from '../../app/workspace/slice';
import { useLocale } from '../../app/useLocale';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConversationView } from '../../contract';
import type { ThreadView } from '../../state/history';
import { Composer } from '../chat/Composer';
import { MessageList } from '../chat/MessageList';
import { ReceiptModal } from '../chat/ReceiptModal';
import { useChat } from '../chat/useChat';
import classes from './CallRoom.module.css';

/** The conversation beside the picture. */
export function CallChat({ conversation }: { conversation: ConversationView }) {
  const { t } = useTranslation();
  const { threads } = useWorkspace();
  const loaded = useSlice(threads.of(conversation.conversation_id));
  if (loaded.phase !== 'ready') return <Loader type="dots" role="img" aria-label={t('app.loading')} />;
  return <Thread conversation={conversation} view={loaded.value} />;
}

function Thread({ conversation, view }: { conversation: ConversationView; view: ThreadView }) {
  const { me } = useWorkspace();
  const locale = useLocale();
  const live = useHubStatus().state === 'live';
  const chat = useChat(conversation, view, me, locale);
  return (
    <div className={classes.chat}>
      <MessageList
        conversation={conversation} rows={chat.rows} paging={chat.paging} me={me} locale={locale} live={live} target={chat.target}
        quoteOf={chat.quoteOf} actions={chat.actions} onRetry={chat.retry} onDiscard={chat.discard} onEnd={chat.onEnd}
      />
      {!conversation.closed && <Composer mode={chat.mode} text={chat.text} onText={chat.setText} onSend={chat.send} onCancelMode={chat.cancelMode} onEditLast={chat.editLast} />}
      {chat.details && <ReceiptModal message={chat.details} conversation={conversation} me={me} onClose={chat.closeDetails} />}
    </div>
  );
}
