import { describe, expect, it } from 'vitest';
import type { CallRang, CallView, PartyState } from '../contract';
import { callLogged } from './callLog';
import { callSeen, callsListed, noCalls, partyOf, rang, ringEnded, ringing, ringsExpired, seatedCall, seatedParties, secondsOf } from './calls';
import { event, lossy } from './fixtures';
import type { CallsState } from './types';

const CALL = lossy('call.changed').call;
const [host, callee] = [CALL.parties[0]?.person.user_id ?? '', CALL.parties[1]?.person.user_id ?? ''];
const RANG = event('call.rang').data;
const BEFORE_END = Date.parse(RANG.expires_at) - 1;

const view = (version: number, change: Partial<CallView> = {}, mine?: PartyState): CallView => ({
  ...CALL, version, ...change, parties: CALL.parties.map((party) => (mine && party.person.user_id === callee ? { ...party, state: mine } : party)),
});
const ring = (call_id: string, expires_at = RANG.expires_at): CallRang => ({ ...RANG, call_id, expires_at });
const seen = (...views: CallView[]): CallsState => views.reduce((state, one) => callSeen(state, one, callee), noCalls);

describe('calls', () => {
  it('keeps the highest version, whichever comes last', () => {
    const state = seen(view(7), view(6, { path_n: 1 }));
    expect(state.byId[CALL.call_id]?.version).toBe(7);
    expect(callSeen(state, view(7, { path_n: 9 }), callee)).toBe(state);
  });

  it('rings once for a call, until somebody says it is over', () => {
    const state = rang(noCalls, RANG, BEFORE_END);
    expect(rang(state, RANG, BEFORE_END)).toBe(state);
    expect(ringing(state)).toEqual([RANG]);
    expect(ringing(ringEnded(state, RANG.call_id))).toEqual([]);
  });

  it('does not ring for what is over by the hub’s time', () => {
    expect(rang(noCalls, RANG, BEFORE_END + 1)).toBe(noCalls);
    const state = rang(noCalls, RANG, BEFORE_END);
    expect(ringsExpired(state, BEFORE_END)).toBe(state);
    expect(ringing(ringsExpired(state, BEFORE_END + 1))).toEqual([]);
  });

  it('stops ringing as soon as the call shows that I do not ring any more', () => {
    const ringingHere = rang(seen(view(2, { state: 'ringing' }, 'ringing')), ring(CALL.call_id), BEFORE_END);
    expect(ringing(callSeen(ringingHere, view(3, {}, 'ringing'), callee))).toHaveLength(1);
    expect(ringing(callSeen(ringingHere, view(3, {}, 'present'), callee))).toEqual([]);
    expect(ringing(callSeen(ringingHere, view(3, { state: 'ended' }, 'ringing'), callee))).toEqual([]);
  });

  it('does not ring again for a call that has ended, though the fact comes late', () => {
    const state = seen(view(9, { state: 'ended' }, 'gone'));
    expect(rang(state, ring(CALL.call_id), BEFORE_END)).toBe(state);
  });

  it('rings after a reload for what the list says, and drops what it does not say', () => {
    const before = rang(noCalls, ring('gone'), BEFORE_END);
    const meanwhile = rang(before, ring('fresh'), BEFORE_END);
    const listed = view(2, { state: 'ringing', call_id: 'listed', ring_expires_at: RANG.expires_at }, 'ringing');
    const state = callsListed(before, meanwhile, [listed], callee, BEFORE_END);
    expect(ringing(state).map((one) => one.call_id).sort()).toEqual(['fresh', 'listed']);
    expect(state.rings['listed']?.caller.user_id).toBe(host);
  });

  it('finds the call I sit in, between two connections too, and not one I only ring for', () => {
    expect(seatedCall(seen(view(1, {}, 'ringing')), callee)).toBeUndefined();
    expect(seatedCall(seen(view(1, {}, 'away')), callee)?.call_id).toBe(CALL.call_id);
    expect(seatedCall(seen(view(1, { state: 'ended' }, 'present')), callee)).toBeUndefined();
  });

  it('puts me first, whoever came first', () => {
    expect(seatedParties(view(1), callee).map((party) => party.person.user_id)).toEqual([callee, host]);
  });

  it('takes the newest seat of somebody who came back', () => {
    const [first] = CALL.parties;
    const again = view(1, { parties: [] });
    const parties = first ? [{ ...first, party_id: 'old', state: 'gone' as const }, first] : [];
    expect(partyOf({ ...again, parties }, host)?.party_id).toBe(first?.party_id);
  });

  it('counts from the answer, and stops at the end', () => {
    const answered = Date.parse(CALL.answered_at ?? '');
    expect(secondsOf(view(1), answered + 61_900)).toBe(61);
    expect(secondsOf(view(1, { ended_at: new Date(answered + 5_000).toISOString() }), answered + 61_900)).toBe(5);
    expect(secondsOf(view(1, { answered_at: null }), answered)).toBe(0);
  });

  it('forgets old calls, never the one that goes on', () => {
    const old = Array.from({ length: 12 }, (_, index) => view(1, { call_id: `old-${index}`, state: 'ended', started_at: `2026-01-01T00:00:${10 + index}.000Z` }));
    const state = seen(view(1), ...old);
    expect(Object.keys(state.byId)).toHaveLength(9);
    expect(state.byId[CALL.call_id]).toBeDefined();
    expect(state.byId['old-0']).toBeUndefined();
  });
});

describe('calls of a conversation', () => {
  const started = event('call.started', 10);
  const ended = { ...event('call.ended', 14), data: { ...event('call.ended').data, call_id: started.data.call_id } };

  it('shows a call from its start, and how it ended', () => {
    const log = callLogged(callLogged({}, 'c', started), 'c', ended);
    expect(log['c']).toMatchObject([{ callId: started.data.call_id, n: 10, ended: { reason: ended.data.reason, seconds: ended.data.seconds } }]);
  });

  it('hears facts again without showing a call twice', () => {
    const log = callLogged(callLogged({}, 'c', started), 'c', ended);
    expect(callLogged(log, 'c', started)).toBe(log);
    expect(callLogged(log, 'c', ended)).toBe(log);
  });
});
