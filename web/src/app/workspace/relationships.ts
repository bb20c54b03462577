import type { PersonView, ProposeRelationship, RelationshipKind, RelationshipView, Relationships as RelationshipPage } from '../../contract';
import { newId, type Hub } from '../../hub';
import { relationshipChanged, relationshipsLoaded, type RelationshipsState } from '../../state';
import { Slice, type Loaded } from './slice';

/** Whom this person is connected with, and who asks for it. */
export class Relationships {
  readonly slice = new Slice<Loaded<RelationshipsState>>({ phase: 'loading' });
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  load = async (): Promise<void> => {
    if (this.slice.value.phase === 'failed') this.slice.set({ phase: 'loading' });
    try {
      this.slice.set({ phase: 'ready', value: relationshipsLoaded(await this.#hub.request('relationship.list', {})) });
    } catch (error) {
      if (this.slice.value.phase !== 'ready') this.slice.set({ phase: 'failed', error });
    }
  };

  take = (link: RelationshipView): void => {
    this.slice.update((loaded) => (loaded.phase === 'ready' ? { phase: 'ready', value: relationshipChanged(loaded.value, link) } : loaded));
  };

  propose = async (form: Omit<ProposeRelationship, 'cid'>): Promise<void> => {
    this.take((await this.#hub.request('relationship.propose', { ...form, cid: newId() })).relationship);
  };

  answer = async (relationshipId: string, accept: boolean): Promise<void> => {
    this.take((await this.#hub.request('relationship.answer', { cid: newId(), relationship_id: relationshipId, accept })).relationship);
  };

  end = async (relationshipId: string): Promise<RelationshipView> => {
    const { relationship } = await this.#hub.request('relationship.end', { cid: newId(), relationship_id: relationshipId });
    this.take(relationship);
    return relationship;
  };

  /** People with whom a conversation may be started, by name. */
  reachable = async (query: string): Promise<PersonView[]> => (await this.#hub.request('relationship.reachable', { query, limit: 50 })).people;

  /** For administrators. */
  establish = (userIds: [string, string], kind: RelationshipKind, label: string): Promise<unknown> =>
    this.#hub.request('relationship.establish', { cid: newId(), user_ids: userIds, kind, label });

  /** For administrators: of one person, or the newest of all. */
  listAll = (userId: string | null): Promise<RelationshipPage> => this.#hub.request('relationship.list_all', { user_id: userId });
}
