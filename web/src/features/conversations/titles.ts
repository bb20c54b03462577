import type { ConversationView, PersonView } from '../../contract';

/** The other person of a direct conversation; undefined for groups. */
export function counterpartOf(conversation: ConversationView, me: string): PersonView | undefined {
  return conversation.kind === 'direct' ? conversation.members.find((member) => member.person.user_id !== me)?.person : undefined;
}

export function titleOf(conversation: ConversationView, me: string): string {
  if (conversation.kind === 'direct') return counterpartOf(conversation, me)?.name ?? conversation.members[0]?.person.name ?? '';
  return conversation.title || conversation.members.map((member) => member.person.name).join(', ');
}
