import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { BookmarkView } from '../../contract';
import { useErrorText } from '../../ui/useErrorText';
import classes from './Review.module.css';

const UNDO_MS = 6_000;

export interface Bookmarks {
  readonly list: readonly BookmarkView[];
  readonly add: (atMs: number) => Promise<BookmarkView | null>;
  readonly change: (bookmark: BookmarkView, note: string) => Promise<boolean>;
  readonly remove: (bookmark: BookmarkView) => void;
}

/** One's own marks. A removed one can be taken back for some seconds; leaving the page removes it at once. */
export function useBookmarks(recordingId: string, first: readonly BookmarkView[]): Bookmarks {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const errorText = useErrorText();
  const [all, setAll] = useState(first);
  const [held, setHeld] = useState<readonly string[]>([]);
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());

  const complain = useCallback((error: unknown) => { notifications.show({ message: errorText(error), color: 'red', role: 'alert' }); }, [errorText]);
  const release = useCallback((id: string) => {
    clearTimeout(timers.current.get(id));
    timers.current.delete(id);
    notifications.hide(`mark-${id}`);
    setHeld((before) => before.filter((one) => one !== id));
  }, []);
  const handOver = useCallback((id: string) => {
    if (!timers.current.has(id)) return;
    clearTimeout(timers.current.get(id));
    timers.current.delete(id);
    recordings.removeBookmark(recordingId, id).then(() => { setAll((before) => before.filter((one) => one.bookmark_id !== id)); }, complain).finally(() => { release(id); });
  }, [recordings, recordingId, release, complain]);

  const add = useCallback(async (atMs: number) => {
    try {
      const bookmark = await recordings.addBookmark(recordingId, atMs, '');
      setAll((before) => [...before, bookmark].sort((a, b) => a.at_ms - b.at_ms));
      return bookmark;
    } catch (error) {
      complain(error);
      return null;
    }
  }, [recordings, recordingId, complain]);
  const change = useCallback(async (bookmark: BookmarkView, note: string) => {
    try {
      const next = await recordings.changeBookmark(recordingId, bookmark.bookmark_id, note);
      setAll((before) => before.map((one) => (one.bookmark_id === next.bookmark_id ? next : one)));
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  }, [recordings, recordingId, complain]);
  const remove = useCallback(({ bookmark_id: id }: BookmarkView) => {
    timers.current.set(id, setTimeout(() => { handOver(id); }, UNDO_MS));
    setHeld((before) => [...before, id]);
    notifications.show({
      id: `mark-${id}`, autoClose: UNDO_MS, withCloseButton: false, color: 'pine', role: 'status',
      message: <span className={classes.undo}>{t('recordings.notes.removed')}<Button size="compact-sm" variant="light" onClick={() => { release(id); }}>{t('action.undo')}</Button></span>,
    });
  }, [handOver, release, t]);

  useEffect(() => {
    const pending = timers.current;
    const flush = () => { for (const id of [...pending.keys()]) handOver(id); };
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [handOver]);
  const list = useMemo(() => all.filter((one) => !held.includes(one.bookmark_id)), [all, held]);
  return { list, add, change, remove };
}
