import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import { useHubStatus, useOutbox, useWorkspace } from '../../app/workspace/WorkspaceContext';
import classes from './Chat.module.css';
import { UnsentItem } from './UnsentItem';

/** What was written here and not sent, while the conversation itself cannot be shown. */
export function KeptMessages({ conversationId }: { conversationId: string | null }) {
  const { t } = useTranslation();
  const { hub } = useWorkspace();
  const live = useHubStatus().state === 'live';
  const locale = useLocale();
  const items = useOutbox().filter((item) => item.name === 'chat.send' && (conversationId === null || item.payload.conversation_id === conversationId));
  if (items.length === 0) return null;
  return (
    <section className={classes.kept} aria-label={t('chat.list.unsent')}>
      <p className={classes.keptLead}>{t('connection.waitingText')}</p>
      <ol>
        {items.map((item) => item.name === 'chat.send' && (
          <li key={item.cid}><UnsentItem item={item} live={live} quote={null} locale={locale} onRetry={(cid) => { hub.retry(cid); }} onDiscard={(cid) => { hub.discard(cid); }} /></li>
        ))}
      </ol>
    </section>
  );
}
