import type { Unsubscribe } from './types';

/** What the device knows of its network. React Native: wrap NetInfo. */
export interface Network {
  online(): boolean;
  onChange(listen: (online: boolean) => void): Unsubscribe;
}

/** The browser's own events; where there are none (Node), the network is taken to be there. */
export function browserNetwork(): Network {
  if (typeof window === 'undefined' || typeof window.addEventListener !== 'function') {
    return { online: () => true, onChange: () => () => undefined };
  }
  return {
    online: () => navigator.onLine,
    onChange: (listen) => {
      const up = (): void => { listen(true); };
      const down = (): void => { listen(false); };
      window.addEventListener('online', up);
      window.addEventListener('offline', down);
      return () => {
        window.removeEventListener('online', up);
        window.removeEventListener('offline', down);
      };
    },
  };
}
