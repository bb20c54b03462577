import type { BookmarkView, ListAllRecordings, RecordingDetail, RecordingLink, RecordingPolicyReply, RecordingRow, RecordingRows, RecordingView, SetRecordingPolicy } from '../../contract';
import { newId, type Hub, type HubEvent, type Unsubscribe } from '../../hub';
import { ALL, noRecordings, olderRecordingsListed, recordingRemoved, recordingSeen, recordingsListed, recordingsOf, type RecordingsState } from '../../state';
import { Slice } from './slice';

/** Facts come in bunches: lists are asked for once, this long after the last. */
const PAUSE_MS = 400;

/** Recorded visits that this person may watch. */
export class Recordings {
  readonly slice = new Slice<RecordingsState>(noRecordings);
  readonly #hub: Hub;
  #stop: Unsubscribe = () => undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  start(): void {
    this.#stop = this.#hub.on('recording.changed', ({ recording }) => { this.#seen(recording); });
  }

  stop(): void {
    this.#stop();
    clearTimeout(this.#again);
  }

  /** Facts of conversations: lists that somebody has looked at follow them. */
  onEvents(events: readonly HubEvent[]): void {
    for (const event of events) {
      if (event.t === 'recording.deleted') this.slice.update((state) => recordingRemoved(state, event.data.recording_id));
      // Somebody may be looking at the page that waits for it.
      else if (event.t === 'recording.ready' && event.data.recording_id in this.slice.value.byId) void this.open(event.data.recording_id).catch(() => undefined);
    }
    if (!events.some((event) => event.t === 'recording.started' || event.t === 'recording.stopped' || event.t === 'recording.ready')) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      for (const key of Object.keys(this.slice.value.lists)) void this.load(key).catch(() => undefined);
    }, PAUSE_MS);
  }

  load = async (key: string): Promise<void> => {
    const page = await this.#hub.request('recording.list', filter(key));
    this.slice.update((state) => recordingsListed(state, key, page));
  };

  older = async (key: string): Promise<void> => {
    const oldest = recordingsOf(this.slice.value, key)?.at(-1);
    if (!oldest) return;
    const page = await this.#hub.request('recording.list', { ...filter(key), before: oldest.started_at });
    this.slice.update((state) => olderRecordingsListed(state, key, page));
  };

  open = async (recordingId: string): Promise<RecordingDetail> => {
    const detail = await this.#hub.request('recording.get', { recording_id: recordingId });
    this.#seen(detail.recording);
    return detail;
  };

  link = (recordingId: string, file: string): Promise<RecordingLink> => this.#hub.request('recording.link', { recording_id: recordingId, file });

  /** `ranges` in milliseconds of the recording's clock; at most 50. */
  watched = (recordingId: string, ranges: [number, number][]): Promise<unknown> => this.#hub.request('recording.watched', { recording_id: recordingId, ranges });

  addBookmark = async (recordingId: string, atMs: number, note: string): Promise<BookmarkView> =>
    (await this.#hub.request('recording.add_bookmark', { cid: newId(), recording_id: recordingId, at_ms: Math.round(atMs), note })).bookmark;

  changeBookmark = async (recordingId: string, bookmarkId: string, note: string): Promise<BookmarkView> =>
    (await this.#hub.request('recording.change_bookmark', { cid: newId(), recording_id: recordingId, bookmark_id: bookmarkId, note })).bookmark;

  removeBookmark = (recordingId: string, bookmarkId: string): Promise<unknown> =>
    this.#hub.request('recording.remove_bookmark', { cid: newId(), recording_id: recordingId, bookmark_id: bookmarkId });

  compose = async (recordingId: string): Promise<void> => {
    this.#seen((await this.#hub.request('recording.compose', { cid: newId(), recording_id: recordingId })).recording);
  };

  remove = async (recordingId: string): Promise<void> => {
    await this.#hub.request('recording.delete', { cid: newId(), recording_id: recordingId });
    this.slice.update((state) => recordingRemoved(state, recordingId));
  };

  /** For administrators: what there is, never what is in it. */
  listAll = (wish: ListAllRecordings): Promise<RecordingRows> => this.#hub.request('recording.list_all', wish);

  setHold = async (recordingId: string, held: boolean): Promise<RecordingRow> =>
    (await this.#hub.request('recording.set_hold', { cid: newId(), recording_id: recordingId, held })).recording;

  policy = (): Promise<RecordingPolicyReply> => this.#hub.request('recording.policy', {});
  setPolicy = (policy: Omit<SetRecordingPolicy, 'cid'>): Promise<RecordingPolicyReply> => this.#hub.request('recording.set_policy', { ...policy, cid: newId() });

  #seen(view: RecordingView): void {
    this.slice.update((state) => (view.status === 'deleted' ? recordingRemoved(state, view.recording_id) : recordingSeen(state, view)));
  }
}

const filter = (key: string): { conversation_id?: string } => (key === ALL ? {} : { conversation_id: key });
