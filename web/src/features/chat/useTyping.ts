import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConversationView } from '../../contract';
import type { ThreadState } from '../../state';
import { TYPING_EVERY_MS } from './limits';

/** Tells the others that I write: at once, then every few seconds, and when I stop. */
export function useTypingSignal(conversationId: string): (typing: boolean) => void {
  const { typing } = useWorkspace();
  const toldAt = useRef(0);
  const tell = useCallback((now: boolean) => {
    const due = Date.now() - toldAt.current >= TYPING_EVERY_MS;
    if (now ? !due : toldAt.current === 0) return;
    toldAt.current = now ? Date.now() : 0;
    typing(conversationId, now);
  }, [conversationId, typing]);
  useEffect(() => () => { tell(false); }, [tell]);
  return tell;
}

/** Who writes now, as a sentence; null for nobody. */
export function useTypists(conversation: ConversationView, thread: ThreadState, me: string): string | null {
  const { t } = useTranslation();
  const names = conversation.members
    .filter((member) => member.person.user_id !== me && member.person.user_id in thread.typing)
    .map((member) => member.person.name);
  const [a, b] = names;
  if (a === undefined) return null;
  if (b === undefined) return t('chat.typing.one', { name: a });
  return names.length === 2 ? t('chat.typing.two', { a, b }) : t('chat.typing.many');
}
