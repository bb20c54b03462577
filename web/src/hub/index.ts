import type { Hub, HubOptions } from './types';

export { HubError } from './error';
export type * from './types';

export declare function createHub(options: HubOptions): Hub;
/** Kept in IndexedDB, one database per person: `carewire-<userId>`. */
export declare function indexedDbStore(userId: string): import('./types').HubStore;
/** Kept in memory: tests, scripts, private windows. */
export declare function memoryStore(): import('./types').HubStore;
/** A fresh UUIDv7; ids made later sort later. */
export declare function newId(): string;
