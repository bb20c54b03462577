// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { reply } from '../../state/fixtures';
import { renderScreen, startScreens } from '../../ui/testing';
import { EventList } from './EventList';
import { RecordingRow } from './RecordingRow';
import { entriesOf } from './timeline';

const detail = reply('recording.get');

vi.mock('../../app/useLocale', () => ({ useLocale: () => ({ language: 'en', timeZone: 'UTC' }) }));

describe('RecordingRow', () => {
  beforeAll(startScreens);

  it('says who, how long, and that it is ready', () => {
    renderScreen(<RecordingRow recording={detail.recording} />);
    expect(screen.getByRole('link').getAttribute('href')).toBe(`/recordings/${detail.recording.recording_id}`);
    for (const text of ['Dr Ben Adler, Ana Ruiz', '10:00', 'Ready']) expect(screen.getByText(text)).toBeTruthy();
    expect(screen.queryByText(/Deleted on/)).toBeNull();
  });

  it('says when it will be deleted, unless it is held', () => {
    const until = { ...detail.recording, delete_after: '2026-06-01T00:00:00Z' };
    renderScreen(<><RecordingRow recording={until} /><RecordingRow recording={{ ...until, legal_hold: true }} /></>);
    expect(screen.getAllByText(/^Deleted on .*2026/)).toHaveLength(1);
    expect(screen.getByText('Kept under legal hold')).toBeTruthy();
  });

  it('tells no length while it still runs', () => {
    renderScreen(<RecordingRow recording={{ ...detail.recording, status: 'running' }} />);
    expect(screen.getByText('Recording')).toBeTruthy();
    expect(screen.queryByText('10:00')).toBeNull();
  });
});

describe('EventList', () => {
  beforeAll(() => { Element.prototype.scrollTo = () => undefined; });

  it('marks what has happened, and seeks to what is clicked', async () => {
    const onSeek = vi.fn();
    renderScreen(<EventList entries={entriesOf(detail.timeline, detail.bookmarks)} at={30_000} onSeek={onSeek} textOf={(entry) => entry.text || entry.detail} />);
    expect(screen.getByRole('button', { current: 'time' }).textContent).toContain('started');
    await userEvent.click(screen.getByRole('button', { name: /Here is the list/ }));
    expect(onSeek).toHaveBeenCalledExactlyOnceWith(61_000);
  });

  it('says when nothing was noted', () => {
    renderScreen(<EventList entries={[]} at={0} onSeek={vi.fn()} textOf={() => ''} />);
    expect(screen.getByText('Nothing was noted.')).toBeTruthy();
  });
});
