import type { Availability, ConversationView, MemberView, MessageView, PersonView, RelationshipView } from '../contract';
import type { OutboxItem } from '../hub';
import type { ConversationsState, PresenceState, RelationshipsState, ThreadState } from './types';

/** Most recently active first. */
export function listed(state: ConversationsState): ConversationView[] {
  return Object.values(state.byId).sort((a, b) => activeAt(b).localeCompare(activeAt(a)));
}

export function totalUnread(state: ConversationsState): number {
  return Object.values(state.byId).reduce((sum, view) => sum + view.unread, 0);
}

/** The other one of a direct conversation; null in groups. */
export function otherPerson(view: ConversationView, me: string): PersonView | null {
  if (view.kind !== 'direct') return null;
  return view.members.find((member) => member.person.user_id !== me)?.person ?? null;
}

export function member(view: ConversationView, userId: string): MemberView | undefined {
  return view.members.find((one) => one.person.user_id === userId);
}

/** How far a message of mine has come: with the hub, on a device of everybody else, read by everybody else. */
export function receipt(view: ConversationView, message: MessageView, me: string): 'sent' | 'delivered' | 'read' {
  const others = view.members.filter((one) => one.person.user_id !== me);
  if (others.length === 0) return 'sent';
  if (others.every((one) => one.read_n >= message.n)) return 'read';
  return others.every((one) => one.delivered_n >= message.n) ? 'delivered' : 'sent';
}

/** People who have read a message, its author left out. */
export function readers(view: ConversationView, message: MessageView): PersonView[] {
  return view.members.filter((one) => one.read_n >= message.n && one.person.user_id !== message.author_id).map((one) => one.person);
}

/** Messages on their way in this conversation that the thread does not show yet, oldest first. */
export function unsent(outbox: readonly OutboxItem[], thread: ThreadState): OutboxItem<'chat.send'>[] {
  const arrived = new Set(thread.messages.map((message) => message.cid));
  return outbox.filter(
    (item): item is OutboxItem<'chat.send'> =>
      item.name === 'chat.send' && item.payload.conversation_id === thread.conversationId && !arrived.has(item.cid),
  );
}

/** Who types now, myself left out. */
export function typists(thread: ThreadState, me: string, now: number): string[] {
  return Object.entries(thread.typing).filter(([id, until]) => id !== me && until > now).map(([id]) => id);
}

export function availability(state: PresenceState, userId: string): Availability {
  return state[userId]?.status ?? 'offline';
}

/** Proposals that wait for my answer, newest first. */
export function awaitingMe(state: RelationshipsState): RelationshipView[] {
  return newestFirst(Object.values(state).filter((one) => one.status === 'proposed' && one.may_answer));
}

export function newestFirst(relationships: RelationshipView[]): RelationshipView[] {
  return [...relationships].sort((a, b) => b.changed_at.localeCompare(a.changed_at));
}

function activeAt(view: ConversationView): string {
  return view.last_message?.sent_at ?? view.created_at;
}
