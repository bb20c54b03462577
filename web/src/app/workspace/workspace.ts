import type { Hub, HubEvent, HubStatus, OutboxItem } from '../../hub';
import { callLogged, type CallLog } from '../../state';
import { Calls } from './calls';
import { Conversations } from './conversations';
import { Drafts } from './drafts';
import { Inbox } from './inbox';
import { Marker } from './marker';
import { Presence } from './presence';
import { Recordings } from './recordings';
import { Relationships } from './relationships';
import { Slice } from './slice';
import { Threads } from './threads';

/** "Is typing" is forgotten after this long without a repeat. */
const TYPING_MS = 6_000;

export interface WorkspaceEvents {
  /** The token says something that is no longer true. */
  onAccountChanged: (what: 'verified' | 'ended' | 'profile') => void;
}

/** Everything one signed-in person sees, kept up to date by the hub. Made at sign-in, closed at sign-out. */
export class Workspace {
  readonly me: string;
  readonly hub: Hub;
  readonly status: Slice<HubStatus>;
  readonly outbox: Slice<readonly OutboxItem[]>;
  readonly conversations: Conversations;
  readonly threads: Threads;
  readonly inbox: Inbox;
  readonly relationships: Relationships;
  readonly presence: Presence;
  readonly marker: Marker;
  readonly drafts: Drafts;
  readonly calls: Calls;
  readonly recordings: Recordings;
  /** Calls of the conversations, as far as their facts have been seen. */
  readonly callLog = new Slice<CallLog>({});
  readonly #events: WorkspaceEvents;
  readonly #guest: boolean;
  readonly #stops: (() => void)[] = [];
  #typing = new Map<string, ReturnType<typeof setTimeout>>();

  /** A guest takes part in one call and has nothing else: no conversations, inbox or presence to ask for. */
  constructor(hub: Hub, me: string, events: WorkspaceEvents, device = '', guest = false) {
    this.me = me;
    this.#guest = guest;
    this.hub = hub;
    this.#events = events;
    this.status = new Slice(hub.status);
    this.outbox = new Slice(hub.outbox);
    this.conversations = new Conversations(hub, me, {
      onEvents: (id, ev) => { this.#said(id, ev); },
      onReset: (snapshot) => { this.threads.reset(snapshot); },
      onGone: (id) => { this.threads.forget(id); },
    });
    this.threads = new Threads(hub, this.conversations.take);
    this.inbox = new Inbox(hub, me, (ev) => { this.#told(ev); });
    this.relationships = new Relationships(hub);
    this.presence = new Presence(hub);
    this.marker = new Marker(hub, this.threads.mark);
    this.drafts = new Drafts(me);
    this.calls = new Calls(hub, me, device);
    this.recordings = new Recordings(hub);
  }

  start(): void {
    this.#stops.push(
      this.hub.onStatus((status) => { this.#moved(status); }),
      this.hub.onOutbox((items) => { this.outbox.set(items); }),
      this.hub.on('chat.typed', ({ conversation_id, user_id, typing }) => { this.#typed(conversation_id, user_id, typing); }),
    );
    if (!this.#guest) this.presence.start();
    this.calls.start();
    this.recordings.start();
    this.#moved(this.hub.status);
    this.outbox.set(this.hub.outbox);
    this.hub.connect();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.presence.stop();
    this.calls.stop();
    this.recordings.stop();
    this.marker.stop();
    this.hub.close();
  }

  typing = (conversationId: string, typing: boolean): void => {
    this.hub.signal('chat.type', { conversation_id: conversationId, typing });
  };

  #moved(status: HubStatus): void {
    const before = this.status.value.state;
    this.status.set(status);
    if (status.state === 'refused' && ['session_ended', 'unauthenticated'].includes(status.reason)) this.#events.onAccountChanged('ended');
    if (status.state === 'live' && before !== 'live') void this.calls.refresh().catch(() => undefined);
    if (status.state !== 'live' || (before === 'live' && this.conversations.slice.value.phase === 'ready')) return;
    this.refresh();
  }

  /** Load what is missing; what is there continues by itself. */
  refresh = (): void => {
    if (this.#guest) return;
    if (this.conversations.slice.value.phase !== 'ready') void this.conversations.load();
    if (this.inbox.slice.value.phase !== 'ready') void this.inbox.load();
    if (this.relationships.slice.value.phase !== 'ready') void this.relationships.load();
    void this.presence.watch().catch(() => undefined);
    this.threads.retryFailed();
    this.marker.flush();
  };

  #said(conversationId: string, events: HubEvent[]): void {
    this.threads.onEvents(conversationId, events);
    this.callLog.update((log) => events.reduce((before, event) => callLogged(before, conversationId, event), log));
    this.recordings.onEvents(events);
    this.calls.onConversation(events);
    const last = events.findLast((event) => event.t === 'chat.sent' && event.by !== this.me);
    if (last) this.marker.delivered(conversationId, last.n);
    for (const event of events) if (event.t === 'chat.sent') this.#typed(conversationId, event.by, false);
  }

  #told(events: HubEvent[]): void {
    this.calls.onInbox(events);
    for (const event of events) {
      if (event.t === 'relationship.changed') this.relationships.take(event.data.relationship);
      else if (event.t === 'conversation.joined') void this.conversations.joined(event.data.conversation_id).catch(() => undefined);
      else if (event.t === 'conversation.left') this.conversations.left(event.data.conversation_id);
      else if (event.t === 'account.verified') this.#events.onAccountChanged('verified');
      else if (event.t === 'account.profile_changed') this.#events.onAccountChanged('profile');
    }
    if (events.some((event) => event.t === 'relationship.changed')) void this.presence.watch().catch(() => undefined);
  }

  #typed(conversationId: string, userId: string, typing: boolean): void {
    if (userId === this.me) return;
    const key = `${conversationId}#${userId}`;
    clearTimeout(this.#typing.get(key));
    this.#typing.delete(key);
    this.threads.typing(conversationId, userId, typing ? Date.now() + TYPING_MS : null);
    if (typing) this.#typing.set(key, setTimeout(() => { this.#typed(conversationId, userId, false); }, TYPING_MS));
  }
}

