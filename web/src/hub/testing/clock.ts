import type { Clock } from '../types';

/** Time that moves only when told to; chance that always says 0.5. */
export class ManualClock implements Clock {
  private time = 1_700_000_000_000;
  private next = 1;
  private readonly due = new Map<number, { at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  random(): number {
    return 0.5;
  }

  setTimeout(run: () => void, ms: number): unknown {
    this.due.set(this.next, { at: this.time + ms, run });
    return this.next++;
  }

  clearTimeout(timer: unknown): void {
    this.due.delete(timer as number);
  }

  /** Run what falls due within `ms`, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const first = [...this.due].filter(([, one]) => one.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!first) break;
      this.due.delete(first[0]);
      this.time = Math.max(this.time, first[1].at);
      first[1].run();
      await settle();
    }
    this.time = end;
  }
}

/** Let every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
