import type { RecordingLink } from '../../contract';
import { correctionOf } from './masterClock';

/** What is used of `HTMLMediaElement`, so that tests can stand in for it. */
export type Media = Pick<HTMLVideoElement, 'currentTime' | 'playbackRate' | 'muted' | 'paused' | 'seeking' | 'readyState' | 'ended' | 'src' | 'play' | 'pause' | 'load' | 'removeAttribute' | 'remove' | 'addEventListener' | 'style'>;

const HAVE_CURRENT_DATA = 2;
const HAVE_FUTURE_DATA = 3;
/** A link is replaced this long before it ends. */
const BEFORE_MS = 60_000;
/** A renewed element takes over as soon as it is this near to the clock. */
const NEAR_S = 0.06;
const TRIES = 4;
const AGAIN_MS = 1_500;

export interface TrackPlayerOptions {
  readonly link: () => Promise<RecordingLink>;
  readonly make: () => Media;
  /** The hub's time, in milliseconds since the epoch, by which links end. */
  readonly now: () => number;
  readonly onChange: () => void;
}

/**
 * One file. Its link ends while it is being watched: before that, a second element with a new link catches up unseen
 * and unheard, and then takes the place of the first, so that nobody notices.
 */
export class TrackPlayer {
  readonly #options: TrackPlayerOptions;
  #host: HTMLElement | null = null;
  #element: Media | null = null;
  #next: Media | null = null;
  #endsAt = 0;
  #asking = false;
  #muted = false;
  #tries = 0;
  #retryAt = 0;
  #stopped = false;
  #wanted = 0;

  constructor(options: TrackPlayerOptions) {
    this.#options = options;
  }

  /** There is no getting it, for whatever reason. */
  get failed(): boolean {
    return this.#tries >= TRIES;
  }

  /** Whether it could play on from where it is. */
  get ready(): boolean {
    const element = this.#element;
    return element !== null && !element.seeking && (element.readyState >= HAVE_FUTURE_DATA || element.ended);
  }

  attach(host: HTMLElement | null): void {
    this.#host = host;
    if (host) host.replaceChildren(...([this.#element, this.#next].filter((one) => one instanceof Node)));
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    if (this.#element) this.#element.muted = muted;
  }

  /** Try again after a failure. */
  revive(): void {
    this.#tries = 0;
    this.#retryAt = 0;
  }

  /** Be at this second of the file, now. */
  jump(second: number): void {
    this.#wanted = second;
    for (const element of this.#elements()) element.currentTime = second;
  }

  /** Called several times a second. `second` is where the clock is in this file, null outside it. */
  follow(second: number | null, playing: boolean, speed: number): void {
    if (this.#stopped || this.failed) return;
    if (second !== null) this.#wanted = second;
    this.#renew(playing || this.#element === null);
    for (const element of this.#elements()) {
      if (second === null || !playing) {
        if (!element.paused) element.pause();
        if (second !== null && Math.abs(element.currentTime - second) > NEAR_S / 2 && !element.seeking && element.readyState > 0) element.currentTime = second;
        continue;
      }
      if (element.paused && !element.ended) element.play().catch(() => undefined);
      if (element.seeking) continue;
      const { seek, rate } = correctionOf((element.currentTime - second) * 1000, speed);
      if (seek) element.currentTime = second;
      if (element.playbackRate !== rate) element.playbackRate = rate;
    }
    this.#swap(second, playing);
  }

  stop(): void {
    this.#stopped = true;
    for (const element of this.#elements()) discard(element);
    this.#host?.replaceChildren();
  }

  *#elements(): Iterable<Media> {
    if (this.#element) yield this.#element;
    if (this.#next) yield this.#next;
  }

  #renew(needed: boolean): void {
    const now = this.#options.now();
    if (!needed || this.#asking || this.#next || now < this.#retryAt || now < this.#endsAt - BEFORE_MS) return;
    this.#asking = true;
    this.#options.link().then((link) => { this.#open(link); }, () => { this.#missed(); }).finally(() => { this.#asking = false; });
  }

  #open(link: RecordingLink): void {
    if (this.#stopped) return;
    this.#endsAt = Date.parse(link.expires_at);
    const element = this.#options.make();
    element.muted = true;
    element.addEventListener('error', () => { this.#broke(element); });
    element.addEventListener('loadeddata', () => { this.#tries = 0; this.#options.onChange(); });
    element.src = link.url;
    element.currentTime = this.#wanted;
    if (this.#element) {
      this.#next = element;
      element.style.visibility = 'hidden';
    } else {
      this.#element = element;
      element.muted = this.#muted;
    }
    if (this.#host && element instanceof Node) this.#host.append(element);
    this.#options.onChange();
  }

  #swap(second: number | null, playing: boolean): void {
    const [old, next] = [this.#element, this.#next];
    if (!old || !next || next.seeking || next.readyState < (playing ? HAVE_FUTURE_DATA : HAVE_CURRENT_DATA)) return;
    if (second !== null && Math.abs(next.currentTime - second) > NEAR_S) return;
    next.muted = this.#muted;
    next.style.visibility = '';
    this.#element = next;
    this.#next = null;
    discard(old);
    old.remove();
  }

  /** An element that cannot go on: its link ended, or the network is away. Another one with a new link comes. */
  #broke(element: Media): void {
    if (this.#stopped || (element !== this.#element && element !== this.#next)) return;
    if (element === this.#next) this.#next = null;
    else {
      this.#element = this.#next;
      this.#next = null;
      if (this.#element) {
        this.#element.muted = this.#muted;
        this.#element.style.visibility = '';
      }
    }
    element.remove();
    this.#missed();
  }

  #missed(): void {
    this.#tries += 1;
    this.#endsAt = 0;
    this.#retryAt = this.#options.now() + AGAIN_MS * this.#tries;
    this.#options.onChange();
  }
}

/** What is left to the browser's collector goes on downloading. */
function discard(element: Media): void {
  element.pause();
  element.removeAttribute('src');
  element.load();
}
