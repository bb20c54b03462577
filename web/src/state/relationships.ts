import type { Relationships, RelationshipView } from '../contract';
import type { HubEvent } from '../hub';
import type { RelationshipsState } from './types';

export function relationshipsLoaded(reply: Relationships): RelationshipsState {
  return reply.relationships.reduce(relationshipChanged, {});
}

/** The relationship as it stands after a command or a fact; an older state never replaces a newer one. */
export function relationshipChanged(state: RelationshipsState, view: RelationshipView): RelationshipsState {
  const known = state[view.relationship_id];
  return known && known.changed_at > view.changed_at ? state : { ...state, [view.relationship_id]: view };
}

/** One fact of the inbox. */
export function relationshipEvent(state: RelationshipsState, event: HubEvent): RelationshipsState {
  return event.t === 'relationship.changed' ? relationshipChanged(state, event.data.relationship) : state;
}
