import { describe, expect, it } from 'vitest';
import type { RecordingView } from '../contract';
import { reply } from './fixtures';
import { ALL, noRecordings, olderRecordingsListed, recordingRemoved, recordingSeen, recordingsListed, recordingsOf } from './recordings';

const [base] = reply('recording.list').recordings as [RecordingView];
const at = (id: string, started_at: string): RecordingView => ({ ...base, recording_id: id, started_at });
const [c, b, a] = [at('c', '2026-03-03T00:00:00Z'), at('b', '2026-03-02T00:00:00Z'), at('a', '2026-03-01T00:00:00Z')];
const ids = (state: typeof noRecordings, key: string) => recordingsOf(state, key)?.map((view) => view.recording_id);

describe('recordings', () => {
  it('are unknown until they have been listed', () => {
    expect(recordingsOf(noRecordings, ALL)).toBeUndefined();
    expect(ids(recordingsListed(noRecordings, ALL, { recordings: [], more: false }), ALL)).toEqual([]);
  });

  it('keep older pages when the newest page is asked for again', () => {
    let state = recordingsListed(noRecordings, ALL, { recordings: [b], more: true });
    state = olderRecordingsListed(state, ALL, { recordings: [a], more: false });
    state = recordingsListed(state, ALL, { recordings: [c, b], more: true });
    expect(ids(state, ALL)).toEqual(['c', 'b', 'a']);
    expect(state.lists[ALL]?.more).toBe(false);
  });

  it('forget what is not in a whole list any more', () => {
    const state = recordingsListed(recordingsListed(noRecordings, ALL, { recordings: [c, b, a], more: false }), ALL, { recordings: [c], more: false });
    expect(ids(state, ALL)).toEqual(['c']);
  });

  it('change in every list at once, and go from every list', () => {
    let state = recordingsListed(noRecordings, ALL, { recordings: [b, a], more: false });
    state = recordingsListed(state, 'talk', { recordings: [a], more: false });
    state = recordingSeen(state, { ...a, composed: { ...a.composed, state: 'running', percent: 40 } });
    expect(recordingsOf(state, ALL)?.[1]?.composed.percent).toBe(40);
    expect(recordingsOf(state, 'talk')?.[0]?.composed.percent).toBe(40);
    state = recordingRemoved(state, 'a');
    expect([ids(state, ALL), ids(state, 'talk')]).toEqual([['b'], []]);
    expect(recordingRemoved(state, 'a')).toBe(state);
  });
});
