import type { AccountDetails, Role, SessionTokens, SignIn } from '../../contract';
import { HubError } from '../../hub';
import { deviceId, deviceName, lastPerson, rememberPerson, type LastPerson } from './device';
import { send, type Method } from './rest';

export type SessionState =
  | { phase: 'starting' }
  | { phase: 'signed_out'; reason: 'none' | 'ended' }
  /** The shell is open without the hub having been reached yet: no network at start. */
  | { phase: 'unreached'; person: LastPerson }
  /** The role must have a second factor and has none: nothing else is possible. */
  | { phase: 'setup' }
  | { phase: 'signed_in'; userId: string; sessionId: string; role: Role; verified: boolean };

interface Access {
  token: string;
  expiresAt: number;
}

/** Ask for a new token this long before the old one ends. */
const MARGIN_MS = 30_000;
const CHANNEL = 'carewire.session';

/**
 * Who is signed in here. The access token lives in this object only; the refresh token is a cookie no script can read.
 * Tabs refresh one at a time, since each refresh token works once.
 */
export class Session {
  #access: Access | null = null;
  #state: SessionState = { phase: 'starting' };
  #listeners = new Set<() => void>();
  #leaving = new Set<() => Promise<void>>();
  #accountListeners = new Set<() => void>();
  #refreshing: Promise<void> | null = null;
  #channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL);

  constructor() {
    this.#channel?.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.data === 'signed_out') this.#drop('none');
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): SessionState => this.#state;

  /** Continue the session of this browser, if there is one. */
  async start(): Promise<void> {
    const person = lastPerson();
    if (person === null) {
      this.#become({ phase: 'signed_out', reason: 'none' });
      return;
    }
    try {
      await this.#refresh();
    } catch (error) {
      if (error instanceof HubError && error.retryable) this.#become({ phase: 'unreached', person });
    }
  }

  async signIn(details: Pick<SignIn, 'login' | 'password' | 'code'>): Promise<void> {
    const tokens = await send<SessionTokens>('POST', '/auth/sign-in', {
      ...details, client: 'browser', device_id: deviceId(), device_name: deviceName(),
    });
    this.#take(tokens);
    await this.#remember();
  }

  async signOut(): Promise<void> {
    try {
      await send('POST', '/auth/sign-out', {}, this.#access?.token);
    } finally {
      await Promise.allSettled([...this.#leaving].map((forget) => forget()));
      rememberPerson(null);
      this.#channel?.postMessage('signed_out');
      this.#drop('none');
    }
  }

  /** What to forget when the person signs out of this browser. */
  onSignOut(forget: () => Promise<void>): () => void {
    this.#leaving.add(forget);
    return () => this.#leaving.delete(forget);
  }

  /** Another device, or an administrator, changed the account. */
  accountChanged(): void {
    for (const listener of this.#accountListeners) listener();
  }

  onAccountChanged(listener: () => void): () => void {
    this.#accountListeners.add(listener);
    return () => this.#accountListeners.delete(listener);
  }

  /** The hub said that this session is over. */
  ended(): void {
    rememberPerson(null);
    this.#drop('ended');
  }

  /** A token that is valid for a while yet; `fresh` asks for a new one in any case. */
  token = async (fresh = false): Promise<string> => {
    if (fresh || this.#access === null || this.#access.expiresAt - MARGIN_MS < Date.now()) await this.#refresh();
    if (this.#access === null) throw new HubError({ code: 'unauthenticated', message: '', retryable: false });
    return this.#access.token;
  };

  /** After a change of what the token says: verified, second factor set up. */
  async renew(): Promise<void> {
    this.#access = null;
    await this.#refresh();
  }

  /** A signed-in call of the HTTP door. */
  call = async <R>(method: Method, path: string, body?: unknown): Promise<R> => {
    const token = await this.token();
    try {
      return await send<R>(method, path, body, token);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      if (error.code === 'session_ended') this.ended();
      if (error.code !== 'token_expired') throw error;
      await this.renew();
      return send<R>(method, path, body, await this.token());
    }
  };

  async #remember(): Promise<void> {
    if (this.#state.phase !== 'signed_in') return;
    const me = await this.call<AccountDetails>('GET', '/me').catch(() => null);
    if (me) rememberPerson({ userId: me.user_id, name: me.name, role: me.role });
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshOnce().finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  async #refreshOnce(): Promise<void> {
    const trade = () => send<SessionTokens>('POST', '/auth/refresh', { device_id: deviceId() });
    try {
      this.#take(await ('locks' in navigator ? navigator.locks.request('carewire.refresh', trade) : trade()));
    } catch (error) {
      if (error instanceof HubError && !error.retryable) this.ended();
      throw error;
    }
  }

  #take(tokens: SessionTokens): void {
    this.#access = { token: tokens.access_token, expiresAt: Date.now() + lifetimeOf(tokens.access_token) };
    if (tokens.second_factor_setup_required) {
      this.#become({ phase: 'setup' });
      return;
    }
    const { user_id: userId, session_id: sessionId, role, verified } = tokens;
    const now = this.#state;
    const same = now.phase === 'signed_in' && now.userId === userId && now.sessionId === sessionId
      && now.role === role && now.verified === verified;
    if (!same) this.#become({ phase: 'signed_in', userId, sessionId, role, verified });
    const last = lastPerson();
    if (last?.userId !== userId) rememberPerson({ userId, name: '', role });
  }

  #drop(reason: 'none' | 'ended'): void {
    this.#access = null;
    if (this.#state.phase !== 'signed_out') this.#become({ phase: 'signed_out', reason });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** How long a token lasts by the hub's own clock: this device's may be wrong. Milliseconds. */
function lifetimeOf(token: string): number {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const { iat, exp } = JSON.parse(atob(payload)) as { iat: number; exp: number };
    return (exp - iat) * 1_000;
  } catch {
    return 0; // Unreadable: refreshed before each use, which is slow but right.
  }
}
