import type { Clock } from './types';

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};

/** Waiting time before attempt `attempt` (0, 1, …): full jitter, so that many clients do not come back together. */
export function fullJitter(clock: Clock, attempt: number, baseMs = 500, capMs = 30_000): number {
  return Math.round(clock.random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
}
