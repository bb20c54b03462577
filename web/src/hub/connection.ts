import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { ErrorCode, Goodbye, Welcome } from '../contract';
import { fullJitter } from './clock';
import { HubError, localError } from './error';
import { Listeners } from './listeners';
import type { Network } from './network';
import { endsSession, TokenRefresh } from './token';
import type { Ack, Clock, HubOptions, HubState, HubStatus } from './types';

export const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lived this long was a good one: the next attempt starts with a short wait again. */
const GOOD_AFTER_MS = 10_000;
/** A device that takes itself for offline is not believed for ever, but it is not hurried either. */
const OFFLINE_RETRY_MS = 5_000;

/** What the connection tells its owner. */
export interface ConnectionListener {
  onLive(welcome: Welcome): void;
  onDown(): void;
  onFact(name: string, argument: unknown): void;
}

/** One Socket.IO connection that comes back by itself, with its own back-off, status and token. */
export class Connection {
  readonly statusChanged = new Listeners<[HubStatus]>();
  private readonly socket: Socket;
  private readonly refresh: TokenRefresh;
  private current: HubStatus;
  private wanted = false;
  private attempt = 0;
  private generation = 0;
  private liveSince: number | null = null;
  private goodbye: Goodbye | null = null;
  private tokenRejected = false;
  private timer: unknown = null;
  private readonly unwatch: () => void;

  constructor(
    private readonly options: HubOptions,
    private readonly clock: Clock,
    private readonly network: Network,
    private readonly listener: ConnectionListener,
  ) {
    this.current = { state: 'connecting', reason: '', since: clock.now(), retryAt: null };
    this.socket = io(options.url, {
      autoConnect: false,
      forceNew: true,
      reconnection: false,
      timeout: CONNECT_TIMEOUT_MS,
      transports: [...(options.transports ?? ['websocket', 'polling'])],
      tryAllTransports: true,
    });
    this.refresh = new TokenRefresh(clock, options.token, (token) => this.swap(token), (error) => { this.refuse(error.code); });
    this.socket.onAny((name: string, argument: unknown) => { this.hear(name, argument); });
    this.socket.on('connect', () => { this.arm(CONNECT_TIMEOUT_MS, () => { this.lost('no_welcome'); }); });
    this.socket.on('connect_error', (error: Error & { data?: { code?: string } }) => { this.rejected(error); });
    this.socket.on('disconnect', (reason) => {
      // Our own `drop` has already done what is needed.
      if (reason !== 'io client disconnect') this.lost(reason);
    });
    this.unwatch = network.onChange((online) => { this.networkChanged(online); });
  }

  get status(): HubStatus {
    return this.current;
  }

  get live(): boolean {
    return this.current.state === 'live';
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempt = 0;
    this.goodbye = null;
    this.show('connecting', '');
    void this.dial();
  }

  close(): void {
    this.wanted = false;
    this.unwatch();
    this.drop();
    this.show('offline', 'closed');
  }

  /** Send a command and wait for its answer. */
  async command(name: string, payload: object, timeoutMs: number): Promise<unknown> {
    if (!this.live) throw localError('disconnected');
    const answer = await new Promise<Ack<unknown>>((resolve, reject) => {
      this.socket.timeout(timeoutMs).emit(name, payload, (error: Error | null, ack: Ack<unknown>) => {
        if (error) reject(localError(this.socket.connected ? 'timeout' : 'disconnected'));
        else resolve(ack);
      });
    });
    if (answer.ok) return answer.data;
    throw new HubError(answer.error);
  }

  /** Send without waiting for anything; dropped when there is no connection. */
  signal(name: string, payload: object): void {
    if (this.live) this.socket.emit(name, payload);
  }

  private async dial(): Promise<void> {
    const generation = ++this.generation;
    this.clock.clearTimeout(this.timer);
    try {
      const token = await this.options.token(this.tokenRejected);
      if (generation !== this.generation || !this.wanted) return;
      this.socket.auth = { token, device_id: this.options.deviceId };
      this.socket.connect();
    } catch (error) {
      if (generation !== this.generation || !this.wanted) return;
      if (endsSession(error)) this.refuse(error.code);
      else this.again(error instanceof HubError ? error.code : 'token_unavailable', null);
    }
  }

  private hear(name: string, argument: unknown): void {
    if (name === 'hub.welcome') this.welcomed(argument as Welcome);
    else if (name === 'hub.goodbye') this.farewell(argument as Goodbye);
    else this.listener.onFact(name, argument);
  }

  private welcomed(welcome: Welcome): void {
    this.clock.clearTimeout(this.timer);
    this.tokenRejected = false;
    this.liveSince = this.clock.now();
    this.show('live', '');
    this.refresh.schedule(Date.parse(welcome.expires_at) - Date.parse(welcome.server_time));
    this.listener.onLive(welcome);
  }

  private farewell(goodbye: Goodbye): void {
    this.goodbye = goodbye;
    // The hub cuts in a moment; if the cut gets lost, do it here.
    this.arm(1_000, () => { this.lost(goodbye.code); });
  }

  private rejected(error: Error & { data?: { code?: string; after_ms?: number } }): void {
    if (!this.wanted) return;
    const code = error.data?.code;
    this.drop();
    if ((code === 'token_expired' || code === 'unauthenticated') && !this.tokenRejected) {
      this.tokenRejected = true;
      this.again(code, 0);
    } else if (code && endsSession(refusal(code))) {
      this.refuse(code);
    } else {
      this.again(code ?? 'unreachable', error.data?.after_ms ?? null);
    }
  }

  private lost(reason: string): void {
    const told = this.goodbye;
    this.goodbye = null;
    if (this.liveSince !== null && this.clock.now() - this.liveSince > GOOD_AFTER_MS) this.attempt = 0;
    this.liveSince = null;
    this.drop();
    if (!this.wanted) return;
    if (told?.code === 'token_expired') this.tokenRejected = true;
    if (told && !told.reconnect) this.refuse(told.code);
    else this.again(told?.code ?? reason, told?.after_ms ?? null);
  }

  /** Try again: at the time the hub gave, or after a back-off with full jitter. */
  private again(reason: string, afterMs: number | null): void {
    const online = this.network.online();
    const wait = afterMs ?? (online ? 0 : OFFLINE_RETRY_MS) + fullJitter(this.clock, this.attempt);
    this.attempt += 1;
    this.show(online ? 'reconnecting' : 'offline', reason, this.clock.now() + wait);
    this.arm(wait, () => void this.dial());
  }

  private refuse(code: string): void {
    this.wanted = false;
    this.drop();
    this.show('refused', code);
  }

  private drop(): void {
    this.generation += 1;
    this.clock.clearTimeout(this.timer);
    this.refresh.stop();
    const wasLive = this.live;
    if (wasLive) this.show('reconnecting', '');
    if (this.socket.active) this.socket.disconnect();
    if (wasLive) this.listener.onDown();
  }

  private networkChanged(online: boolean): void {
    if (!this.wanted) return;
    if (!online) {
      this.lost('network');
    } else if (!this.live && !this.socket.connected) {
      this.attempt = 0;
      this.again('network', fullJitter(this.clock, 0));
    }
  }

  private async swap(token: string): Promise<number> {
    const asked = this.clock.now();
    const { expires_at } = (await this.command('auth.refresh', { token }, 5_000)) as { expires_at: string };
    return Date.parse(expires_at) - asked;
  }

  private arm(ms: number, run: () => void): void {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(run, ms);
  }

  private show(state: HubState, reason: string, retryAt: number | null = null): void {
    const since = state === this.current.state ? this.current.since : this.clock.now();
    this.current = { state, reason, since, retryAt };
    this.statusChanged.tell(this.current);
  }
}

function refusal(code: string): HubError {
  return new HubError({ code: code as ErrorCode, message: '', retryable: false });
}
