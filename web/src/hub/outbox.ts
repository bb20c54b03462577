import type { CommandMap, WritingName } from '../contract';
import { fullJitter } from './clock';
import { HubError, localError } from './error';
import { newId } from './ids';
import { Listeners } from './listeners';
import type { TabMessage, Tabs } from './tabs';
import type { Clock, HubStore, OutboxItem, Posted, WritingPayload } from './types';

export const ACK_TIMEOUT_MS = 5_000;
/** More than this waiting means that something is wrong; `post` refuses with `outbox_full`. */
export const MAX_OUTBOX = 1_000;

/** Sends one command and waits for its answer; rejects with a `HubError`. */
export type Send = (name: WritingName, payload: object, timeoutMs: number) => Promise<unknown>;

interface Waiter {
  resolve(data: unknown): void;
  reject(error: HubError): void;
}

/** These say nothing about the command: the connection has to be put right first. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['unauthenticated', 'token_expired', 'session_ended', 'disconnected']);

/**
 * Commands on their way. An item is durable in the store before it is sent, stays there until the hub has answered,
 * and is resent with the same `cid`, so it takes effect once. One item per lane is in flight, which keeps the order.
 */
export class Outbox {
  private items: OutboxItem[] = [];
  private readonly waiters = new Map<string, Waiter>();
  private readonly saving = new Set<string>();
  /** Client ids that are settled: a read of the store that began before must not bring them back. */
  private readonly gone = new Set<string>();
  private readonly busyLanes = new Set<string>();
  private readonly pauses = new Map<string, unknown>();
  private readonly changed = new Listeners<[readonly OutboxItem[]]>();
  private readonly stops: (() => void)[] = [];
  private owner = false;
  private live = false;
  private closed = false;

  constructor(
    private readonly store: HubStore,
    private readonly tabs: Tabs,
    private readonly clock: Clock,
    private readonly send: Send,
  ) {}

  /** Load what an earlier life left behind, then take part in deciding who sends. */
  async start(): Promise<void> {
    this.stops.push(this.tabs.onMessage((message) => { this.hear(message); }));
    await this.load();
    if (this.closed) return;
    this.stops.push(
      this.tabs.own(() => {
        void this.load().then(() => {
          this.owner = true;
          this.pump();
        });
      }),
    );
  }

  get all(): readonly OutboxItem[] {
    return this.items;
  }

  onChange(listen: (items: readonly OutboxItem[]) => void): () => void {
    return this.changed.add(listen);
  }

  post<N extends WritingName>(name: N, payload: WritingPayload<N>): Posted<N> {
    const cid = newId(this.clock.now());
    if (this.closed) return { cid, settled: Promise.reject(localError('closed')) };
    if (this.items.length >= MAX_OUTBOX) return { cid, settled: Promise.reject(localError('outbox_full')) };
    const item = {
      cid, name, lane: laneOf(name, payload), seq: (this.items.at(-1)?.seq ?? 0) + 1, payload,
      createdAt: this.clock.now(), state: 'waiting', attempts: 0, error: null,
    } as unknown as OutboxItem;
    const settled = new Promise<CommandMap[N]['reply']>((resolve, reject) => {
      this.waiters.set(cid, { resolve: resolve, reject });
    });
    // Nobody has to listen: a refusal is also visible in the outbox.
    settled.catch(() => undefined);
    this.replace([...this.items, item]);
    void this.save(item).then(() => {
      this.tabs.tell({ kind: 'changed' });
      this.pump();
    });
    return { cid, settled };
  }

  retry(cid: string): void {
    const item = this.find(cid);
    if (item?.state !== 'refused') return;
    void this.change({ ...item, state: 'waiting', error: null }, true).then(() => {
      this.tabs.tell({ kind: 'changed' });
      this.pump();
    });
  }

  discard(cid: string): void {
    const item = this.find(cid);
    // What is being sent may already be durable on the hub: it can no longer be taken back here.
    if (!item || item.state === 'sending') return;
    const error = localError('discarded');
    void this.remove(cid).then(() => { this.tabs.tell({ kind: 'refused', cid, error: error.toShape() }); });
    this.settle(cid, (waiter) => { waiter.reject(error); });
  }

  setLive(live: boolean): void {
    this.live = live;
    if (live) {
      for (const lane of [...this.pauses.keys()]) this.resume(lane);
      this.pump();
    }
  }

  close(): void {
    this.closed = true;
    for (const stop of this.stops) stop();
    for (const timer of this.pauses.values()) this.clock.clearTimeout(timer);
    this.pauses.clear();
    for (const waiter of this.waiters.values()) waiter.reject(localError('closed'));
    this.waiters.clear();
  }

  private pump(): void {
    if (!this.owner || !this.live || this.closed) return;
    const seen = new Set<string>();
    for (const item of this.items) {
      if (item.state === 'refused' || seen.has(item.lane)) continue;
      seen.add(item.lane);
      const idle = !this.busyLanes.has(item.lane) && !this.pauses.has(item.lane);
      if (idle && !this.saving.has(item.cid)) void this.deliver(item);
    }
  }

  private async deliver(item: OutboxItem): Promise<void> {
    this.busyLanes.add(item.lane);
    void this.change({ ...item, state: 'sending', attempts: item.attempts + 1 }, false);
    try {
      const data = await this.send(item.name, { ...item.payload, cid: item.cid }, ACK_TIMEOUT_MS);
      await this.remove(item.cid);
      this.settle(item.cid, (waiter) => { waiter.resolve(data); });
      this.tabs.tell({ kind: 'settled', cid: item.cid, data });
    } catch (failure) {
      await this.failed(item, failure instanceof HubError ? failure : localError('timeout'));
    } finally {
      this.busyLanes.delete(item.lane);
      this.pump();
    }
  }

  private async failed(sent: OutboxItem, error: HubError): Promise<void> {
    const item = this.find(sent.cid) ?? sent;
    if (error.retryable || CONNECTION_CODES.has(error.code)) {
      await this.change({ ...item, state: 'waiting' }, false);
      const wait = Math.max(error.afterMs ?? 0, fullJitter(this.clock, item.attempts - 1));
      if (error.code !== 'disconnected') this.pause(item.lane, wait);
      return;
    }
    await this.change({ ...item, state: 'refused', error: error.toShape() }, true);
    this.settle(item.cid, (waiter) => { waiter.reject(error); });
    this.tabs.tell({ kind: 'refused', cid: item.cid, error: error.toShape() });
  }

  private pause(lane: string, ms: number): void {
    if (this.closed) return;
    this.pauses.set(lane, this.clock.setTimeout(() => { this.resume(lane); this.pump(); }, ms));
  }

  private resume(lane: string): void {
    this.clock.clearTimeout(this.pauses.get(lane));
    this.pauses.delete(lane);
  }

  private hear(message: TabMessage): void {
    if (message.kind === 'settled') this.forget(message.cid);
    if (message.kind === 'settled') this.settle(message.cid, (waiter) => { waiter.resolve(message.data); });
    if (message.kind === 'refused') this.settle(message.cid, (waiter) => { waiter.reject(new HubError(message.error)); });
    void this.load().then(() => { this.pump(); });
  }

  /** The store is the truth, except for what this tab has not saved yet and what it is sending now. */
  private async load(): Promise<void> {
    const stored = await this.store.outbox().catch(() => null);
    if (stored === null || this.closed) return;
    const own = this.items.filter((item) => this.saving.has(item.cid) || item.state === 'sending');
    const mine = new Map(own.map((item) => [item.cid, item]));
    const others = stored.filter((item) => !mine.has(item.cid) && !this.gone.has(item.cid)).map((item) => idle(item));
    this.replace([...others, ...mine.values()].sort((a, b) => a.seq - b.seq || (a.cid < b.cid ? -1 : 1)));
  }

  private find(cid: string): OutboxItem | undefined {
    return this.items.find((item) => item.cid === cid);
  }

  private async change(next: OutboxItem, keep: boolean): Promise<void> {
    this.replace(this.items.map((item) => (item.cid === next.cid ? next : item)));
    if (keep) await this.save(next);
  }

  /** A store that fails (private window, full disk) costs the guarantee of surviving, not the command. */
  private async save(item: OutboxItem): Promise<void> {
    this.saving.add(item.cid);
    await this.store.putOutbox(item).catch(() => undefined);
    this.saving.delete(item.cid);
  }

  private async remove(cid: string): Promise<void> {
    this.forget(cid);
    await this.store.removeOutbox(cid).catch(() => undefined);
    this.replace(this.items.filter((item) => item.cid !== cid));
  }

  private forget(cid: string): void {
    this.gone.add(cid);
    const [oldest] = this.gone;
    if (this.gone.size > MAX_OUTBOX && oldest !== undefined) this.gone.delete(oldest);
  }

  private replace(items: OutboxItem[]): void {
    this.items = items;
    this.changed.tell(items);
  }

  private settle(cid: string, tell: (waiter: Waiter) => void): void {
    const waiter = this.waiters.get(cid);
    this.waiters.delete(cid);
    if (waiter) tell(waiter);
  }
}

function idle(item: OutboxItem): OutboxItem {
  return item.state === 'sending' ? { ...item, state: 'waiting' } : item;
}

/** Commands about one conversation keep their order; so do those about one noun otherwise. */
export function laneOf(name: string, payload: object): string {
  const about = (payload as { conversation_id?: unknown }).conversation_id;
  return typeof about === 'string' ? `c:${about}` : name.slice(0, name.indexOf('.'));
}
