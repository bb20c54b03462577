import type { LegSignaled } from '../contract';
import type { Clock } from '../hub';
import type { SignalBody } from './types';

/** How long a missing signal may still come before it counts as lost. */
export const GAP_MS = 500;
const MAX_HELD = 64;

interface Inlet {
  last: number;
  held: Map<number, SignalBody>;
  timer: unknown;
}

/**
 * Signals of each other leg in the order of their `n`: each once, those ahead of a gap held for a moment. What never
 * comes is passed over, and `onGap` told, since a candidate or description is missing then.
 */
export class SignalOrder {
  readonly #clock: Clock;
  readonly #onSignal: (fromLegId: string, signal: SignalBody) => void;
  readonly #onGap: (fromLegId: string) => void;
  readonly #inlets = new Map<string, Inlet>();

  constructor(clock: Clock, onSignal: (fromLegId: string, signal: SignalBody) => void, onGap: (fromLegId: string) => void) {
    this.#clock = clock;
    this.#onSignal = onSignal;
    this.#onGap = onGap;
  }

  take({ from_leg_id: from, n, description, candidate }: LegSignaled): void {
    const inlet = this.#inlets.get(from) ?? { last: 0, held: new Map<number, SignalBody>(), timer: null };
    this.#inlets.set(from, inlet);
    if (n <= inlet.last || inlet.held.size >= MAX_HELD) return;
    inlet.held.set(n, { description, candidate });
    this.#release(from, inlet);
    if (inlet.held.size > 0) inlet.timer ??= this.#clock.setTimeout(() => { this.#pass(from, inlet); }, GAP_MS);
  }

  stop(): void {
    for (const inlet of this.#inlets.values()) this.#clock.clearTimeout(inlet.timer);
    this.#inlets.clear();
  }

  #release(from: string, inlet: Inlet): void {
    for (let next = inlet.held.get(inlet.last + 1); next; next = inlet.held.get(inlet.last + 1)) {
      inlet.last += 1;
      inlet.held.delete(inlet.last);
      this.#onSignal(from, next);
    }
    if (inlet.held.size > 0) return;
    this.#clock.clearTimeout(inlet.timer);
    inlet.timer = null;
  }

  #pass(from: string, inlet: Inlet): void {
    inlet.timer = null;
    if (inlet.held.size === 0) return;
    inlet.last = Math.min(...inlet.held.keys()) - 1;
    this.#release(from, inlet);
    this.#onGap(from);
    if (inlet.held.size > 0) inlet.timer = this.#clock.setTimeout(() => { this.#pass(from, inlet); }, GAP_MS);
  }
}
