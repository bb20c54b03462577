import { describe, expect, it } from 'vitest';
import { correctionOf, MasterClock, positionIn } from './masterClock';

describe('positionIn', () => {
  const file = { offsetMs: 2_000, durationMs: 5_000 };

  it('is null before the file begins and when it is over', () => {
    expect(positionIn(file, 1_999)).toBeNull();
    expect(positionIn(file, 2_000)).toBe(0);
    expect(positionIn(file, 6_000)).toBe(4_000);
    expect(positionIn(file, 7_000)).toBeNull();
  });
});

describe('correctionOf', () => {
  it('leaves alone what nobody notices', () => {
    expect(correctionOf(20, 1)).toEqual({ seek: false, rate: 1 });
    expect(correctionOf(-20, 1.5)).toEqual({ seek: false, rate: 1.5 });
  });

  it('slows what is ahead, hastens what is behind, and never by much', () => {
    expect(correctionOf(50, 1).rate).toBe(0.95);
    expect(correctionOf(-50, 1).rate).toBe(1.05);
    expect(correctionOf(300, 1).rate).toBe(0.94);
    expect(correctionOf(-300, 2).rate).toBe(2.12);
  });

  it('seeks what is far off, later at higher speeds', () => {
    expect(correctionOf(-400, 1)).toEqual({ seek: true, rate: 1 });
    expect(correctionOf(600, 2).seek).toBe(false);
    expect(correctionOf(800, 2)).toEqual({ seek: true, rate: 2 });
  });

  it('brings a file back to the clock', () => {
    let drift = 300;
    for (let n = 0; n < 200; n += 1) drift += 80 * (correctionOf(drift, 1).rate - 1);
    expect(Math.abs(drift)).toBeLessThanOrEqual(31);
  });
});

describe('MasterClock', () => {
  it('runs, holds, seeks and ends', () => {
    let now = 1_000;
    const clock = new MasterClock(10_000, () => now);
    now += 500;
    expect(clock.at).toBe(0);
    clock.run();
    now += 2_000;
    expect(clock.at).toBe(2_000);
    clock.hold();
    now += 5_000;
    expect(clock.at).toBe(2_000);
    clock.seek(-5);
    expect(clock.at).toBe(0);
    clock.seek(9_500);
    clock.run();
    now += 2_000;
    expect([clock.at, clock.ended]).toEqual([10_000, true]);
  });

  it('keeps its place when the speed changes', () => {
    let now = 0;
    const clock = new MasterClock(60_000, () => now);
    clock.run();
    now = 4_000;
    clock.setSpeed(2);
    expect(clock.at).toBe(4_000);
    now = 7_000;
    expect(clock.at).toBe(10_000);
  });
});
