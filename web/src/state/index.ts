export * from './callLog';
export * from './calls';
export * from './conversations';
export * from './notifications';
export * from './presence';
export * from './relationships';
export * from './selectors';
export * from './thread';
export type * from './types';
