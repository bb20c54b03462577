import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useLocale } from '../../app/useLocale';
import { useConversations, useHubStatus, usePresence } from '../../app/workspace/WorkspaceContext';
import type { ConversationView, Role } from '../../contract';
import type { ThreadView } from '../../state/history';
import { counterpartOf } from '../conversations/titles';
import classes from './Chat.module.css';
import { ChatHeader } from './ChatHeader';
import { Composer } from './Composer';
import { MemberPanel } from './MemberPanel';
import { MessageList } from './MessageList';
import { ReceiptModal } from './ReceiptModal';
import { SearchPanel } from './SearchPanel';
import { useChat } from './useChat';
import { useTypists } from './useTyping';

interface ChatThreadProps {
  conversation: ConversationView;
  view: ThreadView;
  me: string;
  role: Role;
}

export function ChatThread({ conversation, view, me, role }: ChatThreadProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [query, setQuery] = useSearchParams();
  const asked = query.get('panel');
  const panel = asked === 'members' || asked === 'search' ? asked : null;
  const onPanel = (next: 'members' | 'search' | null) => { setQuery(next === null ? {} : { panel: next }, { replace: true }); };
  const presence = usePresence();
  const live = useHubStatus().state === 'live';
  const list = useConversations();
  const typing = useTypists(conversation, view.live, me);
  const chat = useChat(conversation, view, me, locale);
  const other = counterpartOf(conversation, me);
  return (
    <div className={classes.chat}>
      <div className={classes.thread}>
        <ChatHeader conversation={conversation} me={me} presence={other && presence[other.user_id]} typing={typing} panel={panel} onPanel={onPanel} />
        <MessageList
          conversation={conversation} rows={chat.rows} paging={chat.paging} me={me} locale={locale} live={live} target={chat.target}
          quoteOf={chat.quoteOf} actions={chat.actions} onRetry={chat.retry} onDiscard={chat.discard}
          onEnd={chat.onEnd}
        />
        {conversation.closed
          ? <p className={classes.notice}>{t('chat.closedNotice')}</p>
          : <Composer mode={chat.mode} text={chat.text} onText={chat.setText} onSend={chat.send} onCancelMode={chat.cancelMode} onEditLast={chat.editLast} />}
      </div>
      {panel === 'members' && <MemberPanel conversation={conversation} me={me} role={role} onClose={() => { onPanel(null); }} />}
      {panel === 'search' && (
        <SearchPanel conversation={conversation} conversations={list.phase === 'ready' ? list.value.byId : {}} me={me} onOpen={chat.open} onClose={() => { onPanel(null); }} />
      )}
      {chat.details && <ReceiptModal message={chat.details} conversation={conversation} me={me} onClose={chat.closeDetails} />}
    </div>
  );
}
