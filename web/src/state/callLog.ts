import type { HubEvent } from '../hub';
import type { CallEntry, CallLog } from './types';

/** One fact of a conversation's stream, in any order and any number of times: a call is known by its id. */
export function callLogged(log: CallLog, conversationId: string, event: HubEvent): CallLog {
  const entries = log[conversationId] ?? [];
  if (event.t === 'call.started') {
    if (entries.some((entry) => entry.callId === event.data.call_id)) return log;
    const entry: CallEntry = { callId: event.data.call_id, n: event.n, at: event.at, by: event.by, kind: event.data.kind, ended: null };
    return { ...log, [conversationId]: [...entries, entry].sort((a, b) => a.n - b.n) };
  }
  if (event.t === 'call.ended') {
    const { call_id, reason, seconds } = event.data;
    if (!entries.some((entry) => entry.callId === call_id && entry.ended === null)) return log;
    return { ...log, [conversationId]: entries.map((entry) => (entry.callId === call_id ? { ...entry, ended: { reason, seconds } } : entry)) };
  }
  return log;
}
