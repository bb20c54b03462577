import { IconMessages } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Outlet, useMatch } from 'react-router';
import { StatePanel } from '../../ui/StatePanel';
import { usePageTitle } from '../../ui/usePageTitle';
import { ConversationList } from './ConversationList';
import classes from './Conversations.module.css';

/** The list beside the chosen conversation; on narrow screens one or the other. */
export function ConversationsPage() {
  const chosen = useMatch('/conversations/:id') !== null;
  return (
    <div className={classes.page} data-chosen={chosen || undefined}>
      <ConversationList />
      <div className={classes.content}><Outlet /></div>
    </div>
  );
}

export function NoConversation() {
  const { t } = useTranslation();
  usePageTitle(t('chat.list.title'));
  return (
    <div className={classes.none}>
      <StatePanel icon={<IconMessages />} title={t('chat.list.pickTitle')}>{t('chat.list.pickText')}</StatePanel>
    </div>
  );
}
