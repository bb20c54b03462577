import { Badge, Button, Skeleton } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import type { SessionView } from '../../contract';
import { fullTime } from '../../ui/format';
import { FormAlert } from '../../ui/FormAlert';
import classes from './Settings.module.css';
import { useSessions } from './useSessions';

export function SessionsSection() {
  const { t } = useTranslation();
  const { sessions, error, busy, revoke, revokeOthers } = useSessions();
  return (
    <section className={classes.card} aria-label={t('settings.sessions.title')}>
      <h2>{t('settings.sessions.title')}</h2>
      <p className={classes.lead}>{t('settings.sessions.lead')}</p>
      <FormAlert error={error} />
      {sessions === null && !error && <Skeleton height={60} />}
      <ul className={classes.devices}>
        {sessions?.map((session) => <Device key={session.session_id} session={session} busy={busy} onRevoke={() => { revoke(session.session_id); }} />)}
      </ul>
      {sessions !== null && sessions.length > 1 && <div className={classes.end}><Button size="sm" color="red" variant="light" loading={busy} onClick={revokeOthers}>{t('settings.sessions.revokeOthers')}</Button></div>}
    </section>
  );
}

function Device({ session, busy, onRevoke }: { session: SessionView; busy: boolean; onRevoke: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const Glyph = session.client === 'mobile' || /Android|iOS/.test(session.device_name) ? IconDeviceMobile : IconDeviceDesktop;
  const name = session.device_name || t('settings.sessions.unnamed');
  return (
    <li className={classes.device}>
      <Glyph size={26} stroke={1.6} className={classes.deviceIcon} aria-hidden="true" />
      <span className={classes.deviceText}>
        <span className={classes.deviceName}>{name}</span>
        <span className={classes.lead}>{t('settings.sessions.seen', { when: fullTime(session.last_seen_at, locale) })}</span>
      </span>
      {session.current
        ? <Badge variant="light">{t('settings.sessions.current')}</Badge>
        : <Button size="xs" variant="default" disabled={busy} aria-label={t('settings.sessions.revokeLabel', { device: name })} onClick={onRevoke}>{t('settings.sessions.revoke')}</Button>}
    </li>
  );
}
