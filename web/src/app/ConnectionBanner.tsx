import { UnstyledButton } from '@mantine/core';
import { IconCloudOff, IconLoader2, IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '../ui/Announcer';
import classes from './ConnectionBanner.module.css';
import { useHubStatus, useOutbox, useWorkspace } from './workspace/WorkspaceContext';

/** A short interruption is not worth a word. */
const PATIENCE_MS = 1_500;

/** Says, only when it is so, that the connection is away and how much waits for it. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const { hub } = useWorkspace();
  const status = useHubStatus();
  const waiting = useOutbox().filter((item) => item.state !== 'refused').length;
  const shown = useLasting(status.state !== 'live');
  const announce = useAnnounce();
  const was = useRef(false);
  const text = t(`connection.${status.state === 'live' ? 'reconnecting' : status.state}`);

  useEffect(() => {
    if (shown) announce(text);
    else if (was.current) announce(t('connection.back'));
    was.current = shown;
  }, [shown, text, announce, t]);

  if (!shown) return null;
  const Icon = status.state === 'refused' ? IconPlugConnectedX : status.state === 'offline' ? IconCloudOff : IconLoader2;
  return (
    <section className={classes.banner} data-state={status.state} aria-label={t('connection.waitingTitle')} data-testid="connection-banner">
      <Icon size={18} className={Icon === IconLoader2 ? classes.turning : undefined} aria-hidden="true" />
      <span>{text}</span>
      {waiting > 0 && <span className={classes.waiting}>{t('connection.unsent', { count: waiting })}</span>}
      {status.state === 'refused' && <UnstyledButton className={classes.again} onClick={() => { hub.connect(); }}>{t('action.retry')}</UnstyledButton>}
    </section>
  );
}

function useLasting(on: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLasting(on); }, on ? PATIENCE_MS : 0);
    return () => { clearTimeout(timer); };
  }, [on]);
  return lasting;
}
