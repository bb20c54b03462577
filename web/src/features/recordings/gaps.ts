import type { TimelineEvent, TrackView } from '../../contract';
import type { Entry, PersonLane, Span } from './timeline';

/** Why nothing is there: the switches, or what the recorder noted. */
export const CAUSES = ['muted', 'cameraOff', 'held', 'silent', 'lost', 'paused', 'interrupted'] as const;
export type Cause = (typeof CAUSES)[number];
export const WHATS = ['audio', 'video', 'both'] as const;
export type What = (typeof WHATS)[number];

/** Where sound or picture is missing. */
export interface Gap extends Span {
  readonly what: What;
  readonly cause: Cause;
  /** Because the person had turned it off. */
  readonly wanted: boolean;
}

/** A gap is wanted if the switch was off for about all of it: packets end some moments before and begin some after. */
const AROUND_MS = 1_500;
/** What is shorter is drawn and not listed. */
const LISTED_MS = 1_000;

/** On the recording's clock. */
export function gapsOf(track: TrackView, timeline: readonly TimelineEvent[]): Gap[] {
  return track.gaps.filter((gap) => gap.to_ms > gap.from_ms).map((gap) => {
    const span = { from: track.offset_ms + gap.from_ms, to: track.offset_ms + gap.to_ms };
    // Whoever turns something off may lose the last packets before it: the switch explains the rest.
    const cause = gap.reason === 'paused' ? gap.reason : (switchOf(track.person.user_id, gap.kind, span, timeline) ?? gap.reason);
    return { ...span, what: gap.kind, cause, wanted: cause === 'muted' || cause === 'cameraOff' || cause === 'held' };
  });
}

function switchOf(userId: string, kind: 'audio' | 'video', { from, to }: Span, timeline: readonly TimelineEvent[]): Cause | null {
  const all = (what: 'audio' | 'camera' | 'held', state: boolean) =>
    [Math.min((from + to) / 2, from + AROUND_MS), Math.max((from + to) / 2, to - AROUND_MS)].every((at) => switchedOn(timeline, userId, what, at) === state);
  if (all('held', true)) return 'held';
  if (kind === 'audio') return all('audio', false) ? 'muted' : null;
  return all('camera', false) ? 'cameraOff' : null;
}

/** Between two files of somebody who had not left: what recorded them was replaced. */
export function breaksOf(spans: readonly Span[], userId: string, timeline: readonly TimelineEvent[]): Gap[] {
  return spans.flatMap((span, index) => {
    const next = spans[index + 1];
    if (!next || next.from - span.to < LISTED_MS) return [];
    const away = timeline.some((event) => event.kind === 'left' && event.user_id === userId && event.at_ms > span.from && event.at_ms < next.from);
    return away ? [] : [{ from: span.to, to: next.from, what: 'both' as const, cause: 'interrupted' as const, wanted: false }];
  });
}

/** Those nobody wanted, as lines of the list; sound and picture that are missing together are one. */
export function gapEntries(lanes: readonly PersonLane[]): Entry[] {
  return lanes.flatMap((lane) => {
    const merged: Gap[] = [];
    const gaps = [...lane.spans.flatMap((span) => span.gaps), ...lane.breaks].filter((gap) => !gap.wanted && gap.to - gap.from >= LISTED_MS);
    for (const gap of gaps.sort((a, b) => a.from - b.from)) {
      const twin = merged.findIndex((other) => other.what !== gap.what && other.cause === gap.cause && Math.abs(other.from - gap.from) < LISTED_MS && Math.abs(other.to - gap.to) < LISTED_MS);
      const other = merged[twin];
      if (other) merged[twin] = { ...other, what: 'both', to: Math.max(other.to, gap.to) };
      else merged.push(gap);
    }
    return merged.map((gap): Entry => ({
      key: `g${lane.person.user_id}.${gap.what}.${gap.from}`, at: gap.from, kind: 'gap', userId: lane.person.user_id, detail: `${gap.cause}.${gap.what}`, text: '', length: gap.to - gap.from,
    }));
  });
}

/** Ascending by time; what happened first stays first. */
export const inOrder = (entries: readonly Entry[]): Entry[] => [...entries].sort((a, b) => a.at - b.at);

/** Whether something of a person was on at a moment, by the changes that were noted; null when none was. */
export function switchedOn(timeline: readonly TimelineEvent[], userId: string, what: 'audio' | 'camera' | 'held', atMs: number): boolean | null {
  const changes = timeline.filter((event) => event.kind === 'media' && event.user_id === userId && event.detail.startsWith(`${what}.`));
  const last = changes.findLast((event) => event.at_ms <= atMs);
  if (last) return last.detail.endsWith('.on');
  const first = changes[0];
  return first ? !first.detail.endsWith('.on') : null;
}
