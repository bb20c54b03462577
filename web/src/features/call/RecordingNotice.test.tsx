// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { WorkspaceValue } from '../../app/workspace/WorkspaceContext';
import type { Workspace } from '../../app/workspace/workspace';
import type { CallView, PartyView } from '../../contract';
import { callOf, MINE, THEIRS } from '../../media/testing/paths';
import { renderScreen, startScreens } from '../../ui/testing';
import { RecordingNotice } from './RecordingNotice';

const named = (party: PartyView, name: string, over: Partial<PartyView>): PartyView => ({ ...party, ...over, person: { ...party.person, name } });

function show(call: Partial<CallView>, onAsk: (() => void) | null) {
  const workspace = { me: MINE.person.user_id } as unknown as Workspace;
  renderScreen(<WorkspaceValue value={workspace}><RecordingNotice call={{ ...callOf(), ...call }} onAsk={onAsk} /></WorkspaceValue>);
}

describe('a recording that somebody does not agree to', () => {
  beforeAll(startScreens);
  const mine = named(MINE, 'Dora', { consent: 'agreed' });
  const theirs = named(THEIRS, 'Nina', { consent: 'refused' });

  it('says who, and how it goes on, to whoever may ask again', async () => {
    const onAsk = vi.fn();
    show({ recording: 'off', parties: [mine, theirs] }, onAsk);
    expect(screen.getByRole('status').textContent).toMatch(/^Nina does not agree.*Nina has left/);
    await userEvent.click(screen.getByRole('button', { name: 'Ask again' }));
    expect(onAsk).toHaveBeenCalledOnce();
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByTestId('recording-notice')).toBeNull();
  });

  it('says it to those who cannot ask, without telling them what to do', () => {
    show({ recording: 'off', parties: [mine, theirs] }, null);
    expect(screen.getByRole('status').textContent).toBe('Nina does not agree to be recorded. Nothing is recorded.');
    expect(screen.queryByRole('button', { name: 'Ask again' })).toBeNull();
  });

  it('is over when they have left, agree, or are asked once more', () => {
    show({ recording: 'off', parties: [mine, { ...theirs, state: 'gone' }] }, null);
    show({ recording: 'off', parties: [mine, { ...theirs, consent: 'agreed' }] }, null);
    show({ recording: 'asking', parties: [mine, { ...theirs, consent: 'asked' }] }, null);
    expect(screen.queryByTestId('recording-notice')).toBeNull();
  });
});
