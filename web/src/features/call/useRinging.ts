import { useEffect } from 'react';
import { play, type SoundName } from '../../media/sound';

const LOCK = 'carewire.ring';
const BLINK_MS = 1_000;

/** One tab of the browser sounds; the others only show. */
export function useSound(name: SoundName | null): void {
  useEffect(() => {
    if (name === null) return;
    let stop: () => void = () => undefined;
    let over = false;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    const begin = () => {
      if (!over) stop = play(name);
      return held;
    };
    if ('locks' in navigator) void navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? begin() : undefined)).catch(() => undefined);
    else void begin();
    return () => {
      over = true;
      stop();
      release();
    };
  }, [name]);
}

/** The tab says who calls, in turn with its own title. */
export function useTabTitle(text: string | null): void {
  useEffect(() => {
    if (text === null) return;
    let own = document.title;
    const timer = setInterval(() => {
      if (document.title === text) document.title = own;
      else {
        own = document.title;
        document.title = text;
      }
    }, BLINK_MS);
    own = document.title;
    document.title = text;
    return () => {
      clearInterval(timer);
      if (document.title === text) document.title = own;
    };
  }, [text]);
}
