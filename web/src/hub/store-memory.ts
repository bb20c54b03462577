import type { Cursors, HubStore, OutboxItem } from './types';

/** Kept in memory: tests, scripts, and a first step in React Native. */
export function memoryStore(): HubStore {
  const items = new Map<string, OutboxItem>();
  let cursors: Cursors = { epoch: null, streams: {} };
  return {
    name: '',
    outbox: () => Promise.resolve([...items.values()]),
    putOutbox: (item) => {
      items.set(item.cid, item);
      return Promise.resolve();
    },
    removeOutbox: (cid) => {
      items.delete(cid);
      return Promise.resolve();
    },
    cursors: () => Promise.resolve(cursors),
    putCursors: (next) => {
      cursors = next;
      return Promise.resolve();
    },
    clear: () => {
      items.clear();
      cursors = { epoch: null, streams: {} };
      return Promise.resolve();
    },
    close: () => undefined,
  };
}
