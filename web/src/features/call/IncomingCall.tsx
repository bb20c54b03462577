import { Button } from '@mantine/core';
import { IconMessageCircle, IconPhone, IconPhoneOff, IconVideo } from '@tabler/icons-react';
import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallRang, CallView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { useTask } from '../../ui/useTask';
import classes from './CallLayer.module.css';
import { useSound, useTabTitle } from './useRinging';

/** Somebody calls. With a call on already, answering ends it first. */
export function IncomingCall({ ring, inCall }: { ring: CallRang; inCall: CallView | undefined }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const navigate = useNavigate();
  const busy = inCall !== undefined && inCall.call_id !== ring.call_id;
  const hereInCall = useTaking()?.phase === 'in';
  const card = useRef<HTMLElement>(null);
  const name = ring.caller.name || t(`role.${ring.caller.role}`);
  const title = t(`calls.incoming.${ring.kind}`, { name });
  useSound(busy || hereInCall ? 'waiting' : 'ring');
  useTabTitle(title);
  useEffect(() => {
    // Never out of a field that somebody writes in: the next key would answer or decline.
    const active = document.activeElement;
    if (!active || active === document.body || active.id === 'content') card.current?.focus({ preventScroll: true });
  }, []);
  const answer = useTask(useCallback(async (camera: boolean) => {
    if (busy) await calls.leave(inCall.call_id);
    const going = calls.answer(ring.call_id, { microphone: true, camera });
    void navigate(`/call/${ring.call_id}`);
    await going;
  }, [busy, calls, inCall, navigate, ring.call_id]));
  const decline = useTask(calls.decline);
  const take = (camera: boolean) => void answer.run(camera);
  const icon = ring.kind === 'chat' ? <IconMessageCircle size={19} /> : <IconPhone size={19} />;
  return (
    <section ref={card} className={classes.incoming} tabIndex={-1} aria-label={title} data-testid="incoming-call" data-waiting={busy || undefined}>
      <span className={classes.pulse}><PersonAvatar name={name} seed={ring.caller.user_id} size={56} /></span>
      <div className={classes.words} role="alert">
        <strong className={classes.caller}><bdi>{name}</bdi></strong>
        <span className={classes.kind}>{t(`role.${ring.caller.role}`)} · {t(`calls.kind.${ring.kind}`)}{ring.title !== '' && <> · <bdi>{ring.title}</bdi></>}</span>
        {busy && <span className={classes.kind}>{t('calls.incoming.busy')}</span>}
      </div>
      <div className={classes.answers}>
        <FormAlert error={answer.error ?? decline.error} />
        {ring.kind === 'video' && <Button leftSection={<IconVideo size={19} />} loading={answer.busy} onClick={() => { take(true); }}>{t(busy ? 'calls.incoming.endAndVideo' : 'calls.incoming.withVideo')}</Button>}
        <Button variant={ring.kind === 'video' ? 'light' : 'filled'} leftSection={icon} loading={answer.busy} onClick={() => { take(false); }}>
          {t(busy ? 'calls.incoming.endAndAnswer' : ring.kind === 'video' ? 'calls.incoming.withAudio' : 'calls.incoming.answer')}
        </Button>
        <Button color="red" variant="light" leftSection={<IconPhoneOff size={19} />} disabled={answer.busy} onClick={() => void decline.run(ring.call_id)}>{t('calls.incoming.decline')}</Button>
      </div>
    </section>
  );
}
