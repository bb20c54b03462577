import type { PresenceSnapshot, PresenceView } from '../contract';
import type { PresenceState } from './types';

/** Answer of `presence.watch`: it replaces everything, since who was left out is offline. */
export function presenceLoaded(snapshot: PresenceSnapshot): PresenceState {
  return Object.fromEntries(snapshot.people.map((view) => [view.user_id, view]));
}

/** The lossy fact `presence.changed`; facts may overtake each other, the higher version counts. */
export function presenceChanged(state: PresenceState, view: PresenceView): PresenceState {
  const known = state[view.user_id];
  return known && known.version >= view.version ? state : { ...state, [view.user_id]: view };
}
