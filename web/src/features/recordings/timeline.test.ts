import { describe, expect, it, vi } from 'vitest';
import type { GapView, TimelineEvent, TrackView } from '../../contract';
import { reply } from '../../state/fixtures';
import { gapEntries, inOrder, switchedOn } from './gaps';
import { currentEntry, entriesOf, lanesOf, lengthOf, marksOf } from './timeline';
import { actionOf, type ReviewKeys } from './useReviewKeys';
import { merged, Watched } from './watched';

const detail = reply('recording.get');
const [track] = detail.tracks as [TrackView];
const event = (at_ms: number, kind: TimelineEvent['kind'], extra: Partial<TimelineEvent> = {}): TimelineEvent => ({ at_ms, kind, n: null, user_id: 'u', text: '', detail: '', ...extra });
const gap = (from_ms: number, to_ms: number, extra: Partial<GapView> = {}): GapView => ({ from_ms, to_ms, kind: 'audio', reason: 'lost', ...extra });
const media = (at_ms: number, what: string) => event(at_ms, 'media', { detail: what, user_id: track.person.user_id });

describe('lanes', () => {
  it('put every file of a person on one line, with its gaps on the clock', () => {
    const lanes = lanesOf([{ ...track, file: 'b', offset_ms: 9_000, duration_ms: 1_000, gaps: [] }, { ...track, offset_ms: 100, gaps: [gap(1_000, 2_000), gap(3, 3)] }], []);
    expect(lanes).toHaveLength(1);
    expect(lanes[0]?.spans.map((span) => span.file)).toEqual([track.file, 'b']);
    expect(lanes[0]?.spans[0]?.gaps).toEqual([{ from: 1_100, to: 2_100, what: 'audio', cause: 'lost', wanted: false }]);
  });

  it('tell what was switched off from what was not sent, and from what was lost', () => {
    const events = [media(10_000, 'audio.off'), media(20_000, 'audio.on'), media(50_000, 'held.on'), media(60_000, 'held.off')];
    const silent = (from: number, to: number, kind: 'audio' | 'video' = 'audio') => gap(from, to, { reason: 'silent', kind });
    const [lane] = lanesOf([{ ...track, offset_ms: 0, gaps: [silent(10_100, 20_200), gap(10_100, 20_200), silent(10_100, 20_200, 'video'), silent(30_000, 34_000), gap(30_000, 34_000), silent(50_100, 59_900), gap(61_000, 62_000, { reason: 'paused' })] }], events);
    expect(lane?.spans[0]?.gaps.map(({ cause, wanted }) => [cause, wanted])).toEqual([['muted', true], ['muted', true], ['silent', false], ['silent', false], ['lost', false], ['held', true], ['paused', false]]);
  });

  it('know an interrupted recording from somebody who had left', () => {
    const files = [{ ...track, offset_ms: 0, duration_ms: 10_000, gaps: [] }, { ...track, file: 'b', offset_ms: 14_000, duration_ms: 1_000, gaps: [] }];
    expect(lanesOf(files, [])[0]?.breaks).toEqual([{ from: 10_000, to: 14_000, what: 'both', cause: 'interrupted', wanted: false }]);
    expect(lanesOf(files, [event(9_900, 'left', { user_id: track.person.user_id })])[0]?.breaks).toEqual([]);
  });

  it('list what nobody wanted: a second or more, sound and picture as one', () => {
    const lanes = lanesOf([{ ...track, offset_ms: 0, duration_ms: 20_000, gaps: [gap(5_000, 9_000), gap(5_200, 9_100, { kind: 'video' }), gap(12_000, 12_500), gap(15_000, 17_000, { kind: 'video' })] }], []);
    const entries = gapEntries(lanes);
    expect(entries.map(({ at, detail: told, length }) => [at, told, length])).toEqual([[5_000, 'lost.both', 4_100], [15_000, 'lost.video', 2_000]]);
    expect(inOrder([...entries, ...entriesOf([event(6_000, 'message')], [])]).map(({ kind }) => kind)).toEqual(['gap', 'message', 'gap']);
    expect(marksOf(entries, 20_000)).toEqual([]);
  });

  it('are as long as the last file', () => {
    expect(lengthOf(1_000, [{ ...track, offset_ms: 500, duration_ms: 700 }])).toBe(1_200);
    expect(lengthOf(0, [])).toBe(1);
  });
});

describe('entries', () => {
  const entries = entriesOf([event(5_000, 'message', { text: 'later' }), event(0, 'recording', { detail: 'started' }), event(1, 'bookmark')], detail.bookmarks);

  it('hold events and bookmarks in order', () => {
    expect(entries.map((entry) => entry.kind)).toEqual(['recording', 'message', 'bookmark']);
  });

  it('know which one is the current', () => {
    expect(currentEntry(entries, -1)).toBe(-1);
    expect(currentEntry(entries, 0)).toBe(0);
    expect(currentEntry(entries, 4_999)).toBe(0);
    expect(currentEntry(entries, 5_000)).toBe(1);
    expect(currentEntry([], 5)).toBe(-1);
  });

  it('become one mark where they stand too close, except bookmarks', () => {
    const close = entriesOf([event(1_000, 'joined'), event(1_500, 'path'), event(1_600, 'message'), event(50_000, 'left'), event(120_000, 'recording')], []);
    const marks = marksOf(close, 100_000);
    expect(marks.map(({ lane, at, entries: held }) => [lane, at, held.length])).toEqual([['call', 1_000, 2], ['chat', 1_600, 1], ['call', 50_000, 1], ['call', 100_000, 1]]);
    const [bookmark] = detail.bookmarks;
    expect(bookmark && marksOf(entriesOf([], [bookmark, { ...bookmark, bookmark_id: 'other' }]), 600_000)).toHaveLength(2);
  });
});

describe('switchedOn', () => {
  const id = track.person.user_id;
  it('follows the changes, and knows the state before the first from it', () => {
    const events = [media(1_000, 'camera.off'), media(2_000, 'camera.on')];
    expect([500, 1_000, 2_500].map((at) => switchedOn(events, id, 'camera', at))).toEqual([true, false, true]);
    expect(switchedOn(events, id, 'audio', 500)).toBeNull();
    expect(switchedOn(events, 'other', 'camera', 1_500)).toBeNull();
  });
});

describe('Watched', () => {
  it('joins what was played in one go and reports each stretch once', () => {
    const watched = new Watched();
    watched.note(0, 80.4);
    watched.note(80.4, 160);
    watched.note(9_000, 9_500);
    watched.note(5, 5);
    expect(watched.take()).toEqual([[0, 160], [9_000, 9_500]]);
    expect(watched.take()).toEqual([]);
    expect(merged([[5, 9], [0, 6], [20_000, 20_001]])).toEqual([[0, 9], [20_000, 20_001]]);
  });

  it('keeps what does not fit one report for the next', () => {
    const watched = new Watched();
    for (let n = 0; n < 60; n += 1) watched.note(n * 10_000, n * 10_000 + 100);
    expect([watched.take().length, watched.take().length]).toEqual([50, 10]);
  });
});

describe('keys', () => {
  const keys = { toggle: vi.fn(), move: vi.fn(), step: vi.fn(), seekPart: vi.fn(), mute: vi.fn(), bookmark: vi.fn(), help: vi.fn() } satisfies ReviewKeys;
  const press = (code: string, key = '') => actionOf({ code, key }, keys)?.();

  it('do what the help says, on every layout', () => {
    for (const [code, key] of [['Space', ' '], ['ArrowLeft', ''], ['KeyL', 'م'], ['Comma', 'و'], ['Digit3', '3'], ['KeyM', 'm'], ['KeyB', 'b'], ['Slash', '?']]) press(code ?? '', key);
    expect(keys.toggle).toHaveBeenCalledOnce();
    expect(keys.move.mock.calls).toEqual([[-5_000], [10_000]]);
    expect(keys.step.mock.calls[0]?.[0]).toBeCloseTo(-33.3, 1);
    expect(keys.seekPart).toHaveBeenCalledWith(3);
    for (const one of [keys.mute, keys.bookmark, keys.help]) expect(one).toHaveBeenCalledOnce();
    expect(actionOf({ code: 'KeyX', key: 'x' }, keys)).toBeNull();
  });
});
