import type { CallRang, CallView, PartyView } from '../contract';
import type { CallsState } from './types';

export const noCalls: CallsState = { byId: {}, rings: {} };

/** Ended calls are kept for the screen that says so; more than this many are not. */
const KEPT_ENDED = 8;

/** A call as it is now, from a fact or an answer; they may overtake each other, the higher version counts. */
export function callSeen(state: CallsState, view: CallView, me: string): CallsState {
  const known = state.byId[view.call_id];
  if (known && known.version >= view.version) return state;
  const byId = bounded({ ...state.byId, [view.call_id]: view });
  return partyOf(view, me)?.state === 'ringing' && view.state !== 'ended' ? { ...state, byId } : { byId, rings: without(state.rings, view.call_id) };
}

/**
 * Everything that is on for this person, asked for while `before` was known. A ring that came in the meantime stays;
 * one that is not in the list any more is over.
 */
export function callsListed(before: CallsState, now: CallsState, views: readonly CallView[], me: string, nowMs: number): CallsState {
  const listed = new Set(views.map((view) => view.call_id));
  const rings = Object.fromEntries(Object.entries(now.rings).filter(([id]) => listed.has(id) || !(id in before.rings)));
  return views.reduce<CallsState>((state, view) => {
    const seen = callSeen(state, view, me);
    return partyOf(view, me)?.state === 'ringing' ? rang(seen, ringOf(view), nowMs) : seen;
  }, { byId: now.byId, rings });
}

/** Inbox fact `call.rang`. */
export function rang(state: CallsState, ring: CallRang, nowMs: number): CallsState {
  const view = state.byId[ring.call_id];
  if (Date.parse(ring.expires_at) <= nowMs || view?.state === 'ended' || ring.call_id in state.rings) return state;
  return { ...state, rings: { ...state.rings, [ring.call_id]: ring } };
}

/** Inbox fact `call.ring_ended`. */
export function ringEnded(state: CallsState, callId: string): CallsState {
  return callId in state.rings ? { ...state, rings: without(state.rings, callId) } : state;
}

/** Rings end by themselves, also when nobody says so; the same state if none did. */
export function ringsExpired(state: CallsState, nowMs: number): CallsState {
  const still = Object.entries(state.rings).filter(([, ring]) => Date.parse(ring.expires_at) > nowMs);
  return still.length === Object.keys(state.rings).length ? state : { ...state, rings: Object.fromEntries(still) };
}

/** What rings here, the first caller first. */
export function ringing(state: CallsState): CallRang[] {
  return Object.values(state.rings).sort((a, b) => a.expires_at.localeCompare(b.expires_at));
}

/** The newest seat of somebody. */
export function partyOf(view: CallView, userId: string): PartyView | undefined {
  return view.parties.findLast((party) => party.person.user_id === userId);
}

/** In the call, on a connection or between two. */
export const seated = (party: PartyView | undefined): boolean => party?.state === 'present' || party?.state === 'away';

/** The call that this person sits in, on whichever device. */
export function seatedCall(state: CallsState, me: string): CallView | undefined {
  return Object.values(state.byId).find((view) => view.state !== 'ended' && seated(partyOf(view, me)));
}

/** Everybody in the call, this person first. */
export function seatedParties(view: CallView, me: string): PartyView[] {
  const seats = view.parties.filter(seated);
  return [...seats.filter((party) => party.person.user_id === me), ...seats.filter((party) => party.person.user_id !== me)];
}

/** Whole seconds since the call was answered. */
export function secondsOf(view: CallView, nowMs: number): number {
  if (view.answered_at === null) return 0;
  const end = view.ended_at === null ? nowMs : Date.parse(view.ended_at);
  return Math.max(0, Math.floor((end - Date.parse(view.answered_at)) / 1000));
}

function ringOf(view: CallView): CallRang {
  const host = partyOf(view, view.host_id) ?? view.parties[0];
  return {
    call_id: view.call_id, conversation_id: view.conversation_id, kind: view.kind, title: '', expires_at: view.ring_expires_at, waiting: false,
    caller: host?.person ?? { user_id: view.host_id, name: '', role: 'doctor', verified: false },
  };
}

function bounded(byId: Readonly<Record<string, CallView>>): CallsState['byId'] {
  const ended = Object.values(byId).filter((view) => view.state === 'ended').sort((a, b) => a.started_at.localeCompare(b.started_at));
  return ended.slice(0, -KEPT_ENDED).reduce((rest, view) => without(rest, view.call_id), byId);
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...others } = record;
  return others;
}

/** Party ids of everybody else who is there. */
export function presentOthersIds(view: CallView, me: string): string[] {
  return view.parties.filter((party) => party.state === 'present' && party.person.user_id !== me).map((party) => party.party_id).slice(0, 5);
}
