import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrackView } from '../../contract';
import { reply } from '../../state/fixtures';
import { ReviewPlayer } from './player';
import type { Media } from './trackPlayer';

const [track] = reply('recording.get').tracks as [TrackView];
const START = Date.parse('2026-03-02T10:00:00Z');

/** A media element that plays by the test's clock, and has what the test says it has. */
class FakeMedia {
  muted = false;
  paused = true;
  seeking = false;
  readyState = 4;
  ended = false;
  src = '';
  style = { visibility: '' };
  #rate = 1;
  #base = 0;
  #since = 0;
  readonly #heard = new Map<string, () => void>();

  get playbackRate(): number { return this.#rate; }
  set playbackRate(rate: number) {
    const second = this.currentTime;
    this.currentTime = second;
    this.#rate = rate;
  }
  get currentTime(): number { return this.paused ? this.#base : this.#base + ((Date.now() - this.#since) / 1000) * this.#rate; }
  set currentTime(second: number) {
    this.#base = second;
    this.#since = Date.now();
  }
  play(): Promise<void> {
    this.#since = Date.now();
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.#base = this.currentTime;
    this.paused = true;
  }
  load(): void { this.src = ''; }
  remove(): void { this.style.visibility = 'gone'; }
  removeAttribute(): void { this.src = ''; }
  addEventListener(name: string, listener: () => void): void { this.#heard.set(name, listener); }
  fire(name: string): void { this.#heard.get(name)?.(); }
}

let made: FakeMedia[];
let links: string[];
let played: [number, number][];
let refuse: boolean;

function playerOf(tracks: Partial<TrackView>[]): ReviewPlayer {
  return new ReviewPlayer({
    tracks: tracks.map((change, index) => ({ ...track, file: `f${index}`, offset_ms: 0, duration_ms: 60_000, gaps: [], ...change })), durationMs: 60_000,
    link: (file) => {
      links.push(file);
      return refuse ? Promise.reject(new Error('refused')) : Promise.resolve({ url: `/${file}?${links.length}`, expires_at: new Date(Date.now() + 300_000).toISOString() });
    },
    make: () => {
      made.push(new FakeMedia());
      return made.at(-1) as unknown as Media;
    },
    hubNow: () => Date.now(), now: () => Date.now(), onPlayed: (from, to) => played.push([from, to]),
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  [made, links, played, refuse] = [[], [], [], false];
});
afterEach(() => { vi.useRealTimers(); });

describe('ReviewPlayer', () => {
  it('plays every file from where it stands on the one clock', async () => {
    const player = playerOf([{}, { offset_ms: 2_000, duration_ms: 20_000 }]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.play();
    await vi.advanceTimersByTimeAsync(1_000);
    const [first, second] = made as [FakeMedia, FakeMedia];
    expect([first.paused, second.paused]).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(second.paused).toBe(false);
    expect(Math.abs(first.currentTime - second.currentTime - 2)).toBeLessThan(0.05);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([first.paused, second.paused]).toEqual([false, true]);
    expect(player.snapshot().phase).toBe('playing');
    player.stop();
  });

  it('holds everybody while one file has to wait, and goes on by itself', async () => {
    const player = playerOf([{}, {}]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.play();
    await vi.advanceTimersByTimeAsync(2_000);
    const [first, second] = made as [FakeMedia, FakeMedia];
    second.readyState = 2;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([player.snapshot().phase, first.paused]).toEqual(['waiting', true]);
    const { at } = player.snapshot();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(player.snapshot().at).toBe(at);
    second.readyState = 4;
    await vi.advanceTimersByTimeAsync(500);
    expect([player.snapshot().phase, first.paused, second.paused]).toEqual(['playing', false, false]);
    player.stop();
  });

  it('puts a file that drifted back on the clock', async () => {
    const player = playerOf([{}, {}]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.play();
    await vi.advanceTimersByTimeAsync(1_000);
    const [first, second] = made as [FakeMedia, FakeMedia];
    second.currentTime += 0.2;
    await vi.advanceTimersByTimeAsync(160);
    expect(second.playbackRate).toBeLessThan(1);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(Math.abs(first.currentTime - second.currentTime)).toBeLessThan(0.05);
    second.currentTime += 3;
    await vi.advanceTimersByTimeAsync(200);
    expect(Math.abs(first.currentTime - second.currentTime)).toBeLessThan(0.05);
    player.stop();
  });

  it('renews a link before it ends, unheard, without stopping', async () => {
    const player = playerOf([{ duration_ms: 600_000 }]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.play();
    await vi.advanceTimersByTimeAsync(239_000);
    expect(links).toHaveLength(1);
    const before = player.snapshot().at;
    await vi.advanceTimersByTimeAsync(5_000);
    const [old, next] = made as [FakeMedia, FakeMedia];
    expect([links.length, old.paused, old.src, next.paused, next.muted]).toEqual([2, true, '', false, false]);
    expect(player.snapshot().at - before).toBeGreaterThan(4_900);
    expect(player.snapshot().phase).toBe('playing');
    player.stop();
  });

  it('gets a file that broke with another link, and gives up after some tries until asked again', async () => {
    const player = playerOf([{}]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    made[0]?.fire('error');
    await vi.advanceTimersByTimeAsync(3_000);
    expect([made.length, made[1]?.src]).toEqual([2, '/f0?2']);
    refuse = true;
    made[1]?.fire('error');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(player.snapshot().failed).toEqual(['f0']);
    const asked = links.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(links).toHaveLength(asked);
    refuse = false;
    player.revive();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(player.snapshot().failed).toEqual([]);
    player.stop();
  });

  it('tells what was played, and not what was jumped over', async () => {
    const player = playerOf([{}]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.play();
    await vi.advanceTimersByTimeAsync(2_000);
    player.seek(30_000);
    await vi.advanceTimersByTimeAsync(1_000);
    player.pause();
    await vi.advanceTimersByTimeAsync(5_000);
    const told = played.reduce((sum, [from, to]) => sum + to - from, 0);
    expect(told).toBeGreaterThan(2_500);
    expect(told).toBeLessThan(3_100);
    expect(played.every(([from, to]) => to <= 2_100 || from >= 30_000)).toBe(true);
    player.stop();
  });

  it('begins anew when played after the end', async () => {
    const player = playerOf([{}]);
    player.start();
    await vi.advanceTimersByTimeAsync(200);
    player.seek(59_000);
    player.play();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(player.snapshot().phase).toBe('ended');
    player.play();
    await vi.advanceTimersByTimeAsync(500);
    expect(player.snapshot().at).toBeLessThan(1_000);
    player.stop();
  });
});
