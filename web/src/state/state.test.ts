import { describe, expect, it } from 'vitest';
import { DURABLE_FACTS } from '../contract';
import type { HubEvent, OutboxItem } from '../hub';
import { event, lossy, reply } from './fixtures';
import {
  availability, awaitingMe, conversationEvent, conversationLoaded, conversationRemoved, conversationsLoaded, listed,
  noConversations, notificationEvent, notificationsLoaded, olderLoaded, olderNotificationsLoaded, presenceChanged,
  presenceLoaded, receipt, relationshipEvent, relationshipsLoaded, threadEvent, threadFromSnapshot, totalUnread,
  typingExpired, typingHeard, typists, unsent, readers,
} from './index';

const snapshot = reply('conversation.get');
const id = snapshot.conversation.conversation_id;
const [ana, ben] = snapshot.conversation.members.map((member) => member.person.user_id) as [string, string];
const list = conversationsLoaded(noConversations, reply('conversation.list'));
const thread = threadFromSnapshot(snapshot);
const one = (state: typeof list) => state.byId[id];

const about = (prefix: string): HubEvent[] => DURABLE_FACTS.map((name) => event(name)).filter((fact) => fact.s.startsWith(prefix));

describe('idempotence', () => {
  const conversationFacts = about('c:');
  it('has something to prove', () => { expect(conversationFacts.length).toBeGreaterThan(8); });

  it.each(conversationFacts.map((fact) => [fact.t, fact] as const))('%s applied twice is applied once', (_, fact) => {
    const listOnce = conversationEvent(list, fact, ana);
    expect(conversationEvent(listOnce, fact, ana)).toBe(listOnce);
    const threadOnce = threadEvent(thread, fact);
    expect(threadEvent(threadOnce, fact)).toBe(threadOnce);
  });

  it.each(about('u:').map((fact) => [fact.t, fact] as const))('%s applied twice to the inbox is applied once', (_, fact) => {
    const state = notificationsLoaded(reply('notification.list'));
    const once = notificationEvent(state, fact);
    expect(notificationEvent(once, fact)).toBe(once);
  });

  it('drops what the snapshot already contains', () => {
    expect(threadEvent(thread, event('chat.sent', 2))).toBe(thread);
    expect(conversationEvent(list, event('chat.sent', 2), ana)).toBe(list);
  });
});

describe('conversations', () => {
  it('counts messages of others as unread and shows the last one', () => {
    const next = conversationEvent(list, event('chat.sent'), ana);
    expect(one(next)).toMatchObject({ unread: 2, n: 4, last_message: { n: 4, author_id: ben, text: 'Please keep the leg up today.' } });
    expect(one(conversationEvent(list, event('chat.sent'), ben))?.unread).toBe(1);
    expect(totalUnread(next)).toBe(2);
  });

  it('forgets the count when everything is read, on whichever device', () => {
    const sent = conversationEvent(list, event('chat.sent'), ana);
    const marked = conversationEvent(sent, event('chat.marked'), ana);
    expect(one(marked)).toMatchObject({ unread: 0 });
    expect(one(marked)?.members[0]).toMatchObject({ delivered_n: 4, read_n: 4 });
  });

  it('moves marks forward only', () => {
    const back = { ...event('chat.marked', 20), data: { delivered_n: 1, read_n: 1 } };
    expect(one(conversationEvent(list, back, ana))?.members[0]).toMatchObject({ delivered_n: 3, read_n: 2 });
  });

  it('shows the edit and the deletion of the last message', () => {
    const edited = { ...event('chat.edited'), data: { ref: 3, text: 'Better.' } };
    expect(one(conversationEvent(list, edited, ana))?.last_message).toMatchObject({ text: 'Better.', edited_at: edited.at });
    expect(one(conversationEvent(list, event('chat.deleted'), ana))?.last_message).toMatchObject({ text: '', deleted_at: event('chat.deleted').at });
  });

  it('counts an unread message no more when its author takes it back', () => {
    const sent = conversationEvent(list, event('chat.sent'), ana);
    const takenBack = { ...event('chat.deleted'), by: ben, data: { ref: 4 } };
    expect(one(conversationEvent(sent, takenBack, ana))?.unread).toBe(1);
    expect(one(conversationEvent(sent, { ...takenBack, data: { ref: 2 } }, ana))?.unread).toBe(2);
  });

  it('follows members, title and closing', () => {
    const joined = conversationEvent(list, event('member.joined'), ana);
    expect(one(joined)?.members).toHaveLength(3);
    expect(one(conversationEvent(joined, event('member.left'), ana))?.members).toHaveLength(2);
    expect(one(conversationEvent(list, event('conversation.renamed'), ana))?.title).toBe("Ana's recovery");
    const closed = conversationEvent(list, event('conversation.closed'), ana);
    expect(one(closed)?.closed).toBe(true);
    expect(one(conversationEvent(closed, event('conversation.reopened'), ana))?.closed).toBe(false);
  });

  it('keeps the newer of two snapshots', () => {
    const ahead = conversationEvent(list, event('chat.sent'), ana);
    expect(conversationLoaded(ahead, snapshot.conversation)).toBe(ahead);
    expect(conversationRemoved(ahead, id).byId).toEqual({});
  });

  it('lists the most recently active first', () => {
    const quiet = { ...snapshot.conversation, conversation_id: 'quiet', last_message: null };
    expect(listed(conversationLoaded(list, quiet)).map((view) => view.conversation_id)).toEqual([id, 'quiet']);
  });
});

describe('thread', () => {
  it('appends, edits and deletes', () => {
    const facts = [event('chat.sent'), event('chat.edited'), event('chat.deleted')];
    const next = facts.reduce(threadEvent, thread);
    expect(next.messages.map((message) => [message.n, message.text])).toEqual([
      [2, 'Good morning! How did you sleep?'], [3, ''], [4, 'Please keep the leg up today.'],
    ]);
    expect(next.messages[1]?.deleted_at).toBe(event('chat.deleted').at);
    expect(next.n).toBe(6);
  });

  it('puts older pages before, without doubles', () => {
    const { messages } = reply('chat.list');
    const older = { messages: [...messages.slice(0, 1).map((message) => ({ ...message, n: 1 })), ...messages], more: true, n: 3 };
    expect(olderLoaded(thread, older).messages.map((message) => message.n)).toEqual([1, 2, 3]);
    expect(olderLoaded(thread, older).more).toBe(true);
  });

  it('shows who types until they stop, send, leave, or fall silent', () => {
    const typing = lossy('chat.typed');
    const heard = typingHeard(thread, typing, 1_000);
    expect(typists(heard, ana, 2_000)).toEqual([ben]);
    expect(typists(heard, ben, 2_000)).toEqual([]);
    expect(typists(typingHeard(heard, { ...typing, typing: false }, 2_000), ana, 2_000)).toEqual([]);
    expect(typists(threadEvent(heard, event('chat.sent')), ana, 2_000)).toEqual([]);
    expect(typingExpired(heard, 6_999)).toBe(heard);
    expect(typingExpired(heard, 7_000).typing).toEqual({});
    expect(typingHeard(thread, { ...typing, conversation_id: 'other' }, 0)).toBe(thread);
  });
});

describe('receipts', () => {
  const message = snapshot.messages[1];
  if (!message) throw new Error('the fixture lost its message');

  it('says how far a message has come', () => {
    expect(receipt(snapshot.conversation, message, ana)).toBe('read');
    const unreadByBen = { ...snapshot.conversation, members: snapshot.conversation.members.map((member) => ({ ...member, read_n: 2 })) };
    expect(receipt(unreadByBen, message, ana)).toBe('delivered');
    const unreached = { ...snapshot.conversation, members: snapshot.conversation.members.map((member) => ({ ...member, read_n: 0, delivered_n: 0 })) };
    expect(receipt(unreached, message, ana)).toBe('sent');
    expect(readers(snapshot.conversation, message).map((person) => person.user_id)).toEqual([ben]);
  });
});

describe('outbox beside the thread', () => {
  it('hides what has arrived, also before its ack', () => {
    const item = (cid: string, conversation_id = id) => ({ cid, name: 'chat.send', payload: { conversation_id, text: 'x' } }) as unknown as OutboxItem;
    const sent = event('chat.sent');
    const outbox = [item(sent.cid ?? ''), item('waiting'), item('elsewhere', 'other')];
    const cids = (state: typeof thread) => unsent(outbox, state).map((one) => one.cid);
    expect(cids(threadEvent({ ...thread, messages: [] }, sent))).toEqual(['waiting']);
  });
});

describe('notifications', () => {
  const state = notificationsLoaded(reply('notification.list'));

  it('adds the newest on top and counts it', () => {
    const next = notificationEvent(state, event('notification.raised'));
    expect(next.items.map((item) => item.n)).toEqual([17, 5]);
    expect(next).toMatchObject({ unread: 2, n: 17 });
  });

  it('shares the read state of other devices', () => {
    const next = notificationEvent(notificationEvent(state, event('notification.raised')), event('notification.marked'));
    expect(next).toMatchObject({ unread: 0, readUpTo: 17 });
    expect(next.items.every((item) => item.read)).toBe(true);
    const single = notificationEvent(state, { ...event('notification.marked'), data: { up_to_n: null, ns: [5] } });
    expect(single).toMatchObject({ unread: 0, readUpTo: 0 });
  });

  it('puts older pages behind, without doubles', () => {
    const page = reply('notification.list');
    const older = { ...page, notifications: [...page.notifications, ...page.notifications.map((item) => ({ ...item, n: 1 }))] };
    expect(olderNotificationsLoaded(state, older).items.map((item) => item.n)).toEqual([5, 1]);
  });
});

describe('presence', () => {
  it('lets the higher version count', () => {
    const state = presenceLoaded(reply('presence.watch'));
    const { presence } = lossy('presence.changed');
    expect(availability(state, ben)).toBe('busy');
    expect(presenceChanged(state, { ...presence, version: presence.version - 1, status: 'online' })).toBe(state);
    expect(availability(presenceChanged(state, { ...presence, version: presence.version + 1, status: 'away' }), ben)).toBe('away');
    expect(availability(state, 'nobody')).toBe('offline');
  });
});

describe('relationships', () => {
  it('keeps the latest state of each', () => {
    const state = relationshipsLoaded(reply('relationship.list'));
    expect(awaitingMe(state)).toHaveLength(1);
    const active = { ...event('relationship.changed'), data: reply('relationship.answer') };
    const next = relationshipEvent(state, active);
    expect(awaitingMe(next)).toHaveLength(0);
    expect(relationshipEvent(next, event('relationship.changed'))).toBe(next);
  });
});
