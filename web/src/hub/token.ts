import { fullJitter } from './clock';
import { HubError } from './error';
import type { Clock } from './types';

/** Refresh this long before the token runs out, or after half its life if that is short. */
const AHEAD_MS = 60_000;
/** Final answers about the session: signing in again is the only way on. */
const FINAL: ReadonlySet<string> = new Set(['session_ended', 'unauthenticated', 'wrong_credentials', 'forbidden']);

/** Whether an error ends the session, as opposed to a network that is away. */
export function endsSession(error: unknown): error is HubError {
  return error instanceof HubError && FINAL.has(error.code);
}

/** Swaps the access token of a live connection for a newer one before it expires. */
export class TokenRefresh {
  private timer: unknown = null;

  constructor(
    private readonly clock: Clock,
    private readonly token: (fresh: boolean) => Promise<string>,
    /** Hands the token to the hub; answers how long it will last. */
    private readonly swap: (token: string) => Promise<number>,
    private readonly ended: (error: HubError) => void,
  ) {}

  schedule(lastsMs: number): void {
    this.stop();
    this.after(Math.max(lastsMs - AHEAD_MS, lastsMs / 2, 1_000), 0);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
  }

  private after(ms: number, attempt: number): void {
    const timer = this.clock.setTimeout(() => { void this.refresh(timer, attempt); }, ms);
    this.timer = timer;
  }

  private async refresh(timer: unknown, attempt: number): Promise<void> {
    try {
      const lastsMs = await this.swap(await this.token(true));
      if (this.timer === timer) this.schedule(lastsMs);
    } catch (error) {
      if (this.timer !== timer) return;
      if (endsSession(error)) this.ended(error);
      else this.after(fullJitter(this.clock, attempt) + 500, attempt + 1);
    }
  }
}
