import { useCallback, useRef, useState } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { MessageView } from '../../contract';
import type { ComposerMode } from './Composer';
import { useTypingSignal } from './useTyping';

/** What is being written: kept as a draft, unless it is a change of a message. */
export function useComposer(conversationId: string, nameOf: (userId: string) => string, lastOwn: () => MessageView | undefined) {
  const { threads, drafts } = useWorkspace();
  const [text, setShown] = useState(() => drafts.of(conversationId));
  const [mode, setMode] = useState<ComposerMode>({ kind: 'new' });
  const draft = useRef(text);
  const typing = useTypingSignal(conversationId);

  const setText = useCallback((next: string) => {
    setShown(next);
    if (mode.kind === 'edit') return;
    draft.current = next;
    drafts.keep(conversationId, next);
    typing(next.trim() !== '');
  }, [conversationId, drafts, mode.kind, typing]);

  const leaveMode = useCallback(() => {
    setMode({ kind: 'new' });
    setShown(draft.current);
  }, []);

  const send = useCallback((said: string) => {
    if (mode.kind === 'edit') {
      if (said !== mode.message.text) threads.edit(mode.message, said);
      leaveMode();
      return;
    }
    threads.send(conversationId, said, mode.kind === 'reply' ? mode.message.n : null);
    draft.current = '';
    drafts.keep(conversationId, '');
    typing(false);
    leaveMode();
  }, [conversationId, drafts, leaveMode, mode, threads, typing]);

  const reply = useCallback((message: MessageView) => {
    setMode({ kind: 'reply', message, name: nameOf(message.author_id) });
    setShown(draft.current);
  }, [nameOf]);
  const edit = useCallback((message: MessageView) => {
    setMode({ kind: 'edit', message });
    setShown(message.text);
  }, []);
  const editLast = () => {
    const message = lastOwn();
    if (message) edit(message);
  };
  return { text, setText, mode, send, reply, edit, editLast, cancelMode: leaveMode };
}
