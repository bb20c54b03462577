import { describe, expect, it } from 'vitest';
import type { LegSignaled } from '../contract';
import { ManualClock } from '../hub/testing/clock';
import { videoBitrate } from './encoding';
import { FlowWatch } from './flow';
import { GAP_MS, SignalOrder } from './order';
import { expectsMedia, keyOf, planOf } from './plan';
import { gradeOf, measure, verdictOf, type Circumstances } from './quality';
import { sampleOf } from './stats';
import { callOf, MINE, QUIET, THEIRS } from './testing/paths';

const plan = (...change: Parameters<typeof callOf>) => planOf(callOf(...change), MINE.party_id, MINE.leg_id ?? '');

describe('which path to be on', () => {
  it('is the pair of legs while the hub says direct', () => {
    expect(plan()).toEqual({ kind: 'direct', n: 1, peer: { legId: THEIRS.leg_id, partyId: THEIRS.party_id } });
  });

  it('is another one when the other side has reloaded, or the hub counts on', () => {
    const key = keyOf(plan());
    expect(keyOf(plan({}, { leg_id: 'another' }))).not.toBe(key);
    expect(keyOf(plan({ path_n: 2 }))).not.toBe(key);
    expect(keyOf(plan({ version: 99 }))).toBe(key);
  });

  it('does not depend on the other’s leg on the relay', () => {
    expect(keyOf(plan({ path: 'relay' }, { leg_id: 'another' }))).toBe(keyOf(plan({ path: 'relay' })));
  });

  it('is none while it rings, in writing, after the end, before the other sits, or on a leg that was replaced', () => {
    expect(plan({ state: 'ringing' })).toBeNull();
    expect(plan({ kind: 'chat' })).toBeNull();
    expect(plan({ state: 'ended' })).toBeNull();
    expect(plan({}, { leg_id: null })).toBeNull();
    expect(plan({}, { state: 'away' })).toBeNull();
    expect(planOf(callOf(), MINE.party_id, 'replaced')).toBeNull();
  });

  it('expects media only from who sends, and none on hold', () => {
    const nothing = { audio: false, camera: false, screen: false, held: false };
    expect(expectsMedia(callOf(), MINE.party_id)).toBe(true);
    expect(expectsMedia(callOf({}, { media: nothing }), MINE.party_id)).toBe(false);
    expect(expectsMedia(callOf({}, { media: { ...nothing, screen: true } }), MINE.party_id)).toBe(true);
    expect(expectsMedia(callOf({}, { media: { ...nothing, audio: true, held: true } }), MINE.party_id)).toBe(false);
    expect(expectsMedia(callOf({}, { state: 'away' }), MINE.party_id)).toBe(false);
  });
});

describe('signals of another leg', () => {
  const signal = (n: number): LegSignaled => ({ call_id: 'c', from_leg_id: 'them', to_leg_id: 'me', n, description: null, candidate: { candidate: `${n}`, sdp_mid: '0', sdp_m_line_index: 0, username_fragment: null } });
  const setup = () => {
    const clock = new ManualClock();
    const heard: string[] = [];
    const gaps: string[] = [];
    const order = new SignalOrder(clock, (_, one) => heard.push(one.candidate?.candidate ?? ''), (from) => gaps.push(from));
    return { clock, heard, gaps, take: (...ns: number[]) => { for (const n of ns) order.take(signal(n)); } };
  };

  it('come once each and in order', () => {
    const { take, heard } = setup();
    take(1, 3, 2, 2, 1, 4);
    expect(heard).toEqual(['1', '2', '3', '4']);
  });

  it('wait for one that is late, and go on without one that is lost', async () => {
    const { take, heard, gaps, clock } = setup();
    take(1, 3, 5);
    await clock.pass(GAP_MS - 1);
    expect(heard).toEqual(['1']);
    await clock.pass(1);
    expect(heard).toEqual(['1', '3']);
    await clock.pass(GAP_MS);
    expect(heard).toEqual(['1', '3', '5']);
    expect(gaps).toEqual(['them', 'them']);
    take(2, 6);
    expect(heard).toEqual(['1', '3', '5', '6']);
  });
});

describe('whether media arrives', () => {
  it('peer to peer means media of the other; on the relay any sign of the hub', () => {
    const direct = new FlowWatch('direct', 0);
    const relay = new FlowWatch('relay', 0);
    for (let now = 0; now <= 3_000; now += 500) for (const flow of [direct, relay]) flow.observe({ ...QUIET, transportIn: now }, true, now);
    expect(direct.idle(3_000)).toBe(3_000);
    expect(relay.idle(3_000)).toBe(0);
  });

  it('is no question while nobody sends', () => {
    const flow = new FlowWatch('direct', 0);
    for (let now = 0; now <= 3_000; now += 500) flow.observe(QUIET, false, now);
    expect(flow.idle(3_000)).toBe(0);
    expect(flow.seen).toBe(false);
  });
});

describe('how a connection does', () => {
  const calm: Circumstances = { phase: 'connected', cameraSilentMs: 0, microphoneSilentMs: 0, theirs: [] };
  const good = measure(QUIET, { ...QUIET, at: 1_000, packetsIn: 200, bytesIn: 125_000, bytesOut: 25_000 });

  it('is measured between two looks', () => {
    expect(good).toMatchObject({ kbpsIn: 1_000, kbpsOut: 200, lossIn: 0, rttMs: 20 });
    expect(measure(QUIET, { ...QUIET, at: 1_000, packetsIn: 95, lostIn: 5 }).lossIn).toBe(5);
    // A new receiver begins at nothing.
    expect(measure({ ...QUIET, packetsIn: 900, lostIn: 9 }, { ...QUIET, at: 1_000 })).toMatchObject({ lossIn: 0, kbpsIn: 0 });
  });

  it('says the one thing that matters most', () => {
    expect(verdictOf(good, calm)).toEqual({ grade: 'good', reason: 'good' });
    expect(verdictOf({ ...good, lossIn: 12 }, { ...calm, cameraSilentMs: 9_000 })).toEqual({ grade: 'poor', reason: 'your_loss' });
    expect(verdictOf({ ...good, lossOut: 3 }, calm)).toEqual({ grade: 'fair', reason: 'your_loss' });
    expect(verdictOf({ ...good, rttMs: 800 }, calm).reason).toBe('your_delay');
    expect(verdictOf(good, { ...calm, cameraSilentMs: 4_000 }).reason).toBe('camera_silent');
    expect(verdictOf(good, { ...calm, microphoneSilentMs: 3_999 }).reason).toBe('good');
    expect(verdictOf(good, { ...calm, phase: 'interrupted' }).reason).toBe('reconnecting');
    const weak = { call_id: 'c', party_id: 'p', rtt_ms: 20, loss_percent: 6, kbps: 90 };
    expect(verdictOf(good, { ...calm, theirs: [weak] }).reason).toBe('their_connection');
    expect([gradeOf(weak), gradeOf({ rtt_ms: 900, loss_percent: 0 }), gradeOf({ rtt_ms: 40, loss_percent: 0 })]).toEqual(['fair', 'poor', 'good']);
  });

  it('gives one person more picture than five, and a screen the most', () => {
    expect(videoBitrate(false, 1)).toBeGreaterThan(videoBitrate(false, 2));
    expect(videoBitrate(false, 3)).toBeGreaterThan(videoBitrate(false, 5));
    expect(videoBitrate(true, 5)).toBeGreaterThan(videoBitrate(false, 1));
  });
});

describe('a report of getStats', () => {
  // As Chromium 156 gave it, fields that are not read left out.
  const report = [
    { id: 'T01', type: 'transport', bytesReceived: 9_000, selectedCandidatePairId: 'CP1' },
    { id: 'CP0', type: 'candidate-pair', localCandidateId: 'L0', currentRoundTripTime: 9 },
    { id: 'CP1', type: 'candidate-pair', localCandidateId: 'L1', currentRoundTripTime: 0.031, nominated: true, state: 'succeeded', bytesReceived: 8_000 },
    { id: 'L0', type: 'local-candidate', candidateType: 'relay' },
    { id: 'L1', type: 'local-candidate', candidateType: 'srflx' },
    { id: 'I1', type: 'inbound-rtp', kind: 'audio', mid: '2', packetsReceived: 50, packetsLost: -1, bytesReceived: 4_000, audioLevel: 0.25 },
    { id: 'I2', type: 'inbound-rtp', kind: 'video', mid: '3', packetsReceived: 100, packetsLost: 4, bytesReceived: 4_500, framesDecoded: 30, frameWidth: 640, frameHeight: 480 },
    { id: 'I3', type: 'inbound-rtp', kind: 'video', mid: '5' },
    { id: 'O1', type: 'outbound-rtp', kind: 'video', bytesSent: 7_000, framesEncoded: 28, qualityLimitationReason: 'cpu' },
    { id: 'R1', type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.05, roundTripTime: 0.2 },
    { id: 'S1', type: 'media-source', kind: 'audio', totalAudioEnergy: 1.5 },
  ];
  const party: Record<string, string> = { 2: 'ana', 3: 'ana' };

  it('tells what came from whom, and by which way', () => {
    const sample = sampleOf(report, (mid) => party[mid] ?? null, 7);
    expect(sample).toMatchObject({ at: 7, packetsIn: 150, lostIn: 3, bytesIn: 8_500, bytesOut: 7_000, transportIn: 9_000, framesOut: 28, energyOut: 1.5, rttMs: 31, lossOut: 0.05, cpuLimited: true, candidateKind: 'srflx' });
    expect(sample.parties).toEqual({ ana: { level: 0.25, bytes: 8_500, frames: 30, width: 640, height: 480 } });
  });

  it('finds the pair that Firefox marks, and survives an empty report', () => {
    const firefox = [{ id: 'CP', type: 'candidate-pair', selected: true, localCandidateId: 'L', bytesReceived: 5 }, { id: 'L', type: 'local-candidate', candidateType: 'host' }];
    expect(sampleOf(firefox, () => null, 0)).toMatchObject({ candidateKind: 'host', transportIn: 5, rttMs: null });
    expect(sampleOf([], () => null, 0)).toMatchObject({ bytesIn: 0, candidateKind: null, parties: {} });
  });
});
