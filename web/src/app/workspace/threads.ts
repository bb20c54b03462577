import type { ConversationSnapshot, Found, MessageView, Messages } from '../../contract';
import { newId, type Hub, type HubEvent } from '../../hub';
import { threadFromSnapshot, type ThreadState } from '../../state';
import { viewAround, viewEvents, viewNewer, viewOlder, type ThreadView } from '../../state/history';
import { Slice, type Loaded } from './slice';

const PAGE = 50;
/** Messages fetched on each side of one that somebody jumps to. */
const AROUND = 25;

/**
 * The messages of the conversations that were opened. A thread is loaded by a snapshot; facts that arrive while it
 * loads are kept and applied after it, those that it already includes are dropped by their position.
 */
export class Threads {
  readonly #hub: Hub;
  readonly #slices = new Map<string, Slice<Loaded<ThreadView>>>();
  readonly #early = new Map<string, HubEvent[]>();
  readonly #onSnapshot: (snapshot: ConversationSnapshot) => void;

  constructor(hub: Hub, onSnapshot: (snapshot: ConversationSnapshot) => void) {
    this.#hub = hub;
    this.#onSnapshot = onSnapshot;
  }

  /** The thread, loading it on first use. */
  of(conversationId: string): Slice<Loaded<ThreadView>> {
    const known = this.#slices.get(conversationId);
    if (known) return known;
    const slice = new Slice<Loaded<ThreadView>>({ phase: 'loading' });
    this.#slices.set(conversationId, slice);
    void this.load(conversationId);
    return slice;
  }

  load = async (conversationId: string): Promise<void> => {
    const slice = this.of(conversationId);
    if (slice.value.phase === 'failed') slice.set({ phase: 'loading' });
    if (this.#early.has(conversationId)) return;
    this.#early.set(conversationId, []);
    try {
      const snapshot = await this.#hub.request('conversation.get', { conversation_id: conversationId });
      this.#onSnapshot(snapshot);
      slice.set({ phase: 'ready', value: viewEvents(fresh(snapshot), this.#early.get(conversationId) ?? []) });
    } catch (error) {
      if (slice.value.phase !== 'ready') slice.set({ phase: 'failed', error });
    } finally {
      this.#early.delete(conversationId);
    }
  };

  /** Load again what could not be loaded without a connection. */
  retryFailed(): void {
    for (const [id, slice] of this.#slices) if (slice.value.phase === 'failed') void this.load(id);
  }

  onEvents(conversationId: string, events: HubEvent[]): void {
    this.#early.get(conversationId)?.push(...events);
    this.#change(conversationId, (view) => viewEvents(view, events));
  }

  /** A snapshot that replaces everything, after the log was reset under us. */
  reset(snapshot: ConversationSnapshot): void {
    this.#slices.get(snapshot.conversation.conversation_id)?.set({ phase: 'ready', value: fresh(snapshot) });
  }

  forget(conversationId: string): void {
    this.#slices.get(conversationId)?.set({ phase: 'failed', error: null });
  }

  typing(conversationId: string, userId: string, untilMs: number | null): void {
    this.#change(conversationId, (view) => {
      const { [userId]: _, ...others } = view.live.typing;
      return { ...view, live: { ...view.live, typing: untilMs === null ? others : { ...others, [userId]: untilMs } } };
    });
  }

  older = async (conversationId: string): Promise<void> => {
    const view = this.#view(conversationId);
    const shown = view?.window?.thread ?? view?.live;
    const first = shown?.messages[0];
    if (!first) return;
    const page = await this.#page(conversationId, { before_n: first.n });
    this.#change(conversationId, (now) => viewOlder(now, page));
  };

  newer = async (conversationId: string): Promise<void> => {
    const last = this.#view(conversationId)?.window?.thread.messages.at(-1);
    if (!last) return;
    const page = await this.#page(conversationId, { after_n: last.n });
    this.#change(conversationId, (now) => viewNewer(now, page));
  };

  /** Make the message at `n` part of what is shown. False when it is not to be had. */
  reveal = async (conversationId: string, n: number): Promise<boolean> => {
    const has = (thread: ThreadState | undefined) => thread?.messages.some((message) => message.n === n) ?? false;
    const view = this.#view(conversationId);
    if (has(view?.live)) {
      this.toNewest(conversationId);
      return true;
    }
    if (has(view?.window?.thread)) return true;
    const [before, after] = await Promise.all([
      this.#page(conversationId, { before_n: n + 1 }, AROUND),
      this.#page(conversationId, { after_n: n }, AROUND),
    ]);
    this.#change(conversationId, (now) => viewAround(now, before, after));
    const shown = this.#view(conversationId);
    return has(shown?.window?.thread) || has(shown?.live);
  };

  toNewest = (conversationId: string): void => {
    this.#change(conversationId, (view) => (view.window ? { ...view, window: null } : view));
  };

  search = (query: string, conversationId: string | null): Promise<Found> =>
    this.#hub.request('chat.search', { query, conversation_id: conversationId });

  send = (conversationId: string, text: string, replyTo: number | null): void => {
    this.#hub.post('chat.send', { conversation_id: conversationId, text, reply_to: replyTo });
  };

  edit = (message: MessageView, text: string): void => {
    this.#hub.post('chat.edit', { conversation_id: message.conversation_id, n: message.n, text });
  };

  remove = (message: MessageView): void => {
    this.#hub.post('chat.delete', { conversation_id: message.conversation_id, n: message.n });
  };

  mark = (conversationId: string, marks: { delivered_n?: number; read_n?: number }): Promise<unknown> =>
    this.#hub.request('chat.mark', { cid: newId(), conversation_id: conversationId, ...marks });

  #page(conversationId: string, from: { before_n?: number; after_n?: number }, limit = PAGE): Promise<Messages> {
    return this.#hub.request('chat.list', { conversation_id: conversationId, ...from, limit });
  }

  #view(conversationId: string): ThreadView | undefined {
    const loaded = this.#slices.get(conversationId)?.value;
    return loaded?.phase === 'ready' ? loaded.value : undefined;
  }

  #change(conversationId: string, change: (view: ThreadView) => ThreadView): void {
    this.#slices.get(conversationId)?.update((loaded) => (loaded.phase === 'ready' ? { phase: 'ready', value: change(loaded.value) } : loaded));
  }
}

function fresh(snapshot: ConversationSnapshot): ThreadView {
  return { live: threadFromSnapshot(snapshot), window: null };
}
