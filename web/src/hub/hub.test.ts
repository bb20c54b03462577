import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHub, HubError, memoryStore, newId } from './index';
import type { Hub, HubEvent, HubOptions } from './index';
import type { Network } from './network';

const S = 'c:one';

/** A small hub: a log in memory behind a real Socket.IO server. */
class SmallHub {
  readonly http = createServer();
  readonly io = new Server(this.http, { pingInterval: 2_000, pingTimeout: 2_000 });
  readonly log: HubEvent[] = [];
  readonly tokens: string[] = [];
  readonly sockets = new Set<Socket>();
  readonly received: string[] = [];
  lastsMs = 600_000;
  refuse: { code: string } | null = null;
  swallow = 0;

  constructor() {
    this.io.use((socket, next) => {
      this.tokens.push(String((socket.handshake.auth as { token: unknown }).token));
      if (!this.refuse) { next(); return; }
      next(Object.assign(new Error('refused'), { data: this.refuse }));
    });
    this.io.on('connection', (socket) => { this.welcome(socket); });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  append(text: string, cid = newId()): HubEvent {
    const known = this.log.find((event) => event.cid === cid);
    if (known) return known;
    const event: HubEvent = {
      t: 'chat.sent', s: S, n: this.log.length + 1, at: new Date().toISOString(), by: 'u', cid,
      data: { text, reply_to: null, attachments: [] },
    };
    this.log.push(event);
    for (const socket of this.sockets) socket.emit(event.t, { ...event, t: undefined });
    return event;
  }

  cut(): void {
    for (const socket of this.io.sockets.sockets.values()) socket.conn.close();
  }

  private welcome(socket: Socket): void {
    const now = Date.now();
    socket.emit('hub.welcome', {
      protocol: '1.0', epoch: 'e', user_id: 'u', session_id: 's', node: 'n', ping_interval_ms: 2_000,
      server_time: new Date(now).toISOString(), expires_at: new Date(now + this.lastsMs).toISOString(),
    });
    socket.on('disconnect', () => this.sockets.delete(socket));
    socket.on('hs.sync', ({ cur }: { cur: Record<string, number> }, ack: (answer: unknown) => void) => {
      this.sockets.add(socket);
      const events = this.log.slice(cur[S] ?? 0);
      if (events.length > 0) socket.emit('hs.page', { s: S, events, more: false });
      const head = this.log.length;
      ack({ ok: true, data: { epoch: 'e', streams: { [S]: { status: 'live', head, n: head, floor: 0 } } } });
    });
    socket.on('auth.refresh', ({ token }: { token: string }, ack: (answer: unknown) => void) => {
      this.tokens.push(token);
      this.lastsMs = 600_000;
      ack({ ok: true, data: { expires_at: new Date(Date.now() + this.lastsMs).toISOString() } });
    });
    socket.on('chat.send', ({ cid, text }: { cid: string; text: string }, ack: (answer: unknown) => void) => {
      this.received.push(text);
      const event = this.append(text, cid);
      if (this.swallow-- > 0) { socket.conn.close(); return; }
      ack({ ok: true, data: { s: S, n: event.n, at: event.at, dup: false } });
    });
    socket.on('chat.list', (_: unknown, ack: (answer: unknown) => void) => {
      ack({ ok: false, error: { code: 'not_found', message: 'no', retryable: false, ref: 'r1' } });
    });
  }
}

class Switch implements Network {
  private up = true;
  private listeners: ((online: boolean) => void)[] = [];
  online(): boolean { return this.up; }
  onChange(listen: (online: boolean) => void): () => void {
    this.listeners.push(listen);
    return () => { this.listeners = []; };
  }
  set(up: boolean): void {
    this.up = up;
    for (const listen of this.listeners) listen(up);
  }
}

describe.each([['websocket'], ['polling']] as const)('a hub over %s', (transport) => {
  let server: SmallHub;
  let url: string;
  let hub: Hub;
  const network = new Switch();
  let given = 0;

  const make = (more: Partial<HubOptions> = {}): Hub =>
    createHub({
      url, deviceId: newId(), store: memoryStore(), network, transports: [transport],
      token: () => Promise.resolve(`token-${++given}`), ...more,
    });
  const follow = (cursor = 0): string[] => {
    const texts: string[] = [];
    hub.open(S, cursor, {
      onEvents: (events) => { for (const event of events) if (event.t === 'chat.sent') texts.push(event.data.text); },
      onReset: () => Promise.resolve(0),
      onGone: () => undefined,
    });
    return texts;
  };
  const state = (wanted: string) => expect.poll(() => hub.status.state, { timeout: 5_000 }).toBe(wanted);

  beforeEach(async () => {
    given = 0;
    network.set(true);
    server = new SmallHub();
    url = await server.listen();
    hub = make();
  });
  afterEach(async () => {
    hub.close();
    await server.io.close();
  });

  it('goes live, catches up and follows', async () => {
    server.append('before');
    const texts = follow();
    hub.connect();
    await state('live');
    await expect.poll(() => texts).toEqual(['before']);
    server.append('after');
    await expect.poll(() => texts).toEqual(['before', 'after']);
  });

  it('comes back after a cut, with nothing lost and nothing twice', async () => {
    const texts = follow();
    hub.connect();
    await state('live');
    server.append('1');
    await expect.poll(() => texts).toEqual(['1']);
    server.cut();
    server.append('2');
    const sent = hub.post('chat.send', { conversation_id: 'one', text: '3' });
    await expect(sent.settled).resolves.toMatchObject({ n: 3 });
    await expect.poll(() => texts).toEqual(['1', '2', '3']);
  });

  it('resends what was cut off before its answer, and it takes effect once', async () => {
    server.swallow = 1;
    const texts = follow();
    hub.connect();
    const sent = hub.post('chat.send', { conversation_id: 'one', text: 'once' });
    await expect(sent.settled).resolves.toMatchObject({ n: 1 });
    expect(server.received).toEqual(['once', 'once']);
    await expect.poll(() => texts).toEqual(['once']);
  });

  it('says why it was refused and does not come back by itself', async () => {
    server.refuse = { code: 'session_ended' };
    hub.connect();
    await state('refused');
    expect(hub.status.reason).toBe('session_ended');
    server.refuse = null;
    hub.connect();
    await state('live');
  });

  it('gets a fresh token when the hub does not take the first one', async () => {
    server.refuse = { code: 'token_expired' };
    const asked: boolean[] = [];
    hub.close();
    hub = make({ token: (fresh) => { asked.push(fresh); if (fresh) server.refuse = null; return Promise.resolve('t'); } });
    hub.connect();
    await state('live');
    expect(asked).toEqual([false, true]);
  });

  it('is refused when there is no session to get a token of', async () => {
    hub.close();
    hub = make({ token: () => Promise.reject(new HubError({ code: 'session_ended', message: '', retryable: false })) });
    hub.connect();
    await state('refused');
    expect(server.tokens).toEqual([]);
  });

  it('refreshes its token without leaving', async () => {
    server.lastsMs = 2_000;
    hub.connect();
    await state('live');
    const since = hub.status.since;
    await expect.poll(() => server.tokens, { timeout: 4_000 }).toEqual(['token-1', 'token-2']);
    expect(hub.status).toMatchObject({ state: 'live', since });
  });

  it('honours a goodbye: comes back when told, stays away when told', async () => {
    hub.connect();
    await state('live');
    server.io.emit('hub.goodbye', { code: 'restarting', reconnect: true, after_ms: 700 });
    await state('reconnecting');
    expect(hub.status).toMatchObject({ reason: 'restarting' });
    expect((hub.status.retryAt ?? 0) - Date.now()).toBeGreaterThan(300);
    await state('live');
    server.io.emit('hub.goodbye', { code: 'session_ended', reconnect: false, after_ms: 0 });
    await state('refused');
    expect(hub.status.reason).toBe('session_ended');
  });

  it('tells refusals with their code', async () => {
    hub.connect();
    await expect(hub.request('chat.list', { conversation_id: 'x' })).rejects.toMatchObject({ code: 'not_found', ref: 'r1' });
  });

  it('fails a request that nobody answers', async () => {
    hub.connect();
    await state('live');
    await expect(hub.request('presence.watch', {}, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout', retryable: true });
  });

  it('knows when the device is offline, keeps what is posted, and sends it when back', async () => {
    const texts = follow();
    hub.connect();
    await state('live');
    network.set(false);
    expect(hub.status.state).toBe('offline');
    const sent = hub.post('chat.send', { conversation_id: 'one', text: 'later' });
    expect(hub.outbox).toMatchObject([{ cid: sent.cid, state: 'waiting' }]);
    await expect(hub.request('presence.watch', {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'disconnected' });
    network.set(true);
    await sent.settled;
    await expect.poll(() => texts).toEqual(['later']);
    expect(hub.outbox).toEqual([]);
  });

  it('hears lossy facts', async () => {
    hub.connect();
    const heard: string[] = [];
    hub.on('chat.typed', (data) => heard.push(data.user_id));
    await state('live');
    server.io.emit('chat.typed', { at: new Date().toISOString(), data: { conversation_id: 'one', user_id: 'v', typing: true } });
    await expect.poll(() => heard).toEqual(['v']);
  });
});

describe('ids', () => {
  it('are UUIDv7 and ascend, also when the clock is set back', () => {
    const ids = [newId(5), newId(4), newId(5), newId(6), ...Array.from({ length: 9_000 }, () => newId(6))];
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids.slice(0, 20)) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
