export type Range = [number, number];

/** Pieces this close are one: the clock is read several times a second. Milliseconds. */
const SAME_MS = 400;
/** The most that one report holds. */
const MOST = 50;

/** Which stretches were played since the last report, in whole milliseconds of the recording's clock. */
export class Watched {
  #ranges: Range[] = [];

  note(fromMs: number, toMs: number): void {
    if (toMs > fromMs) this.#ranges = merged([...this.#ranges, [Math.round(fromMs), Math.round(toMs)]]);
  }

  /** What to report, which is then forgotten here; the rest waits for the next report. */
  take(): Range[] {
    return this.#ranges.splice(0, MOST);
  }
}

/** Ascending, without overlaps. */
export function merged(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1] + SAME_MS) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
