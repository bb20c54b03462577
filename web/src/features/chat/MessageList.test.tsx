// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConversationView, MessageView } from '../../contract';
import { renderScreen, startScreens } from '../../ui/testing';
import { MessageList, type Paging } from './MessageList';
import type { Row } from './timeline';

const HEIGHT = 40;
const conversation = { conversation_id: 'c', kind: 'direct', members: [], unread: 0, closed: false } as unknown as ConversationView;
const row = (n: number): Row => ({
  kind: 'message', key: `k${n}`, opens: true, closes: true,
  message: { conversation_id: 'c', n, cid: `k${n}`, author_id: 'ana', sent_at: '2026-01-01T10:00:00.000Z', text: `text ${n}`, reply_to: null, edited_at: null, deleted_at: null, attachments: [] } satisfies MessageView,
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => row(from + index));
const noPaging: Paging = { older: false, newer: false, loading: null, loadOlder: vi.fn(), loadNewer: vi.fn(), toNewest: vi.fn() };
const actions = { reply: vi.fn(), edit: vi.fn(), remove: vi.fn(), details: vi.fn(), jump: vi.fn(), retryChange: vi.fn(), discardChange: vi.fn() };
const VIEW = 400;

/** jsdom has no layout: every row is `HEIGHT` high, and the view moves by `scrollTop`. */
function pretendLayout() {
  const rowsOf = () => [...document.querySelectorAll<HTMLElement>('li[data-key]')];
  const view = () => document.querySelector<HTMLElement>('[role="region"]');
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockImplementation(function clientHeight(this: HTMLElement) { return this === view() ? VIEW : HEIGHT; });
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(() => rowsOf().length * HEIGHT);
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockImplementation(function box(this: HTMLElement) {
    const index = rowsOf().indexOf(this);
    const top = index < 0 ? 0 : index * HEIGHT - (view()?.scrollTop ?? 0);
    return { top, bottom: top + HEIGHT } as DOMRect;
  });
}

function show(rows: Row[], paging: Paging = noPaging, onEnd = vi.fn()) {
  const element = (now: Row[]) => (
    <MessageList conversation={conversation} rows={now} paging={paging} me="me" locale={{ language: 'en', timeZone: 'UTC' }} live target={null} quoteOf={() => null} actions={actions} onRetry={vi.fn()} onDiscard={vi.fn()} onEnd={onEnd} />
  );
  const { rerender } = renderScreen(element(rows));
  return { view: screen.getByRole('region', { name: 'Messages' }), change: (next: Row[]) => { rerender(element(next)); }, onEnd };
}

describe('MessageList', () => {
  beforeAll(async () => {
    await startScreens();
    pretendLayout();
  });

  it('begins at the newest message and follows new ones', () => {
    const { view, change } = show(range(1, 30));
    expect(view.scrollTop).toBe(30 * HEIGHT);
    change(range(1, 31));
    expect(view.scrollTop).toBe(31 * HEIGHT);
  });

  it('keeps what is looked at in place when an older page comes in above', () => {
    const { view, change } = show(range(51, 100));
    view.scrollTop = 300;
    fireEvent.scroll(view);
    change(range(1, 100));
    expect(view.scrollTop).toBe(300 + 50 * HEIGHT);
  });

  it('does not follow new messages while somebody reads further up, and says so', () => {
    const { view, change, onEnd } = show(range(1, 50));
    view.scrollTop = 500;
    fireEvent.scroll(view);
    change(range(1, 51));
    expect(view.scrollTop).toBe(500);
    expect(onEnd).toHaveBeenLastCalledWith(false);
    expect(screen.getByRole('button', { name: 'Newest messages' })).toBeTruthy();
  });

  it('asks for the older page near the top, and not again while it loads', () => {
    const loadOlder = vi.fn();
    const { view } = show(range(51, 100), { ...noPaging, older: true, loadOlder });
    expect(loadOlder).not.toHaveBeenCalled();
    view.scrollTop = 100;
    fireEvent.scroll(view);
    expect(loadOlder).toHaveBeenCalledOnce();
  });

  it('does not ask while a page is on its way', () => {
    const loadOlder = vi.fn();
    const { view } = show(range(51, 100), { ...noPaging, older: true, loading: 'older', loadOlder });
    view.scrollTop = 0;
    fireEvent.scroll(view);
    expect(loadOlder).not.toHaveBeenCalled();
  });

  it('walks from message to message by arrow keys', async () => {
    show(range(1, 3));
    const menus = screen.getAllByRole('button', { name: /^Actions for the message/ });
    menus[2]?.focus();
    await userEvent.keyboard('{ArrowUp}');
    expect(document.activeElement).toBe(menus[1]);
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(menus[2]);
  });
});
