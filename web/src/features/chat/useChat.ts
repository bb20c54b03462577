import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { useSlice } from '../../app/workspace/slice';
import { useOutbox, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConversationView, MessageView } from '../../contract';
import { unsent, type CallEntry, type ThreadState } from '../../state';
import type { ThreadView } from '../../state/history';
import { useAnnounce } from '../../ui/Announcer';
import type { Locale } from '../../ui/format';
import type { MessageActions } from './MessageItem';
import type { Quote } from './QuotedMessage';
import { timelineOf } from './timeline';
import { useComposer } from './useComposer';
import { usePaging } from './usePaging';
import { usePendingChanges } from './usePendingChanges';
import { useReading } from './useReading';

/** Everything the screen of one conversation shows and does. */
export function useChat(conversation: ConversationView, view: ThreadView, me: string, locale: Locale) {
  const { t } = useTranslation();
  const { hub } = useWorkspace();
  const navigate = useNavigate();
  const location = useLocation();
  const id = conversation.conversation_id;
  const shown = view.window?.thread ?? view.live;
  const outbox = useOutbox();
  const { changes, remove } = usePendingChanges(id);
  const { unreadAfter, onEnd } = useReading(conversation, view, me);
  const paging = usePaging(id, view);
  const [target, setTarget] = useState<{ key: string } | null>(null);
  const [details, setDetails] = useState<MessageView | null>(null);

  const byN = useMemo(() => new Map(shown.messages.map((message) => [message.n, message])), [shown.messages]);
  const nameOf = useCallback(
    (userId: string) => (userId === me ? t('you') : (conversation.members.find((member) => member.person.user_id === userId)?.person.name ?? t('chat.formerMember'))),
    [conversation.members, me, t],
  );
  const composer = useComposer(id, nameOf, () => view.live.messages.findLast((message) => message.author_id === me && message.deleted_at == null));
  const calls = useCallsShown(id, view);
  const rows = useMemo(
    () => timelineOf({ messages: shown.messages, unsent: view.window ? [] : unsent(outbox, view.live), calls, changes, unreadAfter, me, locale }),
    [shown.messages, view, outbox, calls, changes, unreadAfter, me, locale],
  );
  const quoteOf = useCallback((n: number | null | undefined): Quote | null => {
    if (n == null) return null;
    const message = byN.get(n);
    return { n, name: message ? nameOf(message.author_id) : '', text: message && message.deleted_at == null ? message.text : null };
  }, [byN, nameOf]);

  const jump = useJump(id, shown, setTarget);
  useArrivalAt(location.state, jump);
  useAnnouncements(view.live, me, nameOf);

  const { reply, edit } = composer;
  const actions = useMemo<MessageActions>(() => ({
    reply,
    edit,
    remove,
    jump,
    details: setDetails,
    retryChange: (cid) => { hub.retry(cid); },
    discardChange: (cid) => { hub.discard(cid); },
  }), [reply, edit, remove, jump, hub]);

  const open = useCallback((message: MessageView) => {
    if (message.conversation_id === id) jump(message.n);
    else void navigate(`/conversations/${message.conversation_id}`, { state: { n: message.n } });
  }, [id, jump, navigate]);

  return {
    ...composer, rows, paging, target, quoteOf, actions, onEnd, open, details,
    closeDetails: () => { setDetails(null); },
    retry: (cid: string) => { hub.retry(cid); },
    discard: (cid: string) => { hub.discard(cid); },
  };
}

/** The calls of the stretch that is shown: from its first message, and up to its last one unless it is the newest. */
function useCallsShown(conversationId: string, view: ThreadView): readonly CallEntry[] {
  const { conversations, callLog } = useWorkspace();
  const known = useSlice(callLog)[conversationId];
  useEffect(() => { conversations.rewind(conversationId); }, [conversations, conversationId]);
  return useMemo(() => {
    const shown = view.window?.thread ?? view.live;
    const first = shown.more ? (shown.messages[0]?.n ?? Infinity) : 0;
    const last = view.window ? (shown.messages.at(-1)?.n ?? 0) : Infinity;
    return (known ?? []).filter((call) => call.n > first && call.n < last);
  }, [known, view]);
}

function useJump(conversationId: string, shown: ThreadState, setTarget: (target: { key: string }) => void) {
  const { threads } = useWorkspace();
  const [wanted, setWanted] = useState<number | null>(null);
  useEffect(() => {
    const message = wanted === null ? undefined : shown.messages.find((one) => one.n === wanted);
    if (!message) return;
    setTarget({ key: message.cid });
    setWanted(null);
  }, [wanted, shown.messages, setTarget]);
  return useCallback((n: number) => {
    void threads.reveal(conversationId, n).then((there) => { if (there) setWanted(n); }).catch(() => undefined);
  }, [threads, conversationId]);
}

/** A search result of another conversation was opened: go to it once. */
function useArrivalAt(state: unknown, jump: (n: number) => void) {
  const n = typeof state === 'object' && state !== null && 'n' in state && typeof state.n === 'number' ? state.n : null;
  useEffect(() => { if (n !== null) jump(n); }, [n, jump]);
}

/** Messages that arrive while somebody is here are read out, one sentence each. */
function useAnnouncements(thread: ThreadState, me: string, nameOf: (userId: string) => string) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const seen = useRef(thread.messages.at(-1)?.n ?? 0);
  useEffect(() => {
    const last = thread.messages.at(-1);
    if (!last || last.n <= seen.current) return;
    seen.current = last.n;
    if (last.author_id !== me) announce(t('chat.incoming', { name: nameOf(last.author_id), text: last.text }));
  }, [thread.messages, me, nameOf, announce, t]);
}
