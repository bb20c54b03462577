import type { RecordingLink, TrackView } from '../../contract';
import { MasterClock, positionIn } from './masterClock';
import { lengthOf } from './timeline';
import { TrackPlayer, type Media } from './trackPlayer';

/** `waiting`: wants to play, and some file is not there yet. */
export type Phase = 'paused' | 'playing' | 'waiting' | 'ended';

export interface PlayerView {
  readonly at: number;
  readonly phase: Phase;
  readonly speed: number;
  readonly muted: boolean;
  /** Files that cannot be had. */
  readonly failed: readonly string[];
}

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;
const TICK_MS = 80;
/** As long as a file is missed for less than this, nothing stops. */
const PATIENCE_MS = 200;

export interface PlayerOptions {
  readonly tracks: readonly TrackView[];
  readonly durationMs: number;
  readonly link: (file: string) => Promise<RecordingLink>;
  readonly make: () => Media;
  /** The hub's time, by which links end. */
  readonly hubNow: () => number;
  /** Ascending milliseconds. */
  readonly now: () => number;
  readonly onPlayed: (fromMs: number, toMs: number) => void;
}

interface Part {
  readonly track: TrackView;
  readonly player: TrackPlayer;
}

/** Every file of a recording on one clock: if one has to wait, all wait. */
export class ReviewPlayer {
  readonly durationMs: number;
  readonly #options: PlayerOptions;
  readonly #clock: MasterClock;
  readonly #parts: readonly Part[];
  readonly #listeners = new Set<() => void>();
  #view: PlayerView = { at: 0, phase: 'paused', speed: 1, muted: false, failed: [] };
  #playing = false;
  #muted = false;
  #missingSince: number | null = null;
  #seen = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.durationMs = lengthOf(options.durationMs, options.tracks);
    this.#clock = new MasterClock(this.durationMs, options.now);
    this.#parts = options.tracks.map((track) => ({
      track, player: new TrackPlayer({ link: () => options.link(track.file), make: options.make, now: options.hubNow, onChange: () => { this.#show(); } }),
    }));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): PlayerView => this.#view;

  start(): void {
    this.#timer ??= setInterval(this.tick, TICK_MS);
    this.tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#note();
    for (const { player } of this.#parts) player.stop();
  }

  attach(file: string, host: HTMLElement | null): void {
    this.#parts.find(({ track }) => track.file === file)?.player.attach(host);
  }

  play = (): void => {
    if (this.#clock.ended) this.#clock.seek(0);
    this.#playing = true;
    this.tick();
  };

  pause = (): void => {
    this.#note();
    this.#playing = false;
    this.#clock.hold();
    this.tick();
  };

  toggle = (): void => {
    if (this.#playing) this.pause();
    else this.play();
  };

  seek = (toMs: number): void => {
    this.#note();
    this.#clock.seek(toMs);
    this.#seen = this.#clock.at;
    for (const { track, player } of this.#parts) {
      const position = placeOf(track, this.#clock.at);
      if (position !== null) player.jump(position / 1000);
    }
    this.tick();
  };

  move = (byMs: number): void => { this.seek(this.#clock.at + byMs); };

  /** One frame forth or back, standing still. */
  step = (byMs: number): void => {
    this.pause();
    this.move(byMs);
  };

  setSpeed = (speed: number): void => {
    this.#note();
    this.#clock.setSpeed(speed);
    this.tick();
  };

  setMuted = (muted: boolean): void => {
    this.#muted = muted;
    for (const { player } of this.#parts) player.mute(muted);
    this.#show();
  };

  revive = (): void => {
    for (const { player } of this.#parts) player.revive();
    this.tick();
  };

  /** Several times a second: who is where, and who has to be waited for. */
  tick = (): void => {
    const clock = this.#clock;
    this.#note();
    if (clock.ended && this.#playing) this.#playing = false;
    const missing = this.#parts.some(({ track, player }) => placeOf(track, clock.at) !== null && !player.failed && !player.ready);
    const now = this.#options.now();
    this.#missingSince = missing ? (this.#missingSince ?? now) : null;
    const waits = this.#missingSince !== null && (!clock.running || now - this.#missingSince >= PATIENCE_MS);
    if (this.#playing && !waits) clock.run();
    else clock.hold();
    for (const { track, player } of this.#parts) {
      const position = placeOf(track, clock.at);
      player.follow(position === null ? null : position / 1000, clock.running, clock.speed);
    }
    this.#show();
  };

  #note(): void {
    const { at, running } = this.#clock;
    if (running && at > this.#seen) this.#options.onPlayed(this.#seen, at);
    this.#seen = at;
  }

  #show(): void {
    const { at, running, speed, ended } = this.#clock;
    const phase: Phase = running ? 'playing' : this.#playing ? 'waiting' : ended ? 'ended' : 'paused';
    const failed = this.#parts.filter(({ player }) => player.failed).map(({ track }) => track.file);
    const [before, muted] = [this.#view, this.#muted];
    if (before.at === at && before.phase === phase && before.speed === speed && before.muted === muted && before.failed.length === failed.length) return;
    this.#view = { at, phase, speed, muted, failed };
    for (const listener of [...this.#listeners]) listener();
  }
}

const placeOf = (track: TrackView, atMs: number): number | null => positionIn({ offsetMs: track.offset_ms, durationMs: track.duration_ms }, atMs);
