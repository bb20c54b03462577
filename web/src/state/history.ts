import type { Messages } from '../contract';
import type { HubEvent } from '../hub';
import { olderLoaded, threadEvent } from './thread';
import type { ThreadState } from './types';

/** A gapless run of messages somewhere in the past, with newer messages between it and the live thread. */
export interface HistoryWindow {
  readonly thread: ThreadState;
}

export interface ThreadView {
  /** The newest messages. */
  readonly live: ThreadState;
  /** Shown instead of them while somebody looks at an older stretch. */
  readonly window: HistoryWindow | null;
}

/** Facts of the stream: the live thread grows; a window only sees what happens to messages it shows. */
export function viewEvents(view: ThreadView, events: readonly HubEvent[]): ThreadView {
  const live = events.reduce(threadEvent, view.live);
  if (!view.window) return { live, window: null };
  const shown = new Set(view.window.thread.messages.map((message) => message.n));
  const thread = events.reduce((state, event) => {
    const after = threadEvent(state, event);
    return { ...after, messages: after.messages.filter((message) => shown.has(message.n)) };
  }, view.window.thread);
  return { live, window: { thread } };
}

/** An older page, before what is shown. */
export function viewOlder(view: ThreadView, page: Messages): ThreadView {
  return view.window ? { ...view, window: { thread: olderLoaded(view.window.thread, page) } } : { ...view, live: olderLoaded(view.live, page) };
}

/**
 * A newer page, behind the window. Where it reaches the live thread the two become one again, without a gap and
 * without showing a message twice.
 */
export function viewNewer(view: ThreadView, page: Messages): ThreadView {
  if (!view.window) return view;
  const { thread } = view.window;
  const last = thread.messages.at(-1)?.n ?? 0;
  const messages = [...thread.messages, ...page.messages.filter((message) => message.n > last)];
  const end = messages.at(-1)?.n ?? 0;
  const first = view.live.messages[0]?.n ?? Infinity;
  if (page.more && end < first) return { ...view, window: { thread: { ...thread, messages } } };
  const fresh = new Set(view.live.messages.map((message) => message.n));
  const before = messages.filter((message) => message.n < first && !fresh.has(message.n));
  return { live: { ...view.live, messages: [...before, ...view.live.messages], more: thread.more }, window: null };
}

/** Look at an older stretch: a page that ends with the wanted message, then the one that follows it. */
export function viewAround(view: ThreadView, before: Messages, after: Messages): ThreadView {
  const thread = { conversationId: view.live.conversationId, messages: before.messages, more: before.more, n: Math.max(before.n, view.live.n), typing: {} };
  return viewNewer({ ...view, window: { thread } }, after);
}
