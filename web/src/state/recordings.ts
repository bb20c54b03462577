import type { RecordingView, Recordings } from '../contract';

/** One list: of a conversation, or of everything (`ALL`). */
export interface RecordingList {
  readonly ids: readonly string[];
  readonly more: boolean;
}

export interface RecordingsState {
  readonly byId: Readonly<Record<string, RecordingView>>;
  readonly lists: Readonly<Record<string, RecordingList>>;
}

/** Key of the list over all conversations. */
export const ALL = '';
export const noRecordings: RecordingsState = { byId: {}, lists: {} };

/** The newest page; what older pages had brought stays behind it. */
export function recordingsListed(state: RecordingsState, key: string, page: Recordings): RecordingsState {
  const known = state.lists[key];
  const fresh = page.recordings.map(idOf);
  const oldest = page.recordings.at(-1)?.started_at;
  const behind = known && page.more && oldest !== undefined ? known.ids.filter((id) => !fresh.includes(id) && (state.byId[id]?.started_at ?? '') < oldest) : [];
  return withList(state, page, key, { ids: [...fresh, ...behind], more: behind.length > 0 ? (known?.more ?? page.more) : page.more });
}

export function olderRecordingsListed(state: RecordingsState, key: string, page: Recordings): RecordingsState {
  const known = state.lists[key]?.ids ?? [];
  return withList(state, page, key, { ids: [...known, ...page.recordings.map(idOf).filter((id) => !known.includes(id))], more: page.more });
}

/** Lossy fact `recording.changed`, and what commands answer. */
export function recordingSeen(state: RecordingsState, view: RecordingView): RecordingsState {
  return { ...state, byId: { ...state.byId, [view.recording_id]: view } };
}

/** Fact `recording.deleted`. */
export function recordingRemoved(state: RecordingsState, recordingId: string): RecordingsState {
  const { [recordingId]: gone, ...byId } = state.byId;
  if (!gone) return state;
  const lists = Object.fromEntries(Object.entries(state.lists).map(([key, list]) => [key, { ...list, ids: list.ids.filter((id) => id !== recordingId) }]));
  return { byId, lists };
}

/** What a list shows, the newest first; undefined until it has been loaded. */
export function recordingsOf(state: RecordingsState, key: string): RecordingView[] | undefined {
  return state.lists[key]?.ids.map((id) => state.byId[id]).filter((view) => view !== undefined);
}

const idOf = (view: RecordingView): string => view.recording_id;

function withList(state: RecordingsState, page: Recordings, key: string, list: RecordingList): RecordingsState {
  const byId = { ...state.byId, ...Object.fromEntries(page.recordings.map((view) => [view.recording_id, view])) };
  return { byId, lists: { ...state.lists, [key]: list } };
}
