import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LegSignaled } from '../contract';
import { ManualClock } from '../hub/testing/clock';
import { CallMedia, type MediaView } from './callMedia';
import { callOf, MINE, StagePath, THEIRS, Wiretap } from './testing/paths';

const HOUR = 3_600_000;

describe('the media of a call', () => {
  let clock: ManualClock;
  let wire: Wiretap;
  let paths: StagePath[];
  let media: CallMedia;
  let view: MediaView;
  let servers: RTCIceServer[][];
  const path = (index: number): StagePath => {
    const found = paths[index];
    if (!found) throw new Error(`no path ${index}`);
    return found;
  };
  const begin = (credentialsUntil = Infinity): CallMedia => new CallMedia({
    partyId: MINE.party_id, legId: MINE.leg_id ?? '', wire, clock, credentialsUntil: Math.min(credentialsUntil, clock.now() + HOUR),
    make: (plan, events) => {
      paths.push(new StagePath(plan, events));
      return path(paths.length - 1);
    },
    onChange: (now) => { view = now; },
    onServers: (list) => { servers.push(list); },
  });
  /** A direct path that brings media. */
  const flowing = async () => {
    media.update(callOf());
    path(0).rate = 1_000;
    path(0).becomes('connected');
    await clock.pass(1_500);
  };

  beforeEach(() => {
    clock = new ManualClock();
    [wire, paths, servers] = [new Wiretap(), [], []];
    wire.expires = new Date(clock.now() + HOUR).toISOString();
    media = begin();
  });
  afterEach(() => { media.stop(); });

  it('says once that it is connected, and shows the path', async () => {
    await flowing();
    path(0).becomes('connected');
    expect(wire.reports).toEqual(['direct 1 connected']);
    expect(view).toMatchObject({ path: 'direct', phase: 'connected', verdict: { grade: 'good' } });
  });

  it('reports a path that has not connected after 3 s, once, and not before', async () => {
    media.update(callOf());
    await clock.pass(2_900);
    expect(wire.reports).toEqual([]);
    await clock.pass(4_000);
    expect(wire.reports).toEqual(['direct 1 failed']);
  });

  it('tries another way through the network when media stops, and reports the loss after 3 s', async () => {
    await flowing();
    path(0).rate = 0;
    await clock.pass(2_500);
    expect(path(0).restarts).toBe(1);
    expect(wire.reports).toEqual(['direct 1 connected']);
    await clock.pass(1_500);
    expect(wire.reports).toEqual(['direct 1 connected', 'direct 1 lost']);
  });

  it('takes silence for silence while the other is muted or on hold', async () => {
    await flowing();
    path(0).rate = 0;
    media.update(callOf({ version: 6 }, { media: { audio: false, camera: false, screen: false, held: false } }));
    await clock.pass(10_000);
    expect(wire.reports).toEqual(['direct 1 connected']);
  });

  it('reports a second loss after it had recovered', async () => {
    await flowing();
    for (const rate of [0, 1_000, 0]) {
      path(0).rate = rate;
      await clock.pass(5_000);
    }
    expect(wire.reports.filter((report) => report.endsWith('lost'))).toHaveLength(2);
  });

  it('keeps the old path until the relay brings media', async () => {
    await flowing();
    media.update(callOf({ version: 6, path: 'relay', path_n: 2, path_reason: 'group' }));
    expect(paths).toHaveLength(2);
    path(1).becomes('connected');
    await clock.pass(900);
    expect(view.path).toBe('direct');
    expect(path(0).closed).toBe(false);
    path(1).rate = 1_000;
    await clock.pass(400);
    expect(view.path).toBe('relay');
    expect(path(0).closed).toBe(true);
    expect(wire.reports).toEqual(['direct 1 connected', 'relay 2 connected']);
  });

  it('believes a connected path that brings nothing, since perhaps nobody speaks', async () => {
    await flowing();
    media.update(callOf({ version: 6, path: 'relay', path_n: 2 }));
    path(1).becomes('connected');
    await clock.pass(1_800);
    expect(view.path).toBe('relay');
  });

  it('joins the relay again, more and more slowly, when it does not connect', async () => {
    media.update(callOf({ path: 'relay', path_n: 2 }));
    await clock.pass(30_000);
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.length).toBeLessThan(9);
    expect(paths.filter((one) => !one.closed).length).toBeLessThanOrEqual(2);
    expect(new Set(wire.reports)).toEqual(new Set(['relay 2 failed']));
  });

  it('does not build what it already has, and gives up what was overtaken', async () => {
    await flowing();
    media.update(callOf({ version: 6 }));
    expect(paths).toHaveLength(1);
    media.update(callOf({ version: 7, path: 'relay', path_n: 2 }));
    media.update(callOf({ version: 8, path: 'relay', path_n: 3, path_reason: 'process_lost' }));
    expect(paths.map((one) => one.closed)).toEqual([false, true, false]);
  });

  it('meets the other on their new leg', async () => {
    await flowing();
    media.update(callOf({ version: 6 }, { leg_id: 'ff-new' }));
    expect(path(1).plan.peer?.legId).toBe('ff-new');
  });

  const signal = (n: number, from: string, type: 'offer' | 'answer'): LegSignaled =>
    ({ call_id: 'c', from_leg_id: from, to_leg_id: MINE.leg_id ?? '', n, description: { type, sdp: `${type} ${n}` }, candidate: null });

  it('keeps signals that come before the news of their path, from the last offer on', () => {
    media.signaled(signal(1, 'ff-new', 'offer'));
    media.signaled(signal(2, 'ff-new', 'answer'));
    media.signaled(signal(3, 'ff-new', 'offer'));
    media.update(callOf({}, { leg_id: 'ff-new' }));
    expect(path(0).heard.map((one) => one.description?.sdp)).toEqual(['offer 3']);
    media.signaled(signal(4, 'ff-new', 'answer'));
    media.signaled(signal(1, THEIRS.leg_id ?? '', 'offer'));
    expect(path(0).heard.map((one) => one.description?.sdp)).toEqual(['offer 3', 'answer 4']);
  });

  it('sends on every path what goes out now', async () => {
    const outgoing = { audio: null, video: null, screen: false, receivers: 3 };
    media.send(outgoing);
    await flowing();
    expect(path(0).outgoing).toBe(outgoing);
    media.update(callOf({ version: 6, path: 'relay', path_n: 2 }));
    const next = { ...outgoing, screen: true };
    media.send(next);
    expect(paths.map((one) => one.outgoing)).toEqual([next, next]);
  });

  it('tells what it measures every few seconds, while connected', async () => {
    media.update(callOf());
    await clock.pass(4_000);
    expect(wire.qualities).toEqual([]);
    path(0).rate = 1_000;
    path(0).becomes('connected');
    await clock.pass(16_000);
    expect(wire.qualities.length).toBeGreaterThanOrEqual(3);
    expect(wire.qualities.length).toBeLessThanOrEqual(4);
    expect(wire.qualities.at(-1)).toEqual([20, 0, 16]);
  });

  it('renews its credentials before they end, for paths there are and paths to come', async () => {
    media.stop();
    media = begin(clock.now() + 600_000);
    await flowing();
    await clock.pass(480_000);
    expect(wire.renewals).toBe(0);
    await clock.pass(60_000);
    expect(wire.renewals).toBe(1);
    expect(path(0).servers).toEqual([[{ urls: ['turn:hub'], username: 'u1', credential: 'c' }]]);
    expect(servers).toHaveLength(1);
  });

  it('ends with nothing left: no path, no timer', async () => {
    await flowing();
    media.update(callOf({ version: 6, path: 'relay', path_n: 2 }));
    media.stop();
    expect(paths.every((one) => one.closed)).toBe(true);
    const told = wire.reports.length;
    await clock.pass(HOUR);
    expect(wire.reports).toHaveLength(told);
    expect(paths).toHaveLength(2);
  });
});
