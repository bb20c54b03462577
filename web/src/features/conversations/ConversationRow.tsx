import { IconAlertCircle, IconClock, IconUsers } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useLocale } from '../../app/useLocale';
import { briefTime, count } from '../../ui/format';
import { PersonAvatar } from '../../ui/PersonAvatar';
import classes from './Conversations.module.css';
import type { ConversationRowView } from './useConversationList';

export function ConversationRow({ row }: { row: ConversationRowView }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const { conversation, title, other, status, preview, unsent } = row;
  return (
    <NavLink to={`/conversations/${conversation.conversation_id}`} className={classes.row ?? ''} data-unread={conversation.unread > 0 || undefined}>
      {other ? <PersonAvatar name={other.name} seed={other.user_id} status={status} size={46} /> : <span className={classes.group}><IconUsers size={22} aria-hidden="true" /></span>}
      <span className={classes.text}>
        <span className={classes.line}>
          <span className={classes.name}><bdi>{title}</bdi></span>
          <time className={classes.time} dateTime={row.at}>{briefTime(row.at, new Date(), locale)}</time>
        </span>
        <span className={classes.line}>
          <span className={classes.preview} data-kind={preview.kind}><bdi>{preview.text}</bdi></span>
          {unsent && (unsent === 'refused'
            ? <IconAlertCircle size={18} className={classes.alarm} aria-label={t('chat.unsent.refused')} />
            : <IconClock size={17} className={classes.waits} aria-label={t('chat.list.unsent')} />)}
          {conversation.unread > 0 && (
            <span className={classes.badge}>
              <span aria-hidden="true">{count(conversation.unread, i18n.language)}</span>
              <span className="cw-hidden">{t('chat.list.unread', { count: conversation.unread })}</span>
            </span>
          )}
        </span>
        {other && <span className="cw-hidden">{t(`status.${status ?? 'offline'}`)}</span>}
      </span>
    </NavLink>
  );
}
