/**
 * A person at a terminal: the protocol client in Node, driven over stdin, telling what happens on stdout, a JSON
 * document a line. The hub's integration tests talk to it (`tests/integration/clients`).
 */
import 'fake-indexeddb/auto';
import { createInterface } from 'node:readline';
import { createHub, HubError, indexedDbStore, newId } from '../src/hub';

interface Config { url: string; token: string; userId: string; conversationId: string; transports?: ('websocket' | 'polling')[] }
type Order = { do: 'send'; text: string } | { do: 'typing' } | { do: 'stop' };

const { url, token, userId, conversationId, transports } = JSON.parse(process.argv[2] ?? '{}') as Config;
const say = (line: object): void => { process.stdout.write(`${JSON.stringify(line)}\n`); };

const hub = createHub({ url, deviceId: newId(), token: () => Promise.resolve(token), store: indexedDbStore(userId), transports });
hub.onStatus(({ state, reason }) => { say({ status: state, reason }); });
hub.on('chat.typed', ({ user_id }) => { say({ typing: user_id }); });
hub.connect();

const load = async (): Promise<number> => {
  const { conversation, messages } = await hub.request('conversation.get', { conversation_id: conversationId });
  for (const message of messages) say({ n: message.n, text: message.text });
  return conversation.n;
};

hub.open(`c:${conversationId}`, await load(), {
  onEvents: (events) => { for (const event of events) if (event.t === 'chat.sent') say({ n: event.n, text: event.data.text }); },
  onReset: load,
  onGone: () => { say({ gone: true }); },
});
say({ ready: true });

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order;
  if (order.do === 'typing') hub.signal('chat.type', { conversation_id: conversationId, typing: true });
  else if (order.do === 'send') {
    hub.post('chat.send', { conversation_id: conversationId, text: order.text }).settled.then(
      ({ n }) => { say({ sent: order.text, n }); },
      (error: unknown) => { say({ refused: error instanceof HubError ? error.code : 'unknown' }); },
    );
  } else {
    hub.close();
    process.exit(0);
  }
});
