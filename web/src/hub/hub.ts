import type { CommandMap, CommandName, FactMap, Lag, LossyFactName, Page, Reset, SignalName, Synced, WritingName } from '../contract';
import { systemClock } from './clock';
import { Connection } from './connection';
import { localError } from './error';
import { Listeners } from './listeners';
import { browserNetwork } from './network';
import { ACK_TIMEOUT_MS, Outbox } from './outbox';
import { Streams } from './streams';
import { browserTabs } from './tabs';
import type { Hub, HubEvent, HubOptions, HubStatus, Posted, StreamListener, WritingPayload } from './types';

/** Put the parts together. Nothing is sent before `connect()`. */
export function createHub(options: HubOptions): Hub {
  return new WiredHub(options);
}

class WiredHub implements Hub {
  private readonly clock;
  private readonly connection: Connection;
  private readonly streams: Streams;
  private readonly box: Outbox;
  private readonly lossy = new Map<string, Listeners<[unknown, string]>>();
  private readonly ready: Promise<void>;
  private closed = false;

  constructor(private readonly options: HubOptions) {
    this.clock = options.clock ?? systemClock;
    this.connection = new Connection(options, this.clock, options.network ?? browserNetwork(), {
      onLive: (welcome) => {
        this.tell('hub.welcome', welcome, welcome.server_time);
        void this.ready.then(() => {
          if (!this.connection.live) return;
          this.streams.connected(welcome.epoch);
          this.box.setLive(true);
        });
      },
      onDown: () => {
        this.streams.disconnected();
        this.box.setLive(false);
      },
      onFact: (name, argument) => { this.route(name, argument); },
    });
    this.streams = new Streams(
      {
        sync: (cur, epoch) => this.connection.command('hs.sync', { cur, epoch }, ACK_TIMEOUT_MS) as Promise<Synced>,
        acknowledge: (ack) => { this.connection.signal('hs.ack', ack); },
      },
      this.clock,
      (cursors) => { options.store.putCursors(cursors).catch(() => undefined); },
    );
    const tabs = options.tabs ?? browserTabs(options.store.name);
    this.box = new Outbox(options.store, tabs, this.clock, (name, payload, timeoutMs) => this.connection.command(name, payload, timeoutMs));
    this.ready = this.prepare();
  }

  get status(): HubStatus {
    return this.connection.status;
  }

  get outbox(): Hub['outbox'] {
    return this.box.all;
  }

  onStatus(listen: (status: HubStatus) => void): () => void {
    return this.connection.statusChanged.add(listen);
  }

  onOutbox(listen: (items: Hub['outbox']) => void): () => void {
    return this.box.onChange(listen);
  }

  connect(): void {
    if (!this.closed) this.connection.start();
  }

  async request<N extends Exclude<CommandName, SignalName>>(
    name: N,
    payload: CommandMap[N]['payload'],
    { timeoutMs = ACK_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<CommandMap[N]['reply']> {
    const began = this.clock.now();
    await this.untilLive(timeoutMs);
    const left = Math.max(timeoutMs - (this.clock.now() - began), 1);
    return (await this.connection.command(name, payload, left)) as CommandMap[N]['reply'];
  }

  post<N extends WritingName>(name: N, payload: WritingPayload<N>): Posted<N> {
    return this.box.post(name, payload);
  }

  retry(cid: string): void {
    this.box.retry(cid);
  }

  discard(cid: string): void {
    this.box.discard(cid);
  }

  signal<N extends SignalName>(name: N, payload: CommandMap[N]['payload']): void {
    this.connection.signal(name, payload);
  }

  open(stream: string, cursor: number, listener: StreamListener): () => void {
    return this.streams.open(stream, cursor, listener);
  }

  on<N extends LossyFactName>(name: N, listen: (data: FactMap[N], at: string) => void): () => void {
    const listeners = this.lossy.get(name) ?? new Listeners<[unknown, string]>();
    this.lossy.set(name, listeners);
    return listeners.add(listen as (data: unknown, at: string) => void);
  }

  close(): void {
    this.closed = true;
    this.box.close();
    this.connection.close();
    this.options.store.close();
  }

  private async prepare(): Promise<void> {
    const cursors = await this.options.store.cursors().catch(() => null);
    this.streams.restore(cursors?.epoch ?? null);
    await this.box.start();
  }

  /** Facts about this connection travel bare, lossy facts as `{at, data}`, durable ones with their place in the log. */
  private route(name: string, argument: unknown): void {
    switch (name) {
      case 'hs.page': {
        const page = argument as Page;
        this.streams.receive(page.s, page.events as unknown as HubEvent[]);
        break;
      }
      case 'hs.lag':
        this.streams.lagging((argument as Lag).streams);
        break;
      case 'hs.reset': {
        const { s, floor, head } = argument as Reset;
        this.streams.resetByHub(s, floor, head);
        break;
      }
      default: {
        const fact = argument as { s?: string; n?: number; at: string; data: unknown };
        if (fact.s !== undefined && fact.n !== undefined) this.streams.receive(fact.s, [{ ...fact, t: name } as HubEvent]);
        else this.tell(name, fact.data, fact.at);
      }
    }
  }

  private tell(name: string, data: unknown, at: string): void {
    this.lossy.get(name)?.tell(data, at);
  }

  private untilLive(timeoutMs: number): Promise<void> {
    const state = this.status.state;
    if (state === 'live') return Promise.resolve();
    if (this.closed) return Promise.reject(localError('closed'));
    if (state === 'refused') return Promise.reject(localError('disconnected'));
    return new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        stop();
        this.clock.clearTimeout(timer);
        end();
      };
      const stop = this.onStatus((status) => {
        if (status.state === 'live') finish(resolve);
        else if (status.state === 'refused' || this.closed) finish(() => { reject(localError(this.closed ? 'closed' : 'disconnected')); });
      });
      const timer = this.clock.setTimeout(() => { finish(() => { reject(localError('disconnected')); }); }, timeoutMs);
    });
  }
}

