import type { CallView, PartyView } from '../contract';
import { sends, type PathPlan } from './types';

/** Those whose media is or will be there: in the call, and on a connection. */
export function presentOthers(call: CallView, partyId: string): PartyView[] {
  return call.parties.filter((party) => party.party_id !== partyId && party.state === 'present' && party.leg_id !== null);
}

/**
 * The path to be on, or null while there is nobody to reach or nothing to send. A direct path belongs to a pair of
 * legs: the other's reload makes it another path.
 */
export function planOf(call: CallView, partyId: string, legId: string): PathPlan | null {
  if (call.kind === 'chat' || call.state === 'ended' || call.state === 'ringing') return null;
  const me = call.parties.find((party) => party.party_id === partyId);
  if (!me || me.leg_id !== legId || me.state === 'gone') return null;
  const others = presentOthers(call, partyId);
  const [other] = others;
  if (call.path === 'relay') return { kind: 'relay', n: call.path_n, peer: null };
  if (!other || other.leg_id === null || others.length > 1) return null;
  return { kind: 'direct', n: call.path_n, peer: { legId: other.leg_id, partyId: other.party_id } };
}

export function keyOf(plan: PathPlan | null): string {
  return plan ? `${plan.kind}:${plan.n}:${plan.peer?.legId ?? ''}` : '';
}

/** Whether media from somebody should be arriving now. */
export function expectsMedia(call: CallView, partyId: string): boolean {
  const me = call.parties.find((party) => party.party_id === partyId);
  return me !== undefined && !me.media.held && presentOthers(call, partyId).some((party) => sends(party.media));
}
