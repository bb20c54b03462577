import type { CallKind, CallRang, CallReason, CallView, ConversationView, MessageView, NotificationView, PresenceView, RelationshipView } from '../contract';

/** Every conversation of this person that has been loaded, kept up to date by the facts of its stream. */
export interface ConversationsState {
  readonly byId: Readonly<Record<string, ConversationView>>;
  /** There are older conversations on the hub. */
  readonly more: boolean;
}

/** The loaded messages of one conversation: a gapless run of its newest ones, ascending by `n`. */
export interface ThreadState {
  readonly conversationId: string;
  readonly messages: readonly MessageView[];
  /** There are older messages on the hub. */
  readonly more: boolean;
  /** Everything up to this position of the stream is in here. */
  readonly n: number;
  /** Who types, until when (milliseconds since the epoch). */
  readonly typing: Readonly<Record<string, number>>;
}

export interface NotificationsState {
  /** Newest first. */
  readonly items: readonly NotificationView[];
  readonly more: boolean;
  readonly unread: number;
  readonly readUpTo: number;
  readonly n: number;
}

export type PresenceState = Readonly<Record<string, PresenceView>>;

export type RelationshipsState = Readonly<Record<string, RelationshipView>>;

/** Calls that this person is in or is called to, and what rings here. */
export interface CallsState {
  readonly byId: Readonly<Record<string, CallView>>;
  /** By call: what the hub asked this person's devices to ring for. */
  readonly rings: Readonly<Record<string, CallRang>>;
}

/** One call as the conversation's timeline shows it. */
export interface CallEntry {
  readonly callId: string;
  /** Where it began in the conversation's stream. */
  readonly n: number;
  readonly at: string;
  readonly by: string;
  readonly kind: CallKind;
  readonly ended: { readonly reason: CallReason; readonly seconds: number } | null;
}

/** Calls of each conversation, ascending by `n`. */
export type CallLog = Readonly<Record<string, readonly CallEntry[]>>;
