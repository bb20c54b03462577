import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../contract';
import { timelineOf, type TimelineInput, type UnsentMessage } from './timeline';

const locale = { language: 'en', timeZone: 'Europe/Madrid' };

function message(n: number, sent_at: string, author_id = 'ana', cid = `cid-${n}`): MessageView {
  return { conversation_id: 'c', n, cid, author_id, sent_at, text: `text ${n}`, reply_to: null, edited_at: null, deleted_at: null, attachments: [] };
}

function unsent(cid: string): UnsentMessage {
  return { cid, name: 'chat.send', lane: 'c:c', seq: 1, payload: { conversation_id: 'c', text: 'kept' }, createdAt: 0, state: 'waiting', attempts: 0, error: null };
}

const rows = (input: Partial<TimelineInput>) => timelineOf({ messages: [], unsent: [], changes: new Map(), unreadAfter: null, me: 'me', locale, ...input });

describe('timelineOf', () => {
  it('separates days in the time zone of the person, not in UTC', () => {
    const messages = [message(1, '2026-03-01T22:30:00.000Z'), message(2, '2026-03-01T23:30:00.000Z')];
    expect(rows({ messages }).map((row) => row.kind)).toEqual(['day', 'message', 'day', 'message']);
    expect(rows({ messages, locale: { ...locale, timeZone: 'UTC' } }).map((row) => row.kind)).toEqual(['day', 'message', 'message']);
  });

  it('puts the unread divider once, before the first unread message of somebody else', () => {
    const messages = [message(1, '2026-03-01T10:00:00.000Z'), message(2, '2026-03-01T10:01:00.000Z', 'me'), message(3, '2026-03-01T10:02:00.000Z'), message(4, '2026-03-01T10:03:00.000Z')];
    expect(rows({ messages, unreadAfter: 1 }).map((row) => row.key)).toEqual(['day-03/01/2026', 'cid-1', 'cid-2', 'unread', 'cid-3', 'cid-4']);
  });

  it('groups messages of one author that are close together', () => {
    const messages = [message(1, '2026-03-01T10:00:00.000Z'), message(2, '2026-03-01T10:04:00.000Z'), message(3, '2026-03-01T10:30:00.000Z')];
    const groups = rows({ messages }).flatMap((row) => (row.kind === 'message' ? [[row.opens, row.closes]] : []));
    expect(groups).toEqual([[true, false], [false, true], [true, true]]);
  });

  it('shows a message once, with the same key, when it has arrived but still is in the outbox', () => {
    const messages = [message(1, '2026-03-01T10:00:00.000Z', 'me', 'mine')];
    const found = rows({ messages, unsent: [unsent('mine'), unsent('next')] });
    expect(found.filter((row) => row.key === 'mine').map((row) => row.kind)).toEqual(['message']);
    expect(found.at(-1)).toMatchObject({ kind: 'unsent', key: 'next' });
  });
});
