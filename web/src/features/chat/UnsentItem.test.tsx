// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { renderScreen, startScreens } from '../../ui/testing';
import type { UnsentMessage } from './timeline';
import { UnsentItem } from './UnsentItem';

const item: UnsentMessage = { cid: 'x1', name: 'chat.send', lane: 'c:c', seq: 1, payload: { conversation_id: 'c', text: 'kept words' }, createdAt: 1_760_000_000_000, state: 'waiting', attempts: 0, error: null };

function show(changes: Partial<UnsentMessage>, live: boolean) {
  const calls = { onRetry: vi.fn(), onDiscard: vi.fn() };
  renderScreen(<UnsentItem item={{ ...item, ...changes }} live={live} quote={null} locale={{ language: 'en', timeZone: 'UTC' }} {...calls} />);
  expect(screen.getByText('kept words')).toBeTruthy();
  return calls;
}

describe('UnsentItem', () => {
  beforeAll(startScreens);

  it('only says that it is being sent while the connection is there', () => {
    show({ state: 'sending' }, true);
    expect(screen.getByText('Sending…')).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('waits for the connection, and can be discarded meanwhile', async () => {
    const { onDiscard } = show({}, false);
    expect(screen.getByText('Waiting for connection')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Discard' }));
    expect(onDiscard).toHaveBeenCalledExactlyOnceWith('x1');
  });

  it('says why it was refused, with a way on', async () => {
    const { onRetry } = show({ state: 'refused', error: { code: 'not_now', message: '', retryable: false } }, true);
    expect(screen.getByRole('alert').textContent).toContain('This is not possible at the moment.');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(onRetry).toHaveBeenCalledExactlyOnceWith('x1');
  });
});
