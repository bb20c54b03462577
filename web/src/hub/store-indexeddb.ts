import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { Cursors, HubStore, OutboxItem } from './types';

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxItem };
  state: { key: 'cursors'; value: Cursors };
}

/** Kept in IndexedDB, one database per person, shared by all tabs: `carewire-<userId>`. */
export function indexedDbStore(userId: string): HubStore {
  const name = `carewire-${userId}`;
  let opening: Promise<IDBPDatabase<Schema>> | null = null;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore('outbox', { keyPath: 'cid' });
        db.createObjectStore('state');
      },
      // Another tab wants to upgrade or delete the database: let go of it, and open it again when needed.
      blocking() {
        void opening?.then((db) => { db.close(); });
        opening = null;
      },
      terminated() {
        opening = null;
      },
    });
    return opening;
  };
  return {
    name,
    outbox: async () => (await database()).getAll('outbox'),
    putOutbox: async (item) => {
      // Strict durability: the item must survive a crash of the machine, since the person has seen it as theirs.
      const write = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
      await Promise.all([write.store.put(item), write.done]);
    },
    removeOutbox: async (cid) => {
      await (await database()).delete('outbox', cid);
    },
    cursors: async () => (await (await database()).get('state', 'cursors')) ?? { epoch: null, streams: {} },
    putCursors: async (cursors) => {
      await (await database()).put('state', cursors, 'cursors');
    },
    clear: async () => {
      const db = await database();
      await Promise.all([db.clear('outbox'), db.clear('state')]);
    },
    close: () => {
      void opening?.then((db) => { db.close(); });
      opening = null;
    },
  };
}
