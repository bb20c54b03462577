import type { SessionTokens } from '../../contract';
import { HubError } from '../../hub';
import { deviceId } from '../../app/session/device';
import { send } from '../../app/session/rest';
import { Session, type SessionState } from '../../app/session/session';

/** Ask for a new token this long before the old one ends. */
const MARGIN_MS = 30_000;

interface Start {
  readonly userId: string;
  readonly sessionId: string;
  readonly refreshToken: string;
}

/** The session of somebody who came by a link: nothing of it is a cookie, and nobody else of this browser is touched. */
export class GuestSession extends Session {
  readonly #onToken: (refreshToken: string) => void;
  readonly #watchers = new Set<() => void>();
  #now: SessionState;
  #refreshToken: string;
  #access: { token: string; until: number } | null = null;
  #refreshing: Promise<string> | null = null;

  /** `onToken` is told each refresh token, which works once. */
  constructor({ userId, sessionId, refreshToken }: Start, onToken: (refreshToken: string) => void) {
    super();
    this.#now = { phase: 'signed_in', userId, sessionId, role: 'guest', verified: true };
    this.#refreshToken = refreshToken;
    this.#onToken = onToken;
  }

  override get state(): SessionState {
    return this.#now;
  }

  override snapshot = (): SessionState => this.#now;

  override subscribe = (listener: () => void): (() => void) => {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  };

  override start(): Promise<void> {
    return Promise.resolve();
  }

  /** Tokens as they came with joining. */
  take(tokens: SessionTokens): void {
    this.#access = { token: tokens.access_token, until: Date.now() + lifetimeOf(tokens.access_token) - MARGIN_MS };
    this.#refreshToken = tokens.refresh_token ?? '';
    this.#onToken(this.#refreshToken);
  }

  override token = (fresh = false): Promise<string> => {
    if (!fresh && this.#access && this.#access.until > Date.now()) return Promise.resolve(this.#access.token);
    this.#refreshing ??= this.#trade().finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  };

  override async renew(): Promise<void> {
    await this.token(true);
  }

  /** The call is over, or the guest was away for too long. */
  override ended(): void {
    this.#access = null;
    this.#now = { phase: 'signed_out', reason: 'ended' };
    for (const listener of [...this.#watchers]) listener();
  }

  async #trade(): Promise<string> {
    try {
      const tokens = await send<SessionTokens>('POST', '/auth/refresh', { device_id: deviceId(), refresh_token: this.#refreshToken });
      this.take(tokens);
      return tokens.access_token;
    } catch (error) {
      if (error instanceof HubError && !error.retryable) this.ended();
      throw error;
    }
  }
}

/** By the hub's own clock: this device's may be wrong. Milliseconds. */
function lifetimeOf(token: string): number {
  try {
    const { iat, exp } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { iat: number; exp: number };
    return (exp - iat) * 1_000;
  } catch {
    return 0;
  }
}
