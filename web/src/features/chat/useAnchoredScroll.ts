import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Closer to the end than this counts as following the conversation. */
const END_PX = 72;

interface Anchor {
  key: string;
  /** Distance of the row's top from the top of the view. */
  offset: number;
}

export interface AnchoredScroll {
  viewRef: RefObject<HTMLDivElement | null>;
  listRef: RefObject<HTMLOListElement | null>;
  atEnd: boolean;
  onScroll: () => void;
  toEnd: () => void;
  /** Bring a row to the middle; false when it is not there. */
  toRow: (key: string) => boolean;
}

/**
 * Keeps what a person looks at where it is while rows come and go above and below it; follows the end when they are
 * there. Rows carry `data-key`. Done by hand, since not every browser anchors scrolling by itself.
 */
export function useAnchoredScroll(version: unknown): AnchoredScroll {
  const viewRef = useRef<HTMLDivElement>(null);
  const listRef = useRef<HTMLOListElement>(null);
  const anchor = useRef<Anchor | null>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const remember = useCallback(() => {
    const view = viewRef.current;
    if (!view) return;
    const end = view.scrollHeight - view.scrollTop - view.clientHeight < END_PX;
    following.current = end;
    setAtEnd(end);
    anchor.current = firstVisible(view, listRef.current);
  }, []);

  const restore = useCallback(() => {
    const view = viewRef.current;
    if (!view) return;
    if (following.current) view.scrollTop = view.scrollHeight;
    else if (anchor.current) {
      const row = rowOf(listRef.current, anchor.current.key);
      if (row) view.scrollTop += row.getBoundingClientRect().top - view.getBoundingClientRect().top - anchor.current.offset;
    }
    remember();
  }, [remember]);

  useLayoutEffect(restore, [restore, version]);

  useEffect(() => {
    if (typeof ResizeObserver === 'undefined' || !viewRef.current || !listRef.current) return;
    const observer = new ResizeObserver(restore);
    observer.observe(viewRef.current);
    observer.observe(listRef.current);
    return () => { observer.disconnect(); };
  }, [restore]);

  const toEnd = useCallback(() => {
    following.current = true;
    restore();
  }, [restore]);

  const toRow = useCallback((key: string) => {
    const view = viewRef.current;
    const row = rowOf(listRef.current, key);
    if (!view || !row) return false;
    const middle = (view.clientHeight - row.clientHeight) / 2;
    view.scrollTop += row.getBoundingClientRect().top - view.getBoundingClientRect().top - middle;
    remember();
    return true;
  }, [remember]);

  return { viewRef, listRef, atEnd, onScroll: remember, toEnd, toRow };
}

function rowOf(list: HTMLElement | null, key: string): HTMLElement | null {
  for (const row of list?.children ?? []) if ((row as HTMLElement).dataset['key'] === key) return row as HTMLElement;
  return null;
}

function firstVisible(view: HTMLElement, list: HTMLElement | null): Anchor | null {
  const top = view.getBoundingClientRect().top;
  for (const row of list?.children ?? []) {
    const box = row.getBoundingClientRect();
    const key = (row as HTMLElement).dataset['key'];
    if (box.bottom > top && key !== undefined) return { key, offset: box.top - top };
  }
  return null;
}
