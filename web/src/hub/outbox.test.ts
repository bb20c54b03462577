import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { HubError, localError } from './error';
import { MAX_OUTBOX, Outbox } from './outbox';
import { indexedDbStore } from './store-indexeddb';
import { memoryStore } from './store-memory';
import { alone } from './tabs';
import type { TabMessage, Tabs } from './tabs';
import { ManualClock, settle } from './testing/clock';
import type { HubStore } from './types';

interface Call {
  name: string;
  payload: { cid: string; text?: string };
  answer(data: unknown): void;
  fail(error: HubError): void;
}

class Wire {
  readonly calls: Call[] = [];
  readonly send = (name: string, payload: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      this.calls.push({ name, payload: payload as Call['payload'], answer: resolve, fail: reject });
    });

  get texts(): (string | undefined)[] {
    return this.calls.map((call) => call.payload.text);
  }

  call(index: number): Call {
    const call = this.calls[index];
    if (!call) throw new Error('not sent');
    return call;
  }
}

async function ready(store: HubStore = memoryStore(), tabs: Tabs = alone) {
  const clock = new ManualClock();
  const wire = new Wire();
  const outbox = new Outbox(store, tabs, clock, wire.send);
  await outbox.start();
  await settle();
  outbox.setLive(true);
  return { clock, wire, outbox, store };
}

const say = (text: string, conversation_id = 'a') => ({ conversation_id, text });
const refusal = (code: 'not_found' | 'too_fast' | 'retry', retryable: boolean, after_ms?: number) =>
  new HubError({ code, message: '', retryable, after_ms });

describe('outbox', () => {
  it('sends one command at a time per conversation, in order, and other conversations beside it', async () => {
    const { wire, outbox } = await ready();
    outbox.post('chat.send', say('1'));
    outbox.post('chat.send', say('2'));
    outbox.post('chat.send', say('other', 'b'));
    await settle();
    expect(wire.texts).toEqual(['1', 'other']);
    wire.call(0).answer({ n: 1 });
    await settle();
    expect(wire.texts).toEqual(['1', 'other', '2']);
  });

  it('settles with the reply and forgets the item', async () => {
    const { wire, outbox, store } = await ready();
    const { cid, settled } = outbox.post('chat.send', say('1'));
    await settle();
    expect(wire.call(0).payload.cid).toBe(cid);
    wire.call(0).answer({ n: 7 });
    await expect(settled).resolves.toEqual({ n: 7 });
    expect(outbox.all).toEqual([]);
    expect(await store.outbox()).toEqual([]);
  });

  it('resends the same client id after a timeout, with growing pauses', async () => {
    const { clock, wire, outbox } = await ready();
    outbox.post('chat.send', say('1'));
    await settle();
    wire.call(0).fail(localError('timeout'));
    await clock.pass(249);
    expect(wire.calls).toHaveLength(1);
    await clock.pass(1);
    expect(wire.calls).toHaveLength(2);
    expect(wire.call(1).payload.cid).toBe(wire.call(0).payload.cid);
    wire.call(1).fail(localError('timeout'));
    await clock.pass(499);
    expect(wire.calls).toHaveLength(2);
    await clock.pass(1);
    expect(wire.calls).toHaveLength(3);
  });

  it('waits as long as the hub says', async () => {
    const { clock, wire, outbox } = await ready();
    outbox.post('chat.send', say('1'));
    await settle();
    wire.call(0).fail(refusal('too_fast', true, 9_000));
    await clock.pass(8_999);
    expect(wire.calls).toHaveLength(1);
    await clock.pass(1);
    expect(wire.calls).toHaveLength(2);
  });

  it('keeps a refused item to be retried or discarded, and lets the next one pass', async () => {
    const { wire, outbox, store } = await ready();
    const first = outbox.post('chat.send', say('1'));
    const refused = expect(first.settled).rejects.toMatchObject({ code: 'not_found' });
    outbox.post('chat.send', say('2'));
    await settle();
    wire.call(0).fail(refusal('not_found', false));
    await refused;
    await settle();
    expect(wire.texts).toEqual(['1', '2']);
    expect(outbox.all[0]).toMatchObject({ cid: first.cid, state: 'refused', error: { code: 'not_found' } });
    wire.call(1).answer({});
    await settle();
    outbox.retry(first.cid);
    await settle();
    expect(wire.call(2).payload.cid).toBe(first.cid);
    wire.call(2).fail(refusal('not_found', false));
    await settle();
    outbox.discard(first.cid);
    await settle();
    expect(outbox.all).toEqual([]);
    expect(await store.outbox()).toEqual([]);
  });

  it('does not send before the item is durable', async () => {
    const store = memoryStore();
    let durable: () => void = () => undefined;
    const slow: HubStore = { ...store, putOutbox: () => new Promise((resolve) => { durable = resolve; }) };
    const { wire, outbox } = await ready(slow);
    outbox.post('chat.send', say('1'));
    await settle();
    expect(outbox.all).toHaveLength(1);
    expect(wire.calls).toHaveLength(0);
    durable();
    await settle();
    expect(wire.calls).toHaveLength(1);
  });

  it('survives a closed tab: a new life sends the same client ids in the same order', async () => {
    const before = await ready(indexedDbStore('crash'));
    const cids = ['1', '2', '3'].map((text) => before.outbox.post('chat.send', say(text)).cid);
    await before.clock.pass(0);
    await expect.poll(() => before.wire.calls.length).toBe(1);
    before.outbox.close();
    const after = await ready(indexedDbStore('crash'));
    for (let i = 0; i < 3; i += 1) {
      await expect.poll(() => after.wire.calls.length).toBe(i + 1);
      after.wire.call(i).answer({});
    }
    expect(after.wire.calls.map((call) => call.payload.cid)).toEqual(cids);
    await expect.poll(() => after.store.outbox()).toEqual([]);
  });

  it('sends from one of two tabs, and tells the other', async () => {
    const store = memoryStore();
    const { first, second, hand } = twoTabs();
    const owner = await ready(store, first);
    const other = await ready(store, second);
    const posted = other.outbox.post('chat.send', say('from the other tab'));
    await settle();
    expect(other.wire.calls).toHaveLength(0);
    expect(owner.wire.texts).toEqual(['from the other tab']);
    owner.wire.call(0).answer({ n: 1 });
    await expect(posted.settled).resolves.toEqual({ n: 1 });
    await settle();
    expect(other.outbox.all).toEqual([]);
    owner.outbox.close();
    hand();
    other.outbox.post('chat.send', say('alone now'));
    await settle();
    expect(other.wire.texts).toEqual(['alone now']);
  });

  it('refuses to grow without bound', async () => {
    const { outbox } = await ready();
    outbox.setLive(false);
    for (let i = 0; i < MAX_OUTBOX; i += 1) outbox.post('chat.send', say('x'));
    await expect(outbox.post('chat.send', say('x')).settled).rejects.toMatchObject({ code: 'outbox_full' });
    expect(outbox.all).toHaveLength(MAX_OUTBOX);
  });
});

/** Two tabs in one process: the first owns the outbox until `hand` gives it to the second. */
function twoTabs(): { first: Tabs; second: Tabs; hand: () => void } {
  const listeners: [((m: TabMessage) => void)[], ((m: TabMessage) => void)[]] = [[], []];
  let hand: () => void = () => undefined;
  const tab = (me: 0 | 1): Tabs => ({
    own: (owned) => {
      if (me === 0) owned();
      else hand = owned;
      return () => undefined;
    },
    tell: (message) => { for (const hear of listeners[me === 0 ? 1 : 0]) hear(message); },
    onMessage: (hear) => {
      listeners[me].push(hear);
      return () => { listeners[me] = listeners[me].filter((one) => one !== hear); };
    },
  });
  return { first: tab(0), second: tab(1), hand: () => { hand(); } };
}
