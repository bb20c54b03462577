// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Calls } from '../../app/workspace/calls';
import type { CallSession } from '../../app/workspace/callSession';
import { WorkspaceValue } from '../../app/workspace/WorkspaceContext';
import type { Workspace } from '../../app/workspace/workspace';
import type { PartyView } from '../../contract';
import type { Hub } from '../../hub';
import { NO_MEDIA, type MediaView } from '../../media';
import { callOf, MINE, THEIRS } from '../../media/testing/paths';
import { startScreens } from '../../ui/testing';
import { theme } from '../../ui/theme';
import { Stage } from './Stage';

const OTHERS: PartyView[] = ['a', 'b', 'c', 'd'].map((id) => ({ ...THEIRS, party_id: id, state: 'present', media: { audio: true, camera: true, screen: false, held: false } }));
const CALL = { ...callOf(), parties: [OTHERS[0], MINE, ...OTHERS.slice(1)] as PartyView[] };
const MEDIA: MediaView = {
  ...NO_MEDIA, path: 'relay', phase: 'connected',
  remotes: Object.fromEntries(OTHERS.map((one) => [one.party_id, { audio: null, video: {} as MediaStreamTrack }])),
  flows: Object.fromEntries(OTHERS.map((one) => [one.party_id, { level: 0, frames: 25 }])),
} as MediaView;
const calls = new Calls({ on: () => () => undefined, status: { state: 'live' } } as unknown as Hub, MINE.person.user_id, 'device');
const workspace = { me: MINE.person.user_id, calls } as unknown as Workspace;
const session = { wantVideos: () => undefined } as unknown as CallSession;

const stage = (change: Partial<MediaView>, follow: boolean, parties = CALL.parties) => (
  <MantineProvider theme={theme} env="test">
    <WorkspaceValue value={workspace}><Stage call={{ ...CALL, parties }} mine={MINE} media={{ ...MEDIA, ...change }} session={session} follow={follow} /></WorkspaceValue>
  </MantineProvider>
);
const large = () => screen.getAllByTestId('tile').filter((tile) => 'spot' in tile.dataset).map((tile) => tile.dataset['party']);

beforeAll(async () => {
  await startScreens();
  vi.stubGlobal('MediaStream', EventTarget);
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
});

describe.each([['a desktop', false], ['a phone', true]])('pictures on %s', (_, small) => {
  it('stay the same elements, never moved in the document, whoever speaks and however they are arranged', () => {
    vi.spyOn(window, 'matchMedia').mockImplementation((media) => Object.assign(new EventTarget(), { matches: small, media, onchange: null }) as unknown as MediaQueryList);
    const { container, rerender } = render(stage({}, false));
    const pictures = [...container.querySelectorAll('video')];
    expect(pictures).toHaveLength(OTHERS.length);
    expect(screen.queryAllByTestId('tile').filter((tile) => tile.hidden)).toHaveLength(small ? 1 : 0);
    const moves = new MutationObserver(() => undefined);
    moves.observe(container, { childList: true, subtree: true });
    const shown: unknown[] = [];
    for (const [speaker, follow] of [['b', true], ['d', true], [MINE.party_id, true], ['c', false], ['a', true]] as const) {
      rerender(stage({ speaker }, follow));
      shown.push(large());
    }
    rerender(stage({ speaker: 'a' }, true, CALL.parties.map((one) => (one.party_id === 'c' ? { ...one, media: { ...one.media, screen: true } } : one))));
    shown.push(large());
    expect(shown).toEqual([['b'], ['d'], ['d'], [], ['a'], ['c']]);
    expect([...container.querySelectorAll('video')]).toEqual(pictures);
    const gone = moves.takeRecords().flatMap((record) => [...record.removedNodes]);
    expect(gone.filter((node) => node instanceof Element && (node.matches('video') || node.querySelector('video') !== null))).toEqual([]);
  });
});
