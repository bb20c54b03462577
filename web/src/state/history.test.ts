import { describe, expect, it } from 'vitest';
import type { MessageView, Messages } from '../contract';
import type { HubEvent } from '../hub';
import { viewAround, viewEvents, viewNewer, viewOlder, type ThreadView } from './history';

const message = (n: number): MessageView => ({ conversation_id: 'c', n, cid: `cid-${n}`, author_id: 'a', sent_at: '2026-01-01T00:00:00.000Z', text: `${n}`, reply_to: null, edited_at: null, deleted_at: null, attachments: [] });
const page = (ns: number[], more: boolean): Messages => ({ messages: ns.map(message), more, n: 100 });
const live = (ns: number[]): ThreadView => ({ live: { conversationId: 'c', messages: ns.map(message), more: true, n: 100, typing: {} }, window: null });
const ns = (view: ThreadView) => (view.window?.thread ?? view.live).messages.map((one) => one.n);

describe('looking at an older stretch', () => {
  it('keeps it apart from the newest messages while there is a gap', () => {
    const view = viewAround(live([90, 91]), page([10, 11], true), page([12, 13], true));
    expect(ns(view)).toEqual([10, 11, 12, 13]);
    expect(view.live.messages.map((one) => one.n)).toEqual([90, 91]);
  });

  it('becomes one with the newest messages where it reaches them, without gap or repeat', () => {
    const apart = viewAround(live([15, 16]), page([10, 11], true), page([12, 13], true));
    const joined = viewNewer(apart, page([14, 15, 16], false));
    expect(joined.window).toBeNull();
    expect(ns(joined)).toEqual([10, 11, 12, 13, 14, 15, 16]);
    expect(joined.live.more).toBe(true);
  });

  it('pages back in the stretch, not in the newest messages', () => {
    const view = viewOlder(viewAround(live([90]), page([10], true), page([11], true)), page([8, 9], false));
    expect(ns(view)).toEqual([8, 9, 10, 11]);
    expect(view.live.messages).toHaveLength(1);
  });

  it('shows edits of what it shows, and sends new messages to the newest only', () => {
    const view = viewAround(live([90]), page([10], true), page([11], true));
    const at = '2026-01-02T00:00:00.000Z';
    const events = [
      { t: 'chat.edited', s: 'c:c', n: 101, at, by: 'a', data: { ref: 10, text: 'better' } },
      { t: 'chat.sent', s: 'c:c', n: 102, at, by: 'a', cid: 'x', data: { text: 'new', reply_to: null, attachments: [] } },
    ] as HubEvent[];
    const after = viewEvents(view, events);
    expect(after.window?.thread.messages.map((one) => one.text)).toEqual(['better', '11']);
    expect(after.live.messages.map((one) => one.n)).toEqual([90, 102]);
  });
});
