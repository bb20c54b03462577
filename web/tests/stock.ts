/** A stock Socket.IO client with nothing of ours: what any developer would write first. Reports as one JSON line. */
import { io } from 'socket.io-client';
import type { ManagerOptions, SocketOptions } from 'socket.io-client';

interface Config { url: string; token: string; conversationId: string; options: Partial<ManagerOptions & SocketOptions> }

const { url, token, conversationId, options } = JSON.parse(process.argv[2] ?? '{}') as Config;
const socket = io(url, { auth: { token, device_id: crypto.randomUUID() }, reconnection: false, timeout: 5_000, ...options });
const seen: object[] = [];
const pages: unknown[] = [];
const heard = new Promise<void>((resolve) => {
  socket.on('chat.sent', (fact: object) => {
    seen.push(fact);
    resolve();
  });
});
socket.on('hs.page', (page) => pages.push(page));
socket.on('connect_error', (error: Error & { data?: { code: string } }) => {
  console.log(JSON.stringify({ refused: error.data?.code ?? error.message }));
  process.exit(0);
});
const welcome = await new Promise<unknown>((resolve) => socket.once('hub.welcome', resolve));
const ask = async (name: string, payload: object): Promise<unknown> => (await socket.timeout(5_000).emitWithAck(name, payload)) as unknown;

const synced = await ask('hs.sync', { cur: { [`c:${conversationId}`]: 0 } });
const message = { cid: crypto.randomUUID(), conversation_id: conversationId, text: 'from a stock client' };
const first = await ask('chat.send', message);
const again = await ask('chat.send', message);
const wrong = await ask('chat.send', { ...message, extra: 1 });
const unknown = await ask('no.such.command', {});
await heard;
const transport = socket.io.engine.transport.name;
console.log(JSON.stringify({ welcome, synced, pages, first, again, wrong, unknown, transport, seen }));
socket.close();
