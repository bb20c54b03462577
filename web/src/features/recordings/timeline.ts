import type { BookmarkView, PersonView, TimelineEvent, TrackView } from '../../contract';
import { breaksOf, gapsOf, type Gap } from './gaps';

/** A stretch of the recording's clock, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FileSpan extends Span {
  readonly file: string;
  readonly gaps: readonly Gap[];
}

/** One person's files, in order. */
export interface PersonLane {
  readonly person: PersonView;
  readonly spans: readonly FileSpan[];
  /** Between files. */
  readonly breaks: readonly Gap[];
}

export type EntryKind = TimelineEvent['kind'] | 'gap';

/** One line of the list: an event, a bookmark of one's own, or a stretch without sound or picture. */
export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly kind: EntryKind;
  readonly userId: string | null;
  readonly detail: string;
  readonly text: string;
  /** Of a stretch, in milliseconds. */
  readonly length?: number;
}

export type MarkLane = 'chat' | 'call' | 'bookmark';

/** A spot on the timeline: one entry, or several that stand too close to be told apart. */
export interface Mark {
  readonly lane: MarkLane;
  readonly at: number;
  readonly entries: readonly Entry[];
}

/** Marks nearer to each other than this part of the whole become one. */
const NEAR = 0.012;

/** The end of the last file, or what the hub says, whichever is later. */
export function lengthOf(durationMs: number, tracks: readonly TrackView[]): number {
  return Math.max(durationMs, 1, ...tracks.map((track) => track.offset_ms + track.duration_ms));
}

export function lanesOf(tracks: readonly TrackView[], timeline: readonly TimelineEvent[]): PersonLane[] {
  const lanes = new Map<string, { person: PersonView; spans: FileSpan[] }>();
  for (const track of [...tracks].sort((a, b) => a.offset_ms - b.offset_ms)) {
    const lane = lanes.get(track.person.user_id) ?? { person: track.person, spans: [] };
    lanes.set(track.person.user_id, lane);
    lane.spans.push({ file: track.file, from: track.offset_ms, to: track.offset_ms + track.duration_ms, gaps: gapsOf(track, timeline) });
  }
  return [...lanes.values()].map((lane) => ({ ...lane, breaks: breaksOf(lane.spans, lane.person.user_id, timeline) }));
}

/** Events and bookmarks in one order. Bookmarks of the log are the bookmarks themselves. */
export function entriesOf(timeline: readonly TimelineEvent[], bookmarks: readonly BookmarkView[]): Entry[] {
  const events = timeline.filter((event) => event.kind !== 'bookmark')
    .map((event, index): Entry => ({ key: `e${index}`, at: event.at_ms, kind: event.kind, userId: event.user_id, detail: event.detail, text: event.text }));
  const marks = bookmarks.map((mark): Entry => ({ key: mark.bookmark_id, at: mark.at_ms, kind: 'bookmark', userId: mark.by.user_id, detail: '', text: mark.note }));
  return [...events, ...marks].sort((a, b) => a.at - b.at);
}

/** Index of the last entry that has happened; -1 before the first. */
export function currentEntry(entries: readonly Entry[], atMs: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.at ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const laneOf = (kind: EntryKind): MarkLane => (kind === 'message' ? 'chat' : kind === 'bookmark' ? 'bookmark' : 'call');

export function marksOf(entries: readonly Entry[], durationMs: number): Mark[] {
  const marks: { lane: MarkLane; at: number; entries: Entry[] }[] = [];
  for (const entry of entries) {
    if (entry.kind === 'gap') continue; // drawn on the person's lane
    const lane = laneOf(entry.kind);
    const before = marks.findLast((mark) => mark.lane === lane);
    if (before && lane !== 'bookmark' && entry.at - before.at < durationMs * NEAR) before.entries.push(entry);
    else marks.push({ lane, at: Math.min(entry.at, durationMs), entries: [entry] });
  }
  return marks;
}
