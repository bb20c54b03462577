import { Button, Loader } from '@mantine/core';
import { IconDeviceMobile, IconPhoneOff, IconPhoneX } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import { seated } from '../../state';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { usePageTitle } from '../../ui/usePageTitle';
import { useTask } from '../../ui/useTask';
import classes from './CallPage.module.css';
import { CallRoom } from './CallRoom';
import { EndedCall } from './EndedCall';
import { useCall } from './useCall';
import { WaitingRoom } from './WaitingRoom';

/** One call: on its way, waiting to be let in, here, on another device, or over. */
export function CallPage() {
  const { callId = '' } = useParams();
  return <OneCall key={callId} callId={callId} />;
}

function OneCall({ callId }: { callId: string }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const errorText = useErrorText();
  const taking = useTaking();
  const { call, mine, session } = useCall(callId);
  const [error, setError] = useState<unknown>(null);
  usePageTitle(t('calls.title'));
  useEffect(() => {
    let over = false;
    calls.fetch(callId).catch((reason: unknown) => { if (!over) setError(reason); });
    return () => { over = true; };
  }, [calls, callId]);

  if (!call && error !== null) {
    return <Whole><StatePanel page role="alert" tone="danger" icon={<IconPhoneX />} title={t('calls.missing')}>{errorText(error)}</StatePanel><Home /></Whole>;
  }
  if (!call) return <Whole><Loader type="dots" role="img" aria-label={t('app.loading')} /></Whole>;
  const entering = taking?.callId === callId && taking.phase === 'entering';
  if (call.state === 'ended' || mine?.state === 'gone') return <EndedCall call={call} mine={mine} />;
  if (session && mine) return <CallRoom call={call} mine={mine} session={session} />;
  if (mine?.state === 'waiting') return <WaitingRoom call={call} />;
  if (taking?.callId === callId && taking.phase === 'failed') {
    return <Whole><StatePanel page role="alert" tone="danger" icon={<IconPhoneX />} title={t('calls.failedToEnter')} action={{ label: t('action.retry'), onClick: () => void calls.enter(callId).catch(() => undefined) }}>{errorText(taking.error)}</StatePanel></Whole>;
  }
  if (entering) return <Whole><Loader type="dots" role="img" aria-label={t('calls.entering')} /></Whole>;
  if (seated(mine)) return <Elsewhere call={call} />;
  if (mine?.state === 'ringing') return <Ringing call={call} />;
  return <Whole><StatePanel page icon={<IconPhoneX />} title={t('calls.missing')} /><Home /></Whole>;
}

/** The call goes on with another device, or another tab. */
function Elsewhere({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const move = useTask(calls.enter);
  const leave = useTask(calls.leave);
  return (
    <Whole>
      <StatePanel page icon={<IconDeviceMobile />} title={t('calls.other.title')}>{t('calls.other.text')}</StatePanel>
      <FormAlert error={move.error ?? leave.error} />
      <div className={classes.buttons}>
        <Button loading={move.busy} onClick={() => void move.run(call.call_id)}>{t('calls.bar.move')}</Button>
        <Button variant="light" color="red" leftSection={<IconPhoneOff size={18} />} loading={leave.busy} onClick={() => void leave.run(call.call_id)}>{t('calls.leave')}</Button>
      </div>
    </Whole>
  );
}

/** Somebody came here by a link while it rings: the card in the corner answers. */
function Ringing({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const answer = useTask(calls.answer);
  return (
    <Whole>
      <StatePanel page icon={<IconDeviceMobile />} title={t(`calls.kind.${call.kind}`)} />
      <FormAlert error={answer.error} />
      <Button loading={answer.busy} onClick={() => void answer.run(call.call_id, { microphone: true, camera: call.kind === 'video' })}>{t('calls.incoming.answer')}</Button>
    </Whole>
  );
}

function Home() {
  const { t } = useTranslation();
  return <Button component={Link} to="/conversations" variant="light">{t('lost.home')}</Button>;
}

export function Whole({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  return <div ref={ref} className={classes.whole}>{children}</div>;
}
