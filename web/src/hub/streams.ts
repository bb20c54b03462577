import type { Acknowledge, StreamState, Synced } from '../contract';
import { fullJitter } from './clock';
import { HubError } from './error';
import { guarded } from './listeners';
import type { Clock, Cursors, HubEvent, StreamListener, Unsubscribe } from './types';

export const MAX_HELD = 200;
export const MAX_STREAMS_PER_SYNC = 128;
export const ACK_EVERY_EVENTS = 32;
export const ACK_EVERY_MS = 1_000;

/** What the streams need of the connection. */
export interface StreamWire {
  sync(cur: Record<string, number>, epoch: string | null): Promise<Synced>;
  acknowledge(ack: Acknowledge): void;
}

interface Followed {
  readonly name: string;
  readonly listener: StreamListener;
  /** Everything up to here was handed to the listener. */
  cur: number;
  /** Events beyond a gap, by position. */
  readonly held: Map<number, HubEvent>;
  resetting: boolean;
}

/**
 * The client's half of HS/1: each event of a followed stream reaches its listener once, in order, without gaps.
 * `n == cur+1` is delivered, `n <= cur` dropped, anything later held while `hs.sync` fetches what is missing.
 */
export class Streams {
  private readonly followed = new Map<string, Followed>();
  /** Streams that were closed here but are still pushed on this connection: acknowledged, so credit comes back. */
  private readonly muted = new Map<string, number>();
  private readonly stale = new Set<string>();
  private readonly unacked = new Map<string, number>();
  private unackedEvents = 0;
  private ackTimer: unknown = null;
  private syncTimer: unknown = null;
  private syncing = false;
  private failures = 0;
  private live = false;
  private epoch: string | null = null;

  constructor(
    private readonly wire: StreamWire,
    private readonly clock: Clock,
    private readonly keep: (cursors: Cursors) => void,
  ) {}

  /** Cursors from an earlier life belong to this epoch. */
  restore(epoch: string | null): void {
    this.epoch ??= epoch;
  }

  open(name: string, cursor: number, listener: StreamListener): Unsubscribe {
    const followed: Followed = { name, listener, cur: cursor, held: new Map(), resetting: false };
    this.followed.set(name, followed);
    this.muted.delete(name);
    this.want(name);
    return () => {
      if (this.followed.get(name) !== followed) return;
      this.followed.delete(name);
      this.stale.delete(name);
      if (this.live) this.muted.set(name, followed.cur);
    };
  }

  /** A connection is up: continue everything. Another epoch than before voids all cursors. */
  connected(epoch: string): void {
    const foreign = this.epoch !== null && this.epoch !== epoch;
    this.epoch = epoch;
    this.live = true;
    this.failures = 0;
    this.remember();
    for (const one of this.followed.values()) {
      if (foreign) this.reset(one, 0, 0);
      else this.want(one.name);
    }
  }

  disconnected(): void {
    this.live = false;
    this.stale.clear();
    this.muted.clear();
    this.unacked.clear();
    this.unackedEvents = 0;
    this.clock.clearTimeout(this.ackTimer);
    this.clock.clearTimeout(this.syncTimer);
    this.ackTimer = this.syncTimer = null;
    // What is held comes again with the next sync.
    for (const one of this.followed.values()) one.held.clear();
  }

  /** Events of one stream, live or as a page. */
  receive(name: string, events: readonly HubEvent[]): void {
    const one = this.followed.get(name);
    if (!one) {
      this.swallow(name, events);
      return;
    }
    for (const event of events) {
      if (event.n > one.cur && one.held.size < MAX_HELD) one.held.set(event.n, event);
      else if (event.n === one.cur + 1) one.held.set(event.n, event);
      if (!one.resetting && event.n === one.cur + 1) this.deliver(one);
    }
    if (!one.resetting && one.held.size > 0) this.want(name);
  }

  lagging(heads: Readonly<Record<string, number>>): void {
    this.flushAcks();
    for (const name of Object.keys(heads)) if (this.followed.has(name)) this.want(name);
  }

  resetByHub(name: string, floor: number, head: number): void {
    const one = this.followed.get(name);
    if (one) this.reset(one, floor, head);
  }

  private deliver(one: Followed): void {
    const batch: HubEvent[] = [];
    for (let next = one.held.get(one.cur + 1); next; next = one.held.get(one.cur + 1)) {
      one.held.delete(next.n);
      one.cur = next.n;
      batch.push(next);
    }
    for (const n of one.held.keys()) if (n <= one.cur) one.held.delete(n);
    if (batch.length === 0) return;
    this.acknowledge(one.name, one.cur, batch.length);
    guarded(() => { one.listener.onEvents(batch); });
  }

  private swallow(name: string, events: readonly HubEvent[]): void {
    const before = this.muted.get(name);
    const last = events.at(-1)?.n;
    if (before === undefined || last === undefined || last <= before) return;
    this.muted.set(name, last);
    this.acknowledge(name, last, events.length);
  }

  private acknowledge(name: string, n: number, events: number): void {
    this.unacked.set(name, n);
    this.unackedEvents += events;
    if (this.unackedEvents >= ACK_EVERY_EVENTS) this.flushAcks();
    else this.ackTimer ??= this.clock.setTimeout(() => { this.flushAcks(); }, ACK_EVERY_MS);
  }

  private flushAcks(): void {
    this.clock.clearTimeout(this.ackTimer);
    this.ackTimer = null;
    this.unackedEvents = 0;
    const names = [...this.unacked.keys()].slice(0, MAX_STREAMS_PER_SYNC);
    if (names.length === 0) return;
    const cur: Record<string, number> = {};
    for (const name of names) {
      cur[name] = this.unacked.get(name) ?? 0;
      this.unacked.delete(name);
    }
    if (this.live) this.wire.acknowledge({ cur });
    this.remember();
    if (this.unacked.size > 0) this.flushAcks();
  }

  private remember(): void {
    const streams = Object.fromEntries([...this.followed.values()].map((one) => [one.name, one.cur]));
    this.keep({ epoch: this.epoch, streams });
  }

  /** Have the stream continued by the next `hs.sync`; many wishes of one moment become one call. */
  private want(name: string): void {
    this.stale.add(name);
    this.schedule(0);
  }

  private schedule(ms: number): void {
    if (this.live && !this.syncing) this.syncTimer ??= this.clock.setTimeout(() => { void this.sync(); }, ms);
  }

  private async sync(): Promise<void> {
    this.syncTimer = null;
    const asked: Record<string, number> = {};
    const owners = new Map<string, Followed>();
    for (const name of [...this.stale]) {
      const one = this.followed.get(name);
      if (!one || one.resetting) this.stale.delete(name);
      else if (owners.size < MAX_STREAMS_PER_SYNC) {
        owners.set(name, one);
        asked[name] = one.cur;
        this.stale.delete(name);
      }
    }
    if (owners.size === 0 || !this.live) return;
    this.syncing = true;
    let wait = 0;
    try {
      const answer = await this.wire.sync(asked, this.epoch);
      for (const [name, one] of owners) this.continued(one, answer.streams[name]);
      const stuck = [...owners.values()].some((one) => this.stale.has(one.name) && one.cur === asked[one.name]);
      // A hub that has more but sent nothing is short of something: give it a moment.
      if (stuck) wait = this.pauseAfterFailure();
      else this.failures = 0;
    } catch (error) {
      for (const name of owners.keys()) this.stale.add(name);
      const refusal = error instanceof HubError ? error : null;
      if (refusal?.code !== 'disconnected') wait = Math.max(refusal?.afterMs ?? 0, this.pauseAfterFailure());
    } finally {
      this.syncing = false;
    }
    if (this.stale.size > 0) this.schedule(wait);
  }

  private pauseAfterFailure(): number {
    this.failures += 1;
    return 100 + fullJitter(this.clock, this.failures - 1);
  }

  private continued(one: Followed, state: StreamState | undefined): void {
    if (this.followed.get(one.name) !== one || !state) return;
    switch (state.status) {
      case 'more':
        this.stale.add(one.name);
        break;
      case 'reset':
        this.reset(one, state.floor, state.head);
        break;
      case 'gone':
        this.followed.delete(one.name);
        guarded(() => { one.listener.onGone(); });
        break;
      case 'live':
        if (one.held.size > 0 || state.n > one.cur) this.stale.add(one.name);
    }
  }

  private reset(one: Followed, floor: number, head: number): void {
    if (one.resetting) return;
    one.resetting = true;
    one.held.clear();
    void this.restart(one, floor, head, 0);
  }

  private async restart(one: Followed, floor: number, head: number, attempt: number): Promise<void> {
    try {
      const n = await one.listener.onReset(floor, head);
      if (this.followed.get(one.name) !== one) return;
      one.cur = n;
      one.resetting = false;
      this.deliver(one);
      this.want(one.name);
    } catch {
      // The snapshot could not be had just now; without it nothing of the stream may be shown.
      this.clock.setTimeout(() => {
        if (this.followed.get(one.name) === one) void this.restart(one, floor, head, attempt + 1);
      }, fullJitter(this.clock, attempt) + 100);
    }
  }
}
