// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { MessageView } from '../../contract';
import { renderScreen, startScreens } from '../../ui/testing';
import { Composer, type ComposerMode } from './Composer';
import { MESSAGE_MAX } from './limits';

const message = { n: 4, text: 'before', author_id: 'ana' } as MessageView;

function show(text: string, mode: ComposerMode = { kind: 'new' }) {
  const calls = { onText: vi.fn(), onSend: vi.fn(), onCancelMode: vi.fn(), onEditLast: vi.fn() };
  renderScreen(<Composer mode={mode} text={text} {...calls} />);
  return { ...calls, field: screen.getByRole('textbox', { name: 'Write a message' }) };
}

describe('Composer', () => {
  beforeAll(startScreens);

  it('sends on Enter, without the space around the text, and makes a line on Shift+Enter', async () => {
    const { field, onSend } = show('  hello  ');
    await userEvent.type(field, '{Shift>}{Enter}{/Shift}');
    expect(onSend).not.toHaveBeenCalled();
    await userEvent.type(field, '{Enter}');
    expect(onSend).toHaveBeenCalledExactlyOnceWith('hello');
  });

  it('does not send while letters are being composed', () => {
    const { field, onSend } = show('にほ');
    fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
    expect(onSend).not.toHaveBeenCalled();
  });

  it('does not send nothing, nor more than a message may hold, and says how much is too much', async () => {
    const { field, onSend } = show('x'.repeat(MESSAGE_MAX + 3));
    await userEvent.type(field, '{Enter}');
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByRole('button', { name: 'Send' })).toHaveProperty('disabled', true);
    expect(screen.getByText('-3 characters left')).toBeTruthy();
  });

  it('counts code points as the hub does', () => {
    show('🙂'.repeat(MESSAGE_MAX));
    expect(screen.getByRole('button', { name: 'Send' })).toHaveProperty('disabled', false);
  });

  it('leaves a reply by Escape and edits the last message by arrow up in an empty field', async () => {
    const { field, onCancelMode, onEditLast } = show('', { kind: 'reply', message, name: 'Ana' });
    expect(screen.getByText('Reply to Ana')).toBeTruthy();
    await userEvent.type(field, '{Escape}');
    expect(onCancelMode).toHaveBeenCalledOnce();
    await userEvent.type(field, '{ArrowUp}');
    expect(onEditLast).toHaveBeenCalledOnce();
  });
});
