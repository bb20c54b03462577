import type { ConversationSnapshot, Messages, MessageView, TypingChanged } from '../contract';
import type { HubEvent } from '../hub';
import type { ThreadState } from './types';

/** Somebody who does not repeat it is taken to have stopped typing after this long. */
export const TYPING_MS = 6_000;

type MessageSentEvent = Extract<HubEvent, { t: 'chat.sent' }>;

/** A fact as the message it made. */
export function messageOf(event: MessageSentEvent, conversationId: string): MessageView {
  return {
    conversation_id: conversationId,
    n: event.n,
    cid: event.cid ?? '',
    author_id: event.by,
    sent_at: event.at,
    text: event.data.text,
    reply_to: event.data.reply_to,
    edited_at: null,
    deleted_at: null,
    attachments: event.data.attachments,
  };
}

export function threadFromSnapshot(snapshot: ConversationSnapshot): ThreadState {
  const { conversation, messages, more } = snapshot;
  return { conversationId: conversation.conversation_id, messages, more, n: conversation.n, typing: {} };
}

/** An older page, before what is loaded. */
export function olderLoaded(state: ThreadState, page: Messages): ThreadState {
  const first = state.messages[0]?.n ?? Infinity;
  const older = page.messages.filter((message) => message.n < first);
  return { ...state, messages: [...older, ...state.messages], more: page.more };
}

/** One fact of the conversation's stream. Applying a fact twice, or one already inside the snapshot, changes nothing. */
export function threadEvent(state: ThreadState, event: HubEvent): ThreadState {
  if (event.n <= state.n) return state;
  const next = { ...state, n: event.n };
  switch (event.t) {
    case 'chat.sent':
      return { ...next, messages: [...state.messages, messageOf(event, state.conversationId)], typing: without(state.typing, event.by) };
    case 'chat.edited':
      return onMessage(next, event.data.ref, (message) => ({ ...message, text: event.data.text, edited_at: event.at }));
    case 'chat.deleted':
      return onMessage(next, event.data.ref, (message) => ({ ...message, text: '', deleted_at: event.at }));
    case 'member.left':
      return { ...next, typing: without(state.typing, event.data.user_id) };
    default:
      return next;
  }
}

/** The lossy fact `chat.typed`. */
export function typingHeard(state: ThreadState, typing: TypingChanged, now: number): ThreadState {
  if (typing.conversation_id !== state.conversationId) return state;
  if (!typing.typing) return { ...state, typing: without(state.typing, typing.user_id) };
  return { ...state, typing: { ...state.typing, [typing.user_id]: now + TYPING_MS } };
}

/** Forget who has not repeated that they type; the same state if nobody was forgotten. */
export function typingExpired(state: ThreadState, now: number): ThreadState {
  const still = Object.entries(state.typing).filter(([, until]) => until > now);
  return still.length === Object.keys(state.typing).length ? state : { ...state, typing: Object.fromEntries(still) };
}

function onMessage(state: ThreadState, n: number, change: (message: MessageView) => MessageView): ThreadState {
  return { ...state, messages: state.messages.map((message) => (message.n === n ? change(message) : message)) };
}

function without(typing: ThreadState['typing'], userId: string): ThreadState['typing'] {
  return userId in typing ? Object.fromEntries(Object.entries(typing).filter(([id]) => id !== userId)) : typing;
}
