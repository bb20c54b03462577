import { Button, Loader } from '@mantine/core';
import { IconPhoneX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionState } from '../../app/session/SessionContext';
import { keptCall } from '../../app/workspace/rejoin';
import { useHubStatus, useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { partyOf } from '../../state';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { usePageTitle } from '../../ui/usePageTitle';
import { CallAudio } from '../call/CallAudio';
import { CallRoom } from '../call/CallRoom';
import { ConsentModal } from '../call/ConsentModal';
import { useCall } from '../call/useCall';
import { WaitingRoom } from '../call/WaitingRoom';
import classes from './Guest.module.css';
import type { Ending } from './GuestEndings';
import { GuestFrame } from './GuestFrame';
import type { DeviceWish } from './GuestPage';

interface GuestCallProps {
  callId: string;
  /** Null after a reload. */
  wish: DeviceWish | null;
  onOver: (ending: Ending) => void;
}

/** In the waiting room, then in the call: the same screens as everybody's. */
export function GuestCall({ callId, wish, onOver }: GuestCallProps) {
  const { t } = useTranslation();
  const { calls, me } = useWorkspace();
  const errorText = useErrorText();
  const { phase } = useSessionState();
  const live = useHubStatus().state === 'live';
  const taking = useTaking();
  const { call, mine, session } = useCall(callId);
  const entered = useRef(false);
  const seen = useRef(false);
  usePageTitle(t('calls.title'));

  useEffect(() => {
    // After a reload of the call, the workspace comes back into it by itself.
    if (!live || entered.current || taking || keptCall()?.callId === callId) return;
    entered.current = true;
    calls.local.mute(wish?.microphone === false);
    void calls.local.start({ microphone: true, camera: wish?.camera ?? true });
    void calls.enter(callId).catch(() => undefined);
  }, [live, taking, calls, callId, wish]);
  useEffect(() => { if (session) seen.current = true; }, [session]);
  useEffect(() => {
    const seat = call && partyOf(call, me);
    if (phase === 'signed_out') onOver('over');
    else if (call?.state === 'ended') onOver('over');
    else if (seat?.state === 'gone') onOver(!seen.current && seat.ended === 'declined' ? 'refused' : 'over');
  }, [phase, call, me, onOver]);

  if (taking?.phase === 'failed') {
    return <GuestFrame><StatePanel page role="alert" tone="danger" icon={<IconPhoneX />} title={t('calls.failedToEnter')} action={{ label: t('action.retry'), onClick: () => void calls.enter(callId).catch(() => undefined) }}>{errorText(taking.error)}</StatePanel></GuestFrame>;
  }
  if (taking?.phase === 'replaced') {
    return <GuestFrame><StatePanel page icon={<IconPhoneX />} title={t('calls.other.title')}>{t('calls.other.text')}</StatePanel><Button onClick={() => void calls.enter(callId).catch(() => undefined)}>{t('calls.bar.move')}</Button></GuestFrame>;
  }
  if (call && mine && session) {
    return (
      <main id="content" className={classes.room}>
        <CallRoom call={call} mine={mine} session={session} />
        <CallAudio session={session} />
        {mine.consent === 'asked' && <ConsentModal call={call} />}
      </main>
    );
  }
  if (call && mine?.state === 'waiting') return <GuestFrame><WaitingRoom call={call} /></GuestFrame>;
  return <GuestFrame><Loader type="dots" role="img" aria-label={t('calls.entering')} /></GuestFrame>;
}
