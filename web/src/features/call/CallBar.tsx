import { Button } from '@mantine/core';
import { IconArrowBackUp, IconDeviceMobile, IconPhoneCall, IconPhoneOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import { secondsOf } from '../../state';
import { useTask } from '../../ui/useTask';
import classes from './CallLayer.module.css';
import { clock, useSeconds } from './useCall';

/** You are in a call, and not looking at it: back to it, here from another device, or out of it. */
export function CallBar({ call }: { call: CallView }) {
  const { t, i18n } = useTranslation();
  const { calls, me } = useWorkspace();
  const navigate = useNavigate();
  const taking = useTaking();
  const here = taking?.callId === call.call_id && (taking.phase === 'in' || taking.phase === 'entering');
  const now = useSeconds(true);
  const move = useTask(calls.enter);
  const leave = useTask(calls.leave);
  const names = call.parties.filter((party) => party.person.user_id !== me && party.state !== 'gone').map((party) => party.person.name).join(', ');
  const enter = () => void move.run(call.call_id).then((done) => { if (done) void navigate(`/call/${call.call_id}`); });
  return (
    <section className={classes.bar} aria-label={t('calls.bar.label')} data-testid="call-bar">
      <IconPhoneCall size={19} aria-hidden="true" />
      <span className={classes.barText}>
        {t(here ? 'calls.bar.here' : 'calls.bar.elsewhere')} <bdi className={classes.barNames}>{names}</bdi>
        {call.answered_at !== null && <span className={classes.barTime}>{clock(secondsOf(call, now), i18n.language)}</span>}
      </span>
      {here
        ? <Button component={Link} to={`/call/${call.call_id}`} size="compact-md" variant="white" color="dark" leftSection={<IconArrowBackUp size={17} className="cw-flip" />}>{t('calls.bar.return')}</Button>
        : <Button size="compact-md" variant="white" color="dark" loading={move.busy} leftSection={<IconDeviceMobile size={17} />} onClick={enter}>{t('calls.bar.move')}</Button>}
      <Button size="compact-md" color="red.9" loading={leave.busy} leftSection={<IconPhoneOff size={17} />} onClick={() => void leave.run(call.call_id)}>{t('calls.leave')}</Button>
    </section>
  );
}
