import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOutbox, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { MessageView } from '../../contract';
import { UNDO_MS } from './limits';
import classes from './UndoNotice.module.css';
import type { PendingChange } from './timeline';

/**
 * Edits and deletions that are not confirmed yet. A deletion stays on this device for a few seconds in which it can
 * be taken back; leaving the page hands it over at once.
 */
export function usePendingChanges(conversationId: string) {
  const { t } = useTranslation();
  const { threads } = useWorkspace();
  const outbox = useOutbox();
  const held = useRef(new Map<number, { message: MessageView; timer: ReturnType<typeof setTimeout> }>());
  const [heldNs, setHeldNs] = useState<number[]>([]);
  const show = useCallback(() => { setHeldNs([...held.current.keys()]); }, []);

  const handOver = useCallback((n: number) => {
    const entry = held.current.get(n);
    if (!entry) return;
    clearTimeout(entry.timer);
    held.current.delete(n);
    threads.remove(entry.message);
    notifications.hide(`undo-${n}`);
    show();
  }, [threads, show]);

  const remove = useCallback((message: MessageView) => {
    const undo = () => {
      clearTimeout(held.current.get(message.n)?.timer);
      held.current.delete(message.n);
      notifications.hide(`undo-${message.n}`);
      show();
    };
    held.current.set(message.n, { message, timer: setTimeout(() => { handOver(message.n); }, UNDO_MS) });
    notifications.show({
      id: `undo-${message.n}`, autoClose: UNDO_MS, withCloseButton: false, color: 'pine', role: 'status',
      message: <span className={classes.undo}>{t('chat.undoDelete')}<Button size="compact-sm" variant="light" onClick={undo}>{t('action.undo')}</Button></span>,
    });
    show();
  }, [handOver, show, t]);

  useEffect(() => {
    const all = held.current;
    const flush = () => { for (const n of [...all.keys()]) handOver(n); };
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [handOver]);

  const changes = useMemo(() => {
    const found = new Map<number, PendingChange>();
    for (const item of outbox) {
      if (item.name === 'chat.edit' && item.payload.conversation_id === conversationId) {
        found.set(item.payload.n, { kind: 'edit', text: item.payload.text, cid: item.cid, refused: item.state === 'refused' });
      } else if (item.name === 'chat.delete' && item.payload.conversation_id === conversationId) {
        found.set(item.payload.n, { kind: 'delete', cid: item.cid, refused: item.state === 'refused' });
      }
    }
    for (const n of heldNs) found.set(n, { kind: 'delete', cid: '', refused: false });
    return found;
  }, [outbox, heldNs, conversationId]);

  return { changes, remove };
}
