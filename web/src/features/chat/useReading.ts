import { useCallback, useEffect, useState } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConversationView } from '../../contract';
import type { ThreadView } from '../../state/history';

/**
 * Where the divider stands, and telling the hub what was read: only what is at the end of the view, on a page that is
 * visible and has the focus.
 */
export function useReading(conversation: ConversationView, view: ThreadView, me: string) {
  const { marker } = useWorkspace();
  const id = conversation.conversation_id;
  const mine = conversation.members.find((member) => member.person.user_id === me);
  const [unreadAfter] = useState(() => (conversation.unread > 0 ? (mine?.read_n ?? 0) : null));
  const [atEnd, setAtEnd] = useState(false);
  const attentive = useAttention();
  const newest = view.live.messages.findLast((message) => message.author_id !== me)?.n ?? 0;

  useEffect(() => { marker.known(id, mine?.delivered_n ?? 0, mine?.read_n ?? 0); }, [marker, id, mine?.delivered_n, mine?.read_n]);
  useEffect(() => {
    if (newest === 0) return;
    const last = view.live.messages.at(-1)?.n ?? newest;
    if (atEnd && attentive && conversation.unread > 0) marker.read(id, last);
    else if (atEnd && attentive) marker.read(id, newest);
    else marker.delivered(id, newest);
  }, [marker, id, newest, atEnd, attentive, conversation.unread, view.live.messages]);

  return { unreadAfter, onEnd: useCallback((end: boolean) => { setAtEnd(end); }, []) };
}

function useAttention(): boolean {
  const [here, setHere] = useState(() => document.visibilityState === 'visible' && document.hasFocus());
  useEffect(() => {
    const look = () => { setHere(document.visibilityState === 'visible' && document.hasFocus()); };
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      window.removeEventListener('blur', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return here;
}
