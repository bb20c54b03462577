import type { MemberView } from '../../contract';

export type ReceiptState = 'sent' | 'delivered' | 'read';

export interface Receipt {
  /** The least that holds for everybody. */
  state: ReceiptState;
  read: MemberView[];
  delivered: MemberView[];
  waiting: MemberView[];
}

/** How far a message of mine at position `n` has come with each of the others. */
export function receiptOf(n: number, members: readonly MemberView[], me: string): Receipt {
  const others = members.filter((member) => member.person.user_id !== me);
  const read = others.filter((member) => member.read_n >= n);
  const delivered = others.filter((member) => member.read_n < n && member.delivered_n >= n);
  const waiting = others.filter((member) => member.read_n < n && member.delivered_n < n);
  const state = others.length === 0 || waiting.length > 0 ? 'sent' : delivered.length > 0 ? 'delivered' : 'read';
  return { state, read, delivered, waiting };
}
