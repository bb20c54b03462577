import type { Conversations, ConversationView, MemberView, MessageView } from '../contract';
import type { HubEvent } from '../hub';
import { messageOf } from './thread';
import type { ConversationsState } from './types';

export const noConversations: ConversationsState = { byId: {}, more: false };

/** Unread messages are counted up to here, as the hub does. */
const UNREAD_CAP = 999;

/** A page of the list, or a snapshot: newer views replace older ones, what is ahead of them stays. */
export function conversationsLoaded(state: ConversationsState, page: Conversations): ConversationsState {
  const next = page.conversations.reduce(conversationLoaded, state);
  return { ...next, more: page.more };
}

export function conversationLoaded(state: ConversationsState, view: ConversationView): ConversationsState {
  const known = state.byId[view.conversation_id];
  if (known && known.n > view.n) return state;
  return { ...state, byId: { ...state.byId, [view.conversation_id]: view } };
}

export function conversationRemoved(state: ConversationsState, conversationId: string): ConversationsState {
  return { ...state, byId: Object.fromEntries(Object.entries(state.byId).filter(([id]) => id !== conversationId)) };
}

/** One fact of a conversation's stream. Applying a fact twice, or one already inside the snapshot, changes nothing. */
export function conversationEvent(state: ConversationsState, event: HubEvent, me: string): ConversationsState {
  const id = event.s.slice(event.s.indexOf(':') + 1);
  const view = state.byId[id];
  if (!view || event.n <= view.n) return state;
  return { ...state, byId: { ...state.byId, [id]: { ...changed(view, event, me), n: event.n } } };
}

function changed(view: ConversationView, event: HubEvent, me: string): ConversationView {
  switch (event.t) {
    case 'chat.sent': {
      const unread = event.by === me ? view.unread : Math.min(view.unread + 1, UNREAD_CAP);
      return { ...view, unread, last_message: messageOf(event, view.conversation_id) };
    }
    case 'chat.edited':
      return onLast(view, event.data.ref, (last) => ({ ...last, text: event.data.text, edited_at: event.at }));
    case 'chat.deleted': {
      const read = view.members.find((member) => member.person.user_id === me)?.read_n ?? 0;
      const wasUnread = event.by !== me && event.data.ref > Math.max(read, view.floor);
      const unread = wasUnread ? Math.max(view.unread - 1, 0) : view.unread;
      return onLast({ ...view, unread }, event.data.ref, (last) => ({ ...last, text: '', deleted_at: event.at }));
    }
    case 'chat.marked': {
      const { delivered_n, read_n } = event.data;
      const moved = onMember(view, event.by, (member) => ({
        ...member,
        delivered_n: Math.max(member.delivered_n, delivered_n ?? 0, read_n ?? 0),
        read_n: Math.max(member.read_n, read_n ?? 0),
      }));
      return event.by === me ? { ...moved, unread: unreadAfter(moved, read_n ?? 0) } : moved;
    }
    case 'member.joined':
      return onMember(view, event.data.person.user_id, (member) => ({ ...member, person: event.data.person }), {
        person: event.data.person, joined_at: event.at, delivered_n: 0, read_n: 0,
      });
    case 'member.left':
      return { ...view, members: view.members.filter((member) => member.person.user_id !== event.data.user_id) };
    case 'conversation.renamed':
      return { ...view, title: event.data.title };
    case 'conversation.closed':
      return { ...view, closed: true };
    case 'conversation.reopened':
      return { ...view, closed: false };
    default:
      return view;
  }
}

/**
 * Reading to or beyond the last message leaves nothing unread. A mark in the middle leaves the count as it was: how
 * many messages lie between is known to the hub, and the next snapshot says it.
 */
function unreadAfter(view: ConversationView, readN: number): number {
  return readN >= (view.last_message?.n ?? 0) ? 0 : view.unread;
}

function onLast(view: ConversationView, n: number, change: (last: MessageView) => MessageView): ConversationView {
  return view.last_message?.n === n ? { ...view, last_message: change(view.last_message) } : view;
}

function onMember(view: ConversationView, userId: string, change: (member: MemberView) => MemberView, fresh?: MemberView): ConversationView {
  const known = view.members.some((member) => member.person.user_id === userId);
  if (!known) return fresh ? { ...view, members: [...view.members, fresh] } : view;
  return { ...view, members: view.members.map((member) => (member.person.user_id === userId ? change(member) : member)) };
}
