// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Calls } from '../../app/workspace/calls';
import { Slice } from '../../app/workspace/slice';
import { WorkspaceValue } from '../../app/workspace/WorkspaceContext';
import type { Workspace } from '../../app/workspace/workspace';
import type { CallKind, CallRang, CallReason, CallView, CommandName, PartyView } from '../../contract';
import type { Hub } from '../../hub';
import type { CallEntry } from '../../state';
import { renderScreen, startScreens } from '../../ui/testing';
import { callOf, MINE, THEIRS } from '../../media/testing/paths';
import { CallEntryRow, outcomeOf } from './CallEntryRow';
import { CONSENT_TEXT_VERSION, ConsentModal } from './ConsentModal';
import { IncomingCall } from './IncomingCall';
import { RecordingSign } from './RecordingSign';
import { stageLayout } from './stageLayout';
import { clock } from './useCall';

const ME = THEIRS.person.user_id;

/** A hub that answers every command with the same call and remembers what it was asked. */
class Switchboard {
  readonly asked: [CommandName, Record<string, unknown>][] = [];
  status = { state: 'live' };
  call: CallView = callOf();
  on = () => () => undefined;
  request = (name: CommandName, payload: Record<string, unknown>) => {
    this.asked.push([name, payload]);
    return name === 'call.enter' ? new Promise(() => undefined) : Promise.resolve({ call: this.call });
  };
}

function show(element: React.ReactNode): { hub: Switchboard; calls: Calls } {
  const hub = new Switchboard();
  const calls = new Calls(hub as unknown as Hub, ME, 'device');
  const workspace = { me: ME, calls, callLog: new Slice({}) } as unknown as Workspace;
  renderScreen(<WorkspaceValue value={workspace}>{element}</WorkspaceValue>);
  return { hub, calls };
}

const ring = (kind: CallKind): CallRang => ({ call_id: callOf().call_id, conversation_id: 'c', kind, caller: MINE.person, title: '', expires_at: '2026-03-02T09:20:45.000Z', waiting: false });
const violations = async () => (await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })).violations.map((one) => one.id);

beforeAll(startScreens);

describe('an incoming call', () => {
  it('says who calls, takes the focus from nothing, and answers as chosen', async () => {
    const { hub, calls } = show(<IncomingCall ring={ring('video')} inCall={undefined} />);
    const start = vi.spyOn(calls.local, 'start').mockResolvedValue();
    expect(document.activeElement).toBe(screen.getByTestId('incoming-call'));
    expect(screen.getByRole('alert').textContent).toContain(MINE.person.name);
    expect(document.title).toContain(MINE.person.name);
    expect(await violations()).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Answer without video' }));
    expect(hub.asked.map(([name]) => name)).toEqual(['call.accept', 'call.enter']);
    expect(start).toHaveBeenCalledWith({ microphone: true, camera: false });
  });

  it('does not take the focus out of a field', () => {
    show(<><input aria-label="Message" autoFocus /><IncomingCall ring={ring('audio')} inCall={undefined} /></>);
    expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  });

  it('ends the call that is on before it answers the one that waits', async () => {
    const { hub, calls } = show(<IncomingCall ring={ring('audio')} inCall={callOf({ call_id: 'other' })} />);
    vi.spyOn(calls.local, 'start').mockResolvedValue();
    await userEvent.click(screen.getByRole('button', { name: 'End call and answer' }));
    expect(hub.asked.map(([name, payload]) => [name, payload['call_id']])).toEqual([
      ['call.leave', 'other'], ['call.get', 'other'], ['call.accept', callOf().call_id], ['call.enter', callOf().call_id],
    ]);
  });

  it('stops at once when it is declined', async () => {
    const { hub } = show(<IncomingCall ring={ring('audio')} inCall={undefined} />);
    await userEvent.click(screen.getByRole('button', { name: 'Decline' }));
    expect(hub.asked.map(([name]) => name)).toEqual(['call.decline']);
  });
});

describe('consent', () => {
  it('can only be answered, and tells which text was shown in which language', async () => {
    const { hub } = show(<ConsentModal call={callOf({ recording: 'asking' })} />);
    const dialog = await screen.findByRole('dialog', { name: /May this call be recorded/ });
    await userEvent.keyboard('{Escape}');
    expect(dialog.isConnected).toBe(true);
    expect(await violations()).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'I do not agree' }));
    expect(hub.asked).toMatchObject([['recording.consent', { agreed: false, text_version: CONSENT_TEXT_VERSION, language: 'en' }]]);
  });

  it('is waited for by name, and recording is never silent', () => {
    show(<><RecordingSign call={callOf({ recording: 'asking' }, { consent: 'asked' })} /><RecordingSign call={callOf({ recording: 'running' })} /><RecordingSign call={callOf()} /></>);
    expect(screen.getAllByTestId('recording-sign').map((sign) => sign.textContent)).toEqual([`Waiting for consent: ${THEIRS.person.name}`, 'Recording']);
  });
});

describe('the stage', () => {
  const party = (id: string, screenOn = false): PartyView => ({ ...THEIRS, party_id: id, media: { ...THEIRS.media, screen: screenOn } });
  const five = ['a', 'b', 'c', 'd', 'e'].map((id) => party(id));
  const ids = (parties: readonly PartyView[]) => parties.map((one) => one.party_id).join('');

  it('shows everybody where there is room', () => {
    const layout = stageLayout(five, 'e', false);
    expect([ids(layout.shown), ids(layout.hidden), layout.corner]).toEqual(['abcde', '', false]);
  });

  it('shows who speaks on a small screen, and leaves the others in their places', () => {
    expect(ids(stageLayout(five, null, true).shown)).toBe('abc');
    expect(ids(stageLayout(five, 'b', true).shown)).toBe('abc');
    const layout = stageLayout(five, 'e', true);
    expect([ids(layout.shown), ids(layout.hidden)]).toEqual(['abe', 'cd']);
  });

  it('gives a shared screen the stage', () => {
    const layout = stageLayout([party('a'), party('b', true)], 'a', false);
    expect([layout.spotlight?.party_id, ids(layout.shown), layout.corner]).toEqual(['b', 'a', false]);
    expect(stageLayout([party('b', true)], null, false).corner).toBe(true);
  });

  it('follows who speaks where that is wanted, unless a screen is shared or only one other is there', () => {
    const followed = stageLayout(five, 'c', false, 'c');
    expect([followed.spotlight?.party_id, ids(followed.shown), followed.corner]).toEqual(['c', 'abde', false]);
    expect(stageLayout([party('a'), party('b', true)], 'a', false, 'a').spotlight?.party_id).toBe('b');
    expect(stageLayout([party('a')], 'a', false, 'a').spotlight).toBe(null);
  });
});

describe('a call among the messages', () => {
  const entry = (reason: CallReason | null, seconds = 0, by = ME): CallEntry => ({ callId: 'k', n: 1, at: '2026-03-02T09:20:00.000Z', by, kind: 'video', ended: reason === null ? null : { reason, seconds } });

  it('is missed by who was called, and unanswered for the caller', () => {
    expect(outcomeOf(entry('missed', 0, 'them'), ME)).toBe('missedByMe');
    expect(outcomeOf(entry('cancelled', 0, 'them'), ME)).toBe('missedByMe');
    expect(outcomeOf(entry('missed'), ME)).toBe('missedByThem');
    expect(outcomeOf(entry('cancelled'), ME)).toBe('cancelled');
    expect(outcomeOf(entry('ended', 9, 'them'), ME)).toBe('done');
    expect(outcomeOf(entry(null), ME)).toBe('ongoing');
  });

  it('says how long it was, and offers to call back', () => {
    const locale = { language: 'en', timeZone: 'UTC' };
    show(<><CallEntryRow entry={entry('ended', 3_725)} conversationId="c" me={ME} locale={locale} writable /><CallEntryRow entry={entry('missed', 0, 'them')} conversationId="c" me={ME} locale={locale} writable /></>);
    expect(screen.getByText('Video call · 01:02:05')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Call back' }).getAttribute('href')).toBe('/call/new/c?kind=video');
  });

  it('counts in the digits of the language', () => {
    expect(clock(65, 'en')).toBe('01:05');
    expect(clock(65, 'ar-EG')).toBe('٠١:٠٥');
  });
});
