/** Where one file stands on the recording's clock. Milliseconds. */
export interface Placed {
  readonly offsetMs: number;
  readonly durationMs: number;
}

/** Nobody hears or sees less than this. */
const CLOSE_MS = 30;
/** Beyond this a file is put where it belongs; below, it runs a little faster or slower until it is there. */
const FAR_MS = 350;
/** The most that playing may be sped up or slowed down without anybody noticing. */
const BEND = 0.06;
/** The last moments of a file may be missing in the browser's reckoning. */
const TAIL_MS = 120;

/** Where in the file the clock is; null before its beginning and after its end. */
export function positionIn(file: Placed, atMs: number): number | null {
  const position = atMs - file.offsetMs;
  return position >= 0 && position < file.durationMs - TAIL_MS ? position : null;
}

export interface Correction {
  readonly seek: boolean;
  readonly rate: number;
}

/** What to do about a file that is `driftMs` ahead of the clock (negative: behind). */
export function correctionOf(driftMs: number, speed: number): Correction {
  const far = Math.abs(driftMs);
  if (far > FAR_MS * Math.max(1, speed)) return { seek: true, rate: speed };
  if (far <= CLOSE_MS) return { seek: false, rate: speed };
  const bend = Math.sign(driftMs) * Math.min(BEND, far / 1000);
  return { seek: false, rate: Number((speed * (1 - bend)).toFixed(3)) };
}

/** The one clock that every file follows. */
export class MasterClock {
  readonly durationMs: number;
  readonly #now: () => number;
  #base = 0;
  #since: number | null = null;
  #speed = 1;

  /** `now` ascends, in milliseconds. */
  constructor(durationMs: number, now: () => number) {
    this.durationMs = durationMs;
    this.#now = now;
  }

  get at(): number {
    const passed = this.#since === null ? 0 : (this.#now() - this.#since) * this.#speed;
    return Math.min(this.durationMs, this.#base + passed);
  }

  get running(): boolean {
    return this.#since !== null;
  }

  get speed(): number {
    return this.#speed;
  }

  get ended(): boolean {
    return this.at >= this.durationMs;
  }

  run(): void {
    this.#since ??= this.#now();
  }

  hold(): void {
    this.#base = this.at;
    this.#since = null;
  }

  seek(toMs: number): void {
    this.#base = Math.min(this.durationMs, Math.max(0, toMs));
    if (this.#since !== null) this.#since = this.#now();
  }

  setSpeed(speed: number): void {
    const at = this.at;
    this.#speed = speed;
    this.seek(at);
  }
}
