import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamState, Synced } from '../contract';
import { localError } from './error';
import { Streams } from './streams';
import { ManualClock, settle } from './testing/clock';
import type { Cursors, HubEvent } from './types';

const S = 'c:0190a000-0000-7000-8000-000000000001';

function event(n: number, s = S): HubEvent {
  return { t: 'chat.sent', s, n, at: '2026-01-01T00:00:00.000Z', by: 'u', data: { text: `${n}`, reply_to: null, attachments: [] } };
}

function live(n: number): StreamState {
  return { status: 'live', head: n, n, floor: 0 };
}

class World {
  readonly clock = new ManualClock();
  readonly asked: { cur: Record<string, number>; epoch: string | null }[] = [];
  readonly acks: Record<string, number>[] = [];
  readonly seen: number[] = [];
  resets: [number, number][] = [];
  gone = 0;
  kept: Cursors | null = null;
  snapshotAt = 0;
  answer: (cur: Record<string, number>) => Promise<Synced> = (cur) =>
    Promise.resolve({ epoch: 'e1', streams: Object.fromEntries(Object.entries(cur).map(([s, n]) => [s, live(n)])) });

  readonly streams = new Streams(
    {
      sync: (cur, epoch) => {
        this.asked.push({ cur, epoch });
        return this.answer(cur);
      },
      acknowledge: ({ cur }) => this.acks.push(cur),
    },
    this.clock,
    (cursors) => { this.kept = cursors; },
  );

  open(cursor: number): () => void {
    return this.streams.open(S, cursor, {
      onEvents: (events) => this.seen.push(...events.map((one) => one.n)),
      onReset: (floor, head) => {
        this.resets.push([floor, head]);
        return Promise.resolve(this.snapshotAt);
      },
      onGone: () => { this.gone += 1; },
    });
  }
}

describe('streams', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    world.open(3);
    world.streams.connected('e1');
    await world.clock.pass(0);
  });

  it('continues an open stream from its cursor when a connection is up', () => {
    expect(world.asked).toEqual([{ cur: { [S]: 3 }, epoch: 'e1' }]);
  });

  it('delivers in order, drops what it has, holds what comes after a gap', async () => {
    world.streams.receive(S, [event(4), event(4), event(2), event(7), event(5)]);
    expect(world.seen).toEqual([4, 5]);
    await world.clock.pass(0);
    expect(world.asked.at(-1)?.cur).toEqual({ [S]: 5 });
    world.streams.receive(S, [event(6)]);
    expect(world.seen).toEqual([4, 5, 6, 7]);
  });

  it('holds at most 200 events and still ends up complete', () => {
    world.streams.receive(S, Array.from({ length: 400 }, (_, i) => event(5 + i)));
    world.streams.receive(S, [event(4)]);
    expect(world.seen).toEqual(Array.from({ length: 201 }, (_, i) => 4 + i));
    world.streams.receive(S, Array.from({ length: 400 }, (_, i) => event(5 + i)));
    expect(world.seen.at(-1)).toBe(404);
    expect(new Set(world.seen).size).toBe(world.seen.length);
  });

  it('asks again while there is more, and does not hurry a hub that sends nothing', async () => {
    let calls = 0;
    world.answer = (cur) => {
      calls += 1;
      if (calls < 3) world.streams.receive(S, [event((cur[S] ?? 0) + 1)]);
      const status = calls < 10 ? 'more' : 'live';
      return Promise.resolve({ epoch: 'e1', streams: { [S]: { status, head: 9, n: 9, floor: 0 } } });
    };
    world.streams.lagging({ [S]: 9 });
    await world.clock.pass(0);
    expect(world.seen).toEqual([4, 5]);
    expect(calls).toBe(3);
    await world.clock.pass(50);
    expect(calls).toBe(3);
    await world.clock.pass(60_000);
    expect(calls).toBeGreaterThan(3);
  });

  it('acknowledges cumulatively after 32 events or one second', async () => {
    world.streams.receive(S, [event(4), event(5)]);
    expect(world.acks).toEqual([]);
    await world.clock.pass(1_000);
    expect(world.acks).toEqual([{ [S]: 5 }]);
    world.streams.receive(S, Array.from({ length: 32 }, (_, i) => event(6 + i)));
    expect(world.acks.at(-1)).toEqual({ [S]: 37 });
    expect(world.kept).toEqual({ epoch: 'e1', streams: { [S]: 37 } });
  });

  it('loads the snapshot on reset and continues from its position', async () => {
    world.snapshotAt = 40;
    world.streams.resetByHub(S, 30, 41);
    world.streams.receive(S, [event(41)]);
    expect(world.seen).toEqual([]);
    await world.clock.pass(0);
    expect(world.resets).toEqual([[30, 41]]);
    expect(world.seen).toEqual([41]);
    expect(world.asked.at(-1)?.cur).toEqual({ [S]: 41 });
  });

  it('voids every cursor when the epoch changes', async () => {
    world.streams.disconnected();
    world.snapshotAt = 2;
    world.streams.connected('e2');
    await world.clock.pass(0);
    expect(world.resets).toHaveLength(1);
    expect(world.asked.at(-1)).toEqual({ cur: { [S]: 2 }, epoch: 'e2' });
  });

  it('closes a stream that is gone', async () => {
    world.answer = () => Promise.resolve({ epoch: 'e1', streams: { [S]: { status: 'gone', head: 0, n: 0, floor: 0 } } });
    world.streams.lagging({ [S]: 9 });
    await world.clock.pass(0);
    expect(world.gone).toBe(1);
    world.streams.receive(S, [event(4)]);
    expect(world.seen).toEqual([]);
  });

  it('goes on acknowledging a stream closed here, so that credit comes back', async () => {
    const close = world.open(3);
    close();
    world.streams.receive(S, [event(4)]);
    await world.clock.pass(1_000);
    expect(world.seen).toEqual([]);
    expect(world.acks).toEqual([{ [S]: 4 }]);
  });

  it('syncs all open streams again after a reconnect, at once', async () => {
    world.answer = () => Promise.reject(localError('disconnected'));
    world.streams.lagging({ [S]: 4 });
    await settle();
    world.streams.disconnected();
    world.answer = (cur) => Promise.resolve({ epoch: 'e1', streams: { [S]: live(cur[S] ?? 0) } });
    world.asked.length = 0;
    world.streams.connected('e1');
    await world.clock.pass(0);
    expect(world.asked).toEqual([{ cur: { [S]: 3 }, epoch: 'e1' }]);
  });

  it('asks for at most 128 streams a call', async () => {
    for (let i = 0; i < 200; i += 1) {
      world.streams.open(`c:${i}`, 0, { onEvents: () => undefined, onReset: () => Promise.resolve(0), onGone: () => undefined });
    }
    world.asked.length = 0;
    await world.clock.pass(0);
    expect(world.asked.map((one) => Object.keys(one.cur).length)).toEqual([128, 72]);
  });
});
