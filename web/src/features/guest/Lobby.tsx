import { Button, Loader, TextInput } from '@mantine/core';
import { IconVideo } from '@tabler/icons-react';
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceId } from '../../app/session/device';
import { send } from '../../app/session/rest';
import { useLocale } from '../../app/useLocale';
import { useWorkspace, WorkspaceValue } from '../../app/workspace/WorkspaceContext';
import { Workspace } from '../../app/workspace/workspace';
import type { GuestInvitation, GuestJoined } from '../../contract';
import { createHub, HubError, memoryStore } from '../../hub';
import { FormAlert } from '../../ui/FormAlert';
import { fullTime } from '../../ui/format';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { usePageTitle } from '../../ui/usePageTitle';
import { useTask } from '../../ui/useTask';
import { DeviceForm } from '../call/DeviceForm';
import { Preview } from '../call/Preview';
import classes from './Guest.module.css';
import { NoInvitation } from './GuestEndings';
import { GuestFrame } from './GuestFrame';
import type { DeviceWish } from './GuestPage';

interface LobbyProps {
  secret: string;
  onJoined: (joined: GuestJoined, wish: DeviceWish) => void;
}

/** Before the call: who invites, what one is called, and whether one is seen and heard. Looking does not use the link up. */
export function Lobby({ secret, onJoined }: LobbyProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [invitation, setInvitation] = useState<GuestInvitation | null>(null);
  const look = useTask(useCallback(async () => { setInvitation(await send<GuestInvitation>('POST', '/guest/look', { secret })); }, [secret]));
  const { run } = look;
  useEffect(() => { void run(); }, [run]);
  usePageTitle(t('guest.title'));
  const spent = look.error instanceof HubError && (look.error.code === 'link_spent' || look.error.code === 'invalid');
  if (spent) return <NoInvitation spent />;
  if (look.error) return <GuestFrame><StatePanel page role="alert" tone="danger" icon={<IconVideo />} title={t('guest.failed')} action={{ label: t('action.retry'), onClick: () => void run() }}>{errorText(look.error)}</StatePanel></GuestFrame>;
  if (!invitation) return <GuestFrame><Loader type="dots" role="img" aria-label={t('app.loading')} /></GuestFrame>;
  return <WithDevices><Form invitation={invitation} secret={secret} onJoined={onJoined} /></WithDevices>;
}

/** Devices belong to a workspace; this one never connects. */
function WithDevices({ children }: { children: ReactNode }) {
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  useEffect(() => {
    const hub = createHub({ url: location.origin, deviceId: deviceId(), store: memoryStore(), token: () => Promise.reject(new Error('not joined')) });
    const next = new Workspace(hub, '', { onAccountChanged: () => undefined }, deviceId(), true);
    setWorkspace(next);
    return () => {
      next.calls.stop();
      hub.close();
    };
  }, []);
  return workspace && <WorkspaceValue value={workspace}>{children}</WorkspaceValue>;
}

function Form({ invitation, secret, onJoined }: LobbyProps & { invitation: GuestInvitation }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const locale = useLocale();
  const [name, setName] = useState('');
  useEffect(() => {
    void calls.local.start({ microphone: true, camera: true });
    return () => { calls.local.stop(); };
  }, [calls]);
  const join = useTask(useCallback(async () => {
    const joined = await send<GuestJoined>('POST', '/guest/join', { secret, name: name.trim(), device_id: deviceId() });
    const { muted, video } = calls.local.view;
    onJoined(joined, { microphone: !muted, camera: video !== null });
  }, [secret, name, calls, onJoined]));
  if (join.error instanceof HubError && (join.error.code === 'link_spent' || join.error.code === 'call_over')) return <NoInvitation spent />;
  return (
    <GuestFrame wide>
      <div className={classes.check} data-testid="guest-lobby">
        <Preview />
        <form className={classes.form} onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void join.run();
        }}>
          <h1 className={classes.title}>{invitation.host_name ? t('guest.invited', { name: invitation.host_name }) : t('guest.invitedByNobody')}</h1>
          <p className={classes.lead}>{t('guest.lead')}</p>
          <FormAlert error={join.error} />
          <TextInput label={t('guest.name')} description={t('guest.nameHint')} required maxLength={80} autoComplete="name" value={name} onChange={(event) => { setName(event.currentTarget.value); }} />
          <DeviceForm camera />
          <div className={classes.go}><Button type="submit" size="lg" leftSection={<IconVideo size={21} />} loading={join.busy} disabled={name.trim() === ''}>{t('guest.join')}</Button></div>
          <p className={classes.small}>{t('guest.once', { when: fullTime(invitation.expires_at, locale) })}</p>
        </form>
      </div>
    </GuestFrame>
  );
}
