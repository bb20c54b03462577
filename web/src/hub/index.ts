export { HubError } from './error';
export { systemClock } from './clock';
export { createHub } from './hub';
export { newId } from './ids';
export type { Network } from './network';
export { indexedDbStore } from './store-indexeddb';
export { memoryStore } from './store-memory';
export type { Tabs } from './tabs';
export type * from './types';
