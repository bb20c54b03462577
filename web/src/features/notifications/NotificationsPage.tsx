import { Button, Skeleton } from '@mantine/core';
import { IconBell, IconBellOff, IconChecks, IconHeartHandshake, IconLock, IconMessageCircle, IconPhoneIncoming, IconUserCircle, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useLocale } from '../../app/useLocale';
import { useNotifications, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { NotificationCategory, NotificationView } from '../../contract';
import { briefTime, fullTime } from '../../ui/format';
import { Page } from '../../ui/Page';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import classes from './Notifications.module.css';
import { useNotificationText } from './useNotificationText';

const ICONS: Record<NotificationCategory, Icon> = { conversation: IconMessageCircle, relationship: IconHeartHandshake, account: IconUserCircle, security: IconLock, call: IconPhoneIncoming };

export function NotificationsPage() {
  const { t } = useTranslation();
  const { inbox } = useWorkspace();
  const loaded = useNotifications();
  const unread = loaded.phase === 'ready' ? loaded.value.unread : 0;
  const all = unread > 0 && <Button size="sm" variant="light" leftSection={<IconChecks size={18} />} onClick={inbox.readAll}>{t('notifications.readAll')}</Button>;
  return (
    <Page title={t('notifications.title')} lead={loaded.phase === 'ready' ? t('notifications.unread', { count: unread }) : undefined} action={all}>
      <Content />
    </Page>
  );
}

function Content() {
  const { t } = useTranslation();
  const { inbox } = useWorkspace();
  const errorText = useErrorText();
  const loaded = useNotifications();
  if (loaded.phase === 'loading') return <div role="status" aria-label={t('app.loading')}>{[0, 1, 2, 3].map((key) => <Skeleton key={key} height={60} mt="sm" radius="md" />)}</div>;
  if (loaded.phase === 'failed') {
    return <StatePanel role="alert" tone="danger" icon={<IconBellOff />} title={t('notifications.failed')} action={{ label: t('action.retry'), onClick: () => void inbox.load() }}>{errorText(loaded.error)}</StatePanel>;
  }
  if (loaded.value.items.length === 0) return <StatePanel icon={<IconBell />} title={t('notifications.emptyTitle')}>{t('notifications.emptyText')}</StatePanel>;
  return (
    <>
      <ul className={classes.items}>{loaded.value.items.map((item) => <li key={item.n}><Item item={item} /></li>)}</ul>
      {loaded.value.more && <Button variant="subtle" fullWidth mt="sm" onClick={() => void inbox.older().catch(() => undefined)}>{t('action.more')}</Button>}
    </>
  );
}

function Item({ item }: { item: NotificationView }) {
  const { t } = useTranslation();
  const { inbox } = useWorkspace();
  const locale = useLocale();
  const navigate = useNavigate();
  const words = useNotificationText(item);
  const Glyph = ICONS[item.category];
  const open = () => {
    if (!item.read) inbox.read([item.n]);
    // Only paths of this client: a link can never lead to another site.
    if (/^\/(?!\/)/.test(item.link)) void navigate(item.link);
  };
  return (
    <button type="button" className={classes.item} data-unread={!item.read || undefined} onClick={open}>
      <span className={classes.icon} aria-hidden="true"><Glyph size={20} stroke={1.8} /></span>
      <span className={classes.text}>
        <span className={classes.title}>{words.title}{!item.read && <span className="cw-hidden"> ({t('notifications.isUnread')})</span>}</span>
        {words.body !== '' && <span className={classes.body}>{words.body}</span>}
      </span>
      <time className={classes.time} dateTime={item.at} title={fullTime(item.at, locale)}>{briefTime(item.at, new Date(), locale)}</time>
      {!item.read && <span className={classes.dot} aria-hidden="true" />}
    </button>
  );
}
