import type { MessageView } from '../../contract';
import type { CallEntry } from '../../state';
import type { OutboxItem } from '../../hub';
import { dayKey, type Locale } from '../../ui/format';

export type UnsentMessage = OutboxItem<'chat.send'>;

/** What has been asked for about a message and is not confirmed yet. */
export type PendingChange = { kind: 'edit'; text: string; cid: string; refused: boolean } | { kind: 'delete'; cid: string; refused: boolean };

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string }
  | { kind: 'message'; key: string; message: MessageView; opens: boolean; closes: boolean; change?: PendingChange | undefined }
  | { kind: 'call'; key: string; call: CallEntry }
  | { kind: 'unsent'; key: string; item: UnsentMessage };

/** Messages of one author closer together than this are shown as one group. */
const GROUP_MS = 5 * 60_000;

export interface TimelineInput {
  messages: readonly MessageView[];
  unsent: readonly UnsentMessage[];
  /** Calls of the stretch that is shown, ascending by `n`. */
  calls?: readonly CallEntry[];
  changes: ReadonlyMap<number, PendingChange>;
  /** The divider stands before the first message after this position; null for none. */
  unreadAfter: number | null;
  me: string;
  locale: Locale;
}

function together(a: MessageView | undefined, b: MessageView | undefined, locale: Locale): boolean {
  if (!a || !b || a.author_id !== b.author_id) return false;
  return Date.parse(b.sent_at) - Date.parse(a.sent_at) < GROUP_MS && dayKey(a.sent_at, locale) === dayKey(b.sent_at, locale);
}

/** The rows of a conversation, oldest first. A message keeps its key from unsent to sent, so that it does not jump. */
export function timelineOf({ messages, unsent, calls = [], changes, unreadAfter, me, locale }: TimelineInput): Row[] {
  const rows: Row[] = [];
  let day = '';
  let divided = unreadAfter === null;
  let nextCall = 0;
  const openDay = (at: string): void => {
    const today = dayKey(at, locale);
    if (today !== day) rows.push({ kind: 'day', key: `day-${today}`, at });
    day = today;
  };
  const pushCalls = (before: number): void => {
    for (let call = calls[nextCall]; call && call.n < before; call = calls[nextCall]) {
      openDay(call.at);
      rows.push({ kind: 'call', key: call.callId, call });
      nextCall += 1;
    }
  };
  messages.forEach((message, index) => {
    pushCalls(message.n);
    openDay(message.sent_at);
    const divides = !divided && unreadAfter !== null && message.n > unreadAfter && message.author_id !== me;
    if (divides) {
      rows.push({ kind: 'unread', key: 'unread' });
      divided = true;
    }
    rows.push({
      kind: 'message',
      key: message.cid,
      message,
      opens: divides || rows.at(-1)?.kind === 'call' || !together(messages[index - 1], message, locale),
      closes: calls.some((call) => call.n > message.n && call.n < (messages[index + 1]?.n ?? Infinity)) || !together(message, messages[index + 1], locale),
      change: changes.get(message.n),
    });
  });
  pushCalls(Infinity);
  const sent = new Set(messages.map((message) => message.cid));
  for (const item of unsent) if (!sent.has(item.cid)) rows.push({ kind: 'unsent', key: item.cid, item });
  return rows;
}
