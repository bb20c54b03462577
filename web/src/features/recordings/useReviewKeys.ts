import { useEffect } from 'react';

export interface ReviewKeys {
  readonly toggle: () => void;
  readonly move: (byMs: number) => void;
  readonly step: (byMs: number) => void;
  readonly seekPart: (tenths: number) => void;
  readonly mute: () => void;
  readonly bookmark: () => void;
  readonly help: () => void;
}

const FRAME_MS = 1000 / 30;

/** What a key does; null if nothing. Letters by their place on the keyboard, so that every layout and script works. */
export function actionOf(event: Pick<KeyboardEvent, 'key' | 'code'>, keys: ReviewKeys): (() => void) | null {
  if (/^[0-9]$/.test(event.key)) return () => { keys.seekPart(Number(event.key)); };
  if (event.key === '?' || event.key === '؟') return keys.help;
  switch (event.code) {
    case 'Space': case 'KeyK': return keys.toggle;
    case 'ArrowLeft': return () => { keys.move(-5_000); };
    case 'ArrowRight': return () => { keys.move(5_000); };
    case 'KeyJ': return () => { keys.move(-10_000); };
    case 'KeyL': return () => { keys.move(10_000); };
    case 'Comma': return () => { keys.step(-FRAME_MS); };
    case 'Period': return () => { keys.step(FRAME_MS); };
    case 'KeyM': return keys.mute;
    case 'KeyB': return keys.bookmark;
    default: return null;
  }
}

/** Not while somebody writes, chooses from a menu, or presses a button that has the focus. */
export function useReviewKeys(keys: ReviewKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest('input, textarea, select, [contenteditable], [role="menu"], [role="dialog"]')) return;
      if (event.code === 'Space' && target?.closest('button, a, summary')) return;
      if (event.code.startsWith('Arrow') && target?.closest('[role="tablist"], [role="radiogroup"]')) return;
      const act = actionOf(event, keys);
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey);
    return () => { window.removeEventListener('keydown', onKey); };
  }, [keys]);
}
