// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PresenceChanged, PresenceView } from '../../contract';
import type { Hub } from '../../hub';
import { ManualClock, settle } from '../../hub/testing/clock';
import { Presence } from './presence';

/** A minute and half of the jitter: the manual clock's chance is 0.5. */
const ROUND_MS = 66_000;

const view = (user_id: string, version: number, status: PresenceView['status']): PresenceView =>
  ({ user_id, version, status, note: '', last_seen_at: null });

/** What the screens need of a hub, answering `presence.watch` when the test says so. */
class Ward {
  status = { state: 'live' as Hub['status']['state'] };
  readonly signal = vi.fn();
  readonly asked: ((people: PresenceView[]) => Promise<void>)[] = [];
  tell: (fact: PresenceChanged) => void = () => undefined;
  on = (_: string, listen: (fact: PresenceChanged) => void) => {
    this.tell = listen;
    return () => undefined;
  };
  request = () => new Promise((resolve) => {
    this.asked.push(async (people) => {
      resolve({ people });
      await settle();
    });
  });
}

describe('presence', () => {
  const clock = new ManualClock();
  let ward: Ward;
  let presence: Presence;

  beforeEach(() => {
    ward = new Ward();
    presence = new Presence(ward as unknown as Hub, clock);
    presence.start();
  });

  afterEach(() => { presence.stop(); });

  it('is asked for again every minute or so while live, and no more once stopped', async () => {
    await clock.pass(60_000);
    expect(ward.asked).toHaveLength(0);
    await clock.pass(6_000);
    expect(ward.asked).toHaveLength(1);
    ward.status = { state: 'reconnecting' };
    await clock.pass(ROUND_MS);
    expect(ward.asked).toHaveLength(1);
    ward.status = { state: 'live' };
    await clock.pass(ROUND_MS);
    expect(ward.asked).toHaveLength(2);
    presence.stop();
    await clock.pass(3 * ROUND_MS);
    expect(ward.asked).toHaveLength(2);
  });

  it('finds out what a lost fact did not tell', async () => {
    ward.tell({ presence: view('ben', 5, 'online') });
    ward.tell({ presence: view('ana', 5, 'online') });
    await clock.pass(ROUND_MS);
    await ward.asked[0]?.([view('ben', 6, 'away')]);
    expect(presence.slice.value).toEqual({ ben: view('ben', 6, 'away') });
  });

  it('keeps what came while the answer was under way', async () => {
    ward.tell({ presence: view('ben', 5, 'online') });
    await clock.pass(ROUND_MS);
    ward.tell({ presence: view('ben', 7, 'busy') });
    ward.tell({ presence: view('eve', 3, 'online') });
    await ward.asked[0]?.([view('ben', 6, 'away')]);
    expect(presence.slice.value).toEqual({ ben: view('ben', 7, 'busy'), eve: view('eve', 3, 'online') });
  });
});
