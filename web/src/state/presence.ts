import type { PresenceSnapshot, PresenceView } from '../contract';
import type { PresenceState } from './types';

/** Answer of `presence.watch`: it says everything, since who was left out is offline. */
export function presenceLoaded(snapshot: PresenceSnapshot): PresenceState {
  return Object.fromEntries(snapshot.people.map((view) => [view.user_id, view]));
}

/**
 * An answer of `presence.watch`, asked for while `before` was known and `now` has become of it. A fact that came in
 * the meantime may be newer than the answer; who was left out is offline unless such a fact says otherwise.
 */
export function presenceRefreshed(before: PresenceState, now: PresenceState, snapshot: PresenceSnapshot): PresenceState {
  const next: Record<string, PresenceView> = { ...presenceLoaded(snapshot) };
  for (const [userId, known] of Object.entries(now)) {
    const told = next[userId];
    if (told ? known.version >= told.version : known !== before[userId]) next[userId] = known;
  }
  return next;
}

/** The lossy fact `presence.changed`; facts may overtake each other, the higher version counts. */
export function presenceChanged(state: PresenceState, view: PresenceView): PresenceState {
  const known = state[view.user_id];
  return known && known.version >= view.version ? state : { ...state, [view.user_id]: view };
}
