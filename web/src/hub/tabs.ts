import type { ErrorShape, Unsubscribe } from './types';

/** What tabs of one person tell each other about the outbox they share. */
export type TabMessage =
  | { readonly kind: 'changed' }
  | { readonly kind: 'settled'; readonly cid: string; readonly data: unknown }
  | { readonly kind: 'refused'; readonly cid: string; readonly error: ErrorShape };

/** Which of several tabs sends the outbox, and how they talk. */
export interface Tabs {
  /** Call `owned` once this tab is the one; it stays so until the returned function is called or the tab closes. */
  own(owned: () => void): Unsubscribe;
  tell(message: TabMessage): void;
  onMessage(listen: (message: TabMessage) => void): Unsubscribe;
}

/** A program that is alone: it owns its outbox at once. */
export const alone: Tabs = {
  own: (owned) => {
    owned();
    return () => undefined;
  },
  tell: () => undefined,
  onMessage: () => () => undefined,
};

/** Web Locks and BroadcastChannel, where the browser has both; otherwise alone. */
export function browserTabs(name: string): Tabs {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks;
  if (name === '' || !locks || typeof BroadcastChannel === 'undefined') return alone;
  const channel = new BroadcastChannel(`${name}/outbox`);
  let open = true;
  return {
    own: (owned) => {
      const giveUp = new AbortController();
      let release: () => void = () => undefined;
      const until = new Promise<void>((resolve) => { release = resolve; });
      locks
        .request(`${name}/outbox`, { signal: giveUp.signal }, () => {
          owned();
          return until;
        })
        .catch(() => undefined); // Given up while still waiting for another tab.
      return () => {
        giveUp.abort();
        release();
        open = false;
        channel.close();
      };
    },
    tell: (message) => {
      // What settles while this tab closes, the next owner learns from the store.
      if (open) channel.postMessage(message);
    },
    onMessage: (listen) => {
      const hear = (event: MessageEvent<TabMessage>): void => { listen(event.data); };
      channel.addEventListener('message', hear);
      return () => { channel.removeEventListener('message', hear); };
    },
  };
}
