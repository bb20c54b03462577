import type { PathState } from '../contract';
import { CONNECT_MS, FlowWatch, LOST_MS, RESTART_AFTER_MS, RESTART_EVERY_MS } from './flow';
import type { Sample } from './stats';
import type { Path, PathPhase, PathPlan } from './types';

/** A path that is connected but brings nothing is believed after this long: perhaps everybody is silent. */
const BELIEVED_MS = 1_500;

export interface LinkEvents {
  report(state: PathState): void;
  /** The relay did not connect, or died: it can be joined again. */
  rejoin(): void;
}

/** One path with what is known about how it does: what to tell the hub, and when it may take over. */
export class Link {
  readonly plan: PathPlan;
  readonly path: Path;
  readonly flow: FlowWatch;
  sample: Sample | null = null;
  readonly #events: LinkEvents;
  readonly #openedAt: number;
  #connectedAt: number | null = null;
  #restartedAt = -Infinity;
  #rejoinAsked = false;
  readonly #told = new Set<PathState>();

  constructor(plan: PathPlan, path: Path, now: number, events: LinkEvents) {
    this.plan = plan;
    this.path = path;
    this.flow = new FlowWatch(plan.kind, now);
    this.#openedAt = now;
    this.#events = events;
  }

  moved(phase: PathPhase, now: number): void {
    if (phase === 'connected' && this.#connectedAt === null) this.#connectedAt = now;
    if (phase === 'connected') this.#tell('connected');
  }

  observe(sample: Sample, expected: boolean, now: number): void {
    this.sample = sample;
    this.flow.observe(sample, expected, now);
  }

  /** Look at the time: called several times a second. */
  check(expected: boolean, now: number): void {
    if (this.#connectedAt === null) {
      if (now - this.#openedAt >= CONNECT_MS) this.#broken('failed');
      return;
    }
    const idle = expected ? this.flow.idle(now) : 0;
    const restless = this.path.phase !== 'connected' || idle >= RESTART_AFTER_MS;
    if (this.plan.kind === 'direct' && restless && now - this.#restartedAt >= RESTART_EVERY_MS) {
      this.#restartedAt = now;
      this.path.restart();
    }
    if (idle >= LOST_MS || this.path.phase === 'failed') this.#broken('lost');
    else if (idle === 0 && this.path.phase === 'connected') this.#told.delete('lost');
  }

  /** Whether it can carry the call, so that the path before it may go. */
  carries(expected: boolean, now: number): boolean {
    if (this.#connectedAt === null || this.path.phase !== 'connected') return false;
    return !expected || this.flow.seen || now - this.#connectedAt >= BELIEVED_MS;
  }

  #broken(state: 'failed' | 'lost'): void {
    this.#tell(state);
    if (this.plan.kind !== 'relay' || this.#rejoinAsked) return;
    this.#rejoinAsked = true;
    this.#events.rejoin();
  }

  #tell(state: PathState): void {
    if (this.#told.has(state)) return;
    this.#told.add(state);
    this.#events.report(state);
  }
}
