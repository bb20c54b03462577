import type { CommandMap, CommandName, DurableFactName, ErrorCode, FactMap, LossyFactName, SignalName, WritingName } from '../contract';
import type { HubError } from './error';
import type { Network } from './network';
import type { Tabs } from './tabs';

/** Where the connection stands. `refused` is final until `hub.connect()` is called again (sign in again first). */
export type HubState = 'connecting' | 'live' | 'reconnecting' | 'refused' | 'offline';

/** The state of the connection, why it is so, and since when (milliseconds since the epoch). */
export interface HubStatus {
  readonly state: HubState;
  /** Code of the refusal or of `hub.goodbye`, or the transport's own word; empty while all is well. */
  readonly reason: string;
  readonly since: number;
  /** When the next attempt to connect is due; null unless waiting for one. */
  readonly retryAt: number | null;
}

/** A durable fact with its place in the log. `t` says which type `data` has. */
export type HubEvent = {
  [N in DurableFactName]: {
    readonly t: N;
    readonly s: string;
    readonly n: number;
    /** When the hub accepted it, RFC 3339 UTC. */
    readonly at: string;
    /** User id of the author, or `system`. */
    readonly by: string;
    /** The author's client id; matches the outbox item that caused it. */
    readonly cid?: string | null;
    readonly data: FactMap[N];
  };
}[DurableFactName];

/** What the owner of an open stream is told. Events arrive once each, in order, without gaps. */
export interface StreamListener {
  onEvents(events: HubEvent[]): void;
  /** Everything known of the stream is void. Load its snapshot and answer with the position `n` it states. */
  onReset(floor: number, head: number): Promise<number>;
  /** The stream is not yours (any more). It has been closed. */
  onGone(): void;
}

export type WritingPayload<N extends WritingName> = Omit<CommandMap[N]['payload'], 'cid'>;

export type OutboxState = 'waiting' | 'sending' | 'refused';

/** One command that has been handed over and is not settled yet. */
export type OutboxItem<N extends WritingName = WritingName> = N extends WritingName
  ? {
      readonly cid: string;
      readonly name: N;
      /** Items of one lane are sent one after another, in the order of `seq`. */
      readonly lane: string;
      readonly seq: number;
      readonly payload: WritingPayload<N>;
      readonly createdAt: number;
      readonly state: OutboxState;
      readonly attempts: number;
      /** Why it was refused; null otherwise. */
      readonly error: ErrorShape | null;
    }
  : never;

/** A refusal as plain data, as it travels in an ack. */
export interface ErrorShape {
  readonly code: ErrorCode | LocalCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly after_ms?: number | null;
  readonly details?: Record<string, unknown> | null;
  readonly ref?: string;
}

/** Refusals that never reached a hub: no answer in time, no connection, closed or discarded by this client. */
export type LocalCode = 'timeout' | 'disconnected' | 'closed' | 'discarded' | 'outbox_full';

export type Ack<R> = { ok: true; data: R } | { ok: false; error: ErrorShape };

/** What survives a closed tab. Writes resolve when they are durable. */
export interface HubStore {
  /** Same for all tabs that share the store, and only for them; empty when it is not shared. */
  readonly name: string;
  outbox(): Promise<OutboxItem[]>;
  putOutbox(item: OutboxItem): Promise<void>;
  removeOutbox(cid: string): Promise<void>;
  /** Cursor of every stream this device follows, and the epoch they belong to. */
  cursors(): Promise<Cursors>;
  putCursors(cursors: Cursors): Promise<void>;
  /** Called by signing out: forget everything of this person. */
  clear(): Promise<void>;
  close(): void;
}

export interface Cursors {
  readonly epoch: string | null;
  readonly streams: Readonly<Record<string, number>>;
}

/** Time and chance, replaceable in tests. */
export interface Clock {
  now(): number;
  random(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface HubOptions {
  /** Origin of the hub, for example `https://care.example`. */
  readonly url: string;
  /**
   * A valid access token, asked for before each connection and before each expiry. With `fresh` the hub did not take
   * the last one, or it is about to expire: get a new one. Reject with a `HubError` of status 401 to be `refused`;
   * any other rejection counts as a network that is away and is tried again.
   */
  readonly token: (fresh: boolean) => Promise<string>;
  /** UUIDv7 of this device, the same for ever; scopes client ids. */
  readonly deviceId: string;
  readonly store: HubStore;
  readonly clock?: Clock;
  /** Socket.IO transports in the order to try; default websocket, then polling. */
  readonly transports?: readonly ('websocket' | 'polling')[];
  /** What the device knows of its network; default: the browser's events. */
  readonly network?: Network;
  /** How tabs share one outbox; default: Web Locks and BroadcastChannel where there are any. */
  readonly tabs?: Tabs;
}

export interface Posted<N extends WritingName> {
  /** Client id; also in the fact that the command causes. */
  readonly cid: string;
  /** Resolves with the reply, rejects with a `HubError` on refusal or discard. Waits for as long as it takes. */
  readonly settled: Promise<CommandMap[N]['reply']>;
}

export type Unsubscribe = () => void;

export interface Hub {
  readonly status: HubStatus;
  /** Everything not settled, oldest first. */
  readonly outbox: readonly OutboxItem[];
  onStatus(listen: (status: HubStatus) => void): Unsubscribe;
  onOutbox(listen: (items: readonly OutboxItem[]) => void): Unsubscribe;
  /** Start, or start again after `refused`. Until then nothing leaves this device. */
  connect(): void;
  /** Ask and wait for the answer; fails with `HubError` (code `timeout`/`disconnected` when there was none). */
  request<N extends Exclude<CommandName, SignalName>>(
    name: N,
    payload: CommandMap[N]['payload'],
    options?: { timeoutMs?: number },
  ): Promise<CommandMap[N]['reply']>;
  /** Hand over a command to the outbox: kept, ordered, resent until the hub has answered. */
  post<N extends WritingName>(name: N, payload: WritingPayload<N>): Posted<N>;
  /** Send a refused item again. */
  retry(cid: string): void;
  /** Give an item up; its promise rejects with `discarded`. */
  discard(cid: string): void;
  /** Fire and forget; dropped when not live. */
  signal<N extends SignalName>(name: N, payload: CommandMap[N]['payload']): void;
  /** Follow a stream from a position you have (the snapshot's `n`, or 0 for everything). */
  open(stream: string, cursor: number, listener: StreamListener): Unsubscribe;
  /** Hear a lossy fact. */
  on<N extends LossyFactName>(name: N, listen: (data: FactMap[N], at: string) => void): Unsubscribe;
  /** End for good; pending requests fail with `closed`, the outbox stays in the store. */
  close(): void;
}

export type { HubError };
