import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useConversations, useOutbox, usePresence, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { activeAt } from '../../app/workspace/conversations';
import type { Availability, ConversationView, PersonView } from '../../contract';
import { listed } from '../../state';
import { counterpartOf, titleOf } from './titles';

export interface ConversationRowView {
  conversation: ConversationView;
  title: string;
  other: PersonView | undefined;
  status: Availability | undefined;
  at: string;
  preview: { kind: 'text' | 'draft' | 'quiet'; text: string };
  unsent: 'waiting' | 'refused' | null;
}

type List = { phase: 'loading' } | { phase: 'failed'; error: unknown } | { phase: 'ready'; rows: ConversationRowView[]; more: boolean; filtered: boolean };

/** The conversations that match what was typed, most recently active first, with all that a row shows. */
export function useConversationList(query: string): List {
  const { t } = useTranslation();
  const { me, drafts } = useWorkspace();
  const loaded = useConversations();
  const presence = usePresence();
  const outbox = useOutbox();
  return useMemo<List>(() => {
    if (loaded.phase !== 'ready') return loaded;
    const wanted = query.trim().toLocaleLowerCase();
    const rows = listed(loaded.value).map((conversation): ConversationRowView => {
      const id = conversation.conversation_id;
      const mine = outbox.filter((item) => item.name === 'chat.send' && item.payload.conversation_id === id);
      const other = counterpartOf(conversation, me);
      return {
        conversation,
        title: titleOf(conversation, me),
        other,
        status: other && (presence[other.user_id]?.status ?? 'offline'),
        at: activeAt(conversation),
        preview: previewOf(conversation, drafts.of(id)),
        unsent: mine.some((item) => item.state === 'refused') ? 'refused' : mine.length > 0 ? 'waiting' : null,
      };
    });
    const matching = rows.filter((row) => wanted === '' || [row.title, ...row.conversation.members.map((member) => member.person.name)].some((text) => text.toLocaleLowerCase().includes(wanted)));
    return { phase: 'ready', rows: matching, more: loaded.value.more, filtered: wanted !== '' };

    function previewOf(conversation: ConversationView, draft: string): ConversationRowView['preview'] {
      const last = conversation.last_message;
      if (draft !== '') return { kind: 'draft', text: t('chat.list.draft', { text: draft }) };
      if (!last) return { kind: 'quiet', text: t('chat.emptyTitle') };
      if (last.deleted_at != null) return { kind: 'quiet', text: t('chat.list.deleted') };
      if (last.author_id === me) return { kind: 'text', text: t('chat.list.you', { text: last.text }) };
      const author = conversation.kind === 'group' ? conversation.members.find((member) => member.person.user_id === last.author_id)?.person.name : undefined;
      return { kind: 'text', text: author === undefined ? last.text : `${author}: ${last.text}` };
    }
  }, [loaded, query, presence, outbox, me, drafts, t]);
}
