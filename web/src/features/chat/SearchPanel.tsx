import { Loader, SegmentedControl, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import type { ConversationView, MessageView } from '../../contract';
import { briefTime } from '../../ui/format';
import { FormAlert } from '../../ui/FormAlert';
import { Marked } from '../../ui/Marked';
import { titleOf } from '../conversations/titles';
import classes from './Chat.module.css';
import { SidePanel } from './SidePanel';
import { useMessageSearch } from './useMessageSearch';

interface SearchPanelProps {
  conversation: ConversationView;
  conversations: Readonly<Record<string, ConversationView>>;
  me: string;
  onOpen: (message: MessageView) => void;
  onClose: () => void;
}

export function SearchPanel({ conversation, conversations, me, onOpen, onClose }: SearchPanelProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const search = useMessageSearch(conversation.conversation_id);
  const { query, found } = search;
  const nameOf = (message: MessageView) => {
    const home = conversations[message.conversation_id] ?? conversation;
    const author = message.author_id === me ? t('you') : (home.members.find((member) => member.person.user_id === message.author_id)?.person.name ?? t('chat.formerMember'));
    return search.everywhere ? `${titleOf(home, me)} · ${author}` : author;
  };
  return (
    <SidePanel title={t('chat.search.title')} onClose={onClose}>
      <TextInput
        type="search" data-autofocus autoFocus leftSection={<IconSearch size={18} />} rightSection={search.busy && <Loader size="xs" role="img" aria-label={t('app.loading')} />}
        aria-label={t('chat.search.placeholder')} placeholder={t('chat.search.placeholder')} maxLength={120} value={query} onChange={(event) => { search.setQuery(event.currentTarget.value); }}
      />
      <SegmentedControl
        fullWidth mt="sm" value={search.everywhere ? 'all' : 'here'} onChange={(value) => { search.setEverywhere(value === 'all'); }}
        data={[{ value: 'here', label: t('chat.search.here') }, { value: 'all', label: t('chat.search.everywhere') }]}
      />
      <FormAlert error={search.error} />
      <p className={classes.hint} role="status">
        {found === null ? t('chat.search.empty') : found.messages.length === 0 ? t('chat.search.none') : t('chat.search.results', { count: found.messages.length })}
      </p>
      <ul className={classes.results}>
        {found?.messages.map((message) => (
          <li key={`${message.conversation_id}#${message.n}`}>
            <UnstyledButton className={classes.result} onClick={() => { onOpen(message); }}>
              <span className={classes.resultMeta}><span>{nameOf(message)}</span><time dateTime={message.sent_at}>{briefTime(message.sent_at, new Date(), locale)}</time></span>
              <span className={classes.resultText}><bdi><Marked text={message.text} query={query} /></bdi></span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {found?.more && <p className={classes.hint}>{t('chat.search.more')}</p>}
    </SidePanel>
  );
}
