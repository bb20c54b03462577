import type { Sample } from './stats';
import type { PathPlan } from './types';

/** Without media for this long a path counts as lost; without being connected for this long as failed. */
export const LOST_MS = 3_000;
export const CONNECT_MS = 3_000;
/** A direct path tries another way through the network this soon, and no more often than this. */
export const RESTART_AFTER_MS = 1_200;
export const RESTART_EVERY_MS = 5_000;

/**
 * Whether media arrives on one path. Peer to peer that is RTP from the other; on the relay anything that the hub
 * sends, since it is not the relay's fault if somebody else's network is away.
 */
export class FlowWatch {
  readonly #kind: PathPlan['kind'];
  #total = -1;
  #since: number;
  #seen = false;

  constructor(kind: PathPlan['kind'], now: number) {
    this.#kind = kind;
    this.#since = now;
  }

  /** Media has arrived at least once. */
  get seen(): boolean {
    return this.#seen;
  }

  observe(sample: Sample, expected: boolean, now: number): void {
    const total = this.#kind === 'direct' ? sample.bytesIn : sample.transportIn;
    if (total > this.#total && this.#total >= 0) this.#seen = true;
    if (total > this.#total || !expected) this.#since = now;
    this.#total = total;
  }

  /** How long nothing has come. */
  idle(now: number): number {
    return now - this.#since;
  }
}
