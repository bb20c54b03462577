import type { ConversationSnapshot, ConversationView, CreateConversation, HistoryFrom } from '../../contract';
import { newId, type Hub, type HubEvent, type Unsubscribe } from '../../hub';
import {
  conversationEvent, conversationLoaded, conversationRemoved, conversationsLoaded, noConversations, type ConversationsState,
} from '../../state';
import { Slice, type Loaded } from './slice';

/** How many facts are heard again; one page of the hub's. */
const REWIND = 200;

/** What others want to know about the streams of conversations. */
export interface ConversationListener {
  onEvents(conversationId: string, events: HubEvent[]): void;
  onReset(snapshot: ConversationSnapshot): void;
  onGone(conversationId: string): void;
}

/** The list of conversations, each followed through its stream from the position of its snapshot. */
export class Conversations {
  readonly slice = new Slice<Loaded<ConversationsState>>({ phase: 'loading' });
  readonly #hub: Hub;
  readonly #me: string;
  readonly #listener: ConversationListener;
  readonly #open = new Map<string, Unsubscribe>();
  readonly #rewound = new Set<string>();

  constructor(hub: Hub, me: string, listener: ConversationListener) {
    this.#hub = hub;
    this.#me = me;
    this.#listener = listener;
  }

  load = async (): Promise<void> => {
    if (this.slice.value.phase === 'failed') this.slice.set({ phase: 'loading' });
    try {
      const page = await this.#hub.request('conversation.list', {});
      this.slice.update((loaded) => ({ phase: 'ready', value: conversationsLoaded(this.#stateOf(loaded), page) }));
      for (const conversation of page.conversations) this.#follow(conversation);
    } catch (error) {
      if (this.slice.value.phase !== 'ready') this.slice.set({ phase: 'failed', error });
    }
  };

  loadOlder = async (): Promise<void> => {
    const oldest = Object.values(this.#stateOf(this.slice.value).byId).map(activeAt).sort()[0];
    if (oldest === undefined) return;
    const page = await this.#hub.request('conversation.list', { before: oldest });
    this.#change((state) => conversationsLoaded(state, page));
    for (const conversation of page.conversations) this.#follow(conversation);
  };

  /** A snapshot that came with another answer. */
  take = ({ conversation }: ConversationSnapshot): void => {
    this.#change((state) => conversationLoaded(state, conversation));
    this.#follow(conversation);
  };

  joined = async (conversationId: string): Promise<void> => {
    if (this.#stateOf(this.slice.value).byId[conversationId]) return;
    this.take(await this.#hub.request('conversation.get', { conversation_id: conversationId }));
  };

  left = (conversationId: string): void => {
    this.#open.get(conversationId)?.();
    this.#open.delete(conversationId);
    this.#change((state) => conversationRemoved(state, conversationId));
    this.#listener.onGone(conversationId);
  };

  create = async (form: Omit<CreateConversation, 'cid'>): Promise<string> => {
    const snapshot = await this.#hub.request('conversation.create', { ...form, cid: newId() });
    this.take(snapshot);
    return snapshot.conversation.conversation_id;
  };

  addMember = async (conversationId: string, userId: string, history: HistoryFrom): Promise<void> => {
    await this.#hub.request('conversation.add_member', { cid: newId(), conversation_id: conversationId, user_id: userId, history });
  };

  removeMember = async (conversationId: string, userId: string): Promise<void> => {
    await this.#hub.request('conversation.remove_member', { cid: newId(), conversation_id: conversationId, user_id: userId });
  };

  rename = async (conversationId: string, title: string): Promise<void> => {
    await this.#hub.request('conversation.rename', { cid: newId(), conversation_id: conversationId, title });
  };

  leave = async (conversationId: string): Promise<void> => {
    await this.#hub.request('conversation.leave', { cid: newId(), conversation_id: conversationId });
    this.left(conversationId);
  };

  /** Hear the latest facts once more: what is not part of a snapshot, such as calls, is known from them alone. */
  rewind = (conversationId: string): void => {
    const conversation = this.#stateOf(this.slice.value).byId[conversationId];
    if (!conversation || this.#rewound.has(conversationId)) return;
    this.#rewound.add(conversationId);
    this.#open.get(conversationId)?.();
    this.#open.delete(conversationId);
    this.#follow(conversation, Math.max(conversation.floor, conversation.n - REWIND));
  };

  #follow = (conversation: ConversationView, from = conversation.n): void => {
    const id = conversation.conversation_id;
    if (this.#open.has(id)) return;
    this.#open.set(id, this.#hub.open(conversation.stream, from, {
      onEvents: (events) => {
        this.#change((state) => events.reduce((before, event) => conversationEvent(before, event, this.#me), state));
        this.#listener.onEvents(id, events);
      },
      onReset: async () => {
        const snapshot = await this.#hub.request('conversation.get', { conversation_id: id });
        this.#change((state) => conversationLoaded(state, snapshot.conversation));
        this.#listener.onReset(snapshot);
        return snapshot.conversation.n;
      },
      onGone: () => { this.left(id); },
    }));
  };

  #stateOf(loaded: Loaded<ConversationsState>): ConversationsState {
    return loaded.phase === 'ready' ? loaded.value : noConversations;
  }

  #change(change: (state: ConversationsState) => ConversationsState): void {
    this.slice.update((loaded) => (loaded.phase === 'ready' ? { phase: 'ready', value: change(loaded.value) } : loaded));
  }
}

/** When something was last said, or the conversation began. */
export function activeAt(conversation: ConversationView): string {
  return conversation.last_message?.sent_at ?? conversation.created_at;
}
