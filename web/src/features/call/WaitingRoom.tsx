import { Button } from '@mantine/core';
import { IconPhoneOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import { partyOf } from '../../state';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { useTask } from '../../ui/useTask';
import { Whole } from './CallPage';
import classes from './CallPage.module.css';
import { Preview } from './Preview';

/** Accepted, and not in yet: the host lets people in one by one. */
export function WaitingRoom({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const leave = useTask(calls.leave);
  const host = partyOf(call, call.host_id)?.person;
  return (
    <Whole>
      <div className={classes.waitCard} data-testid="waiting-room">
        {call.kind !== 'chat' && <Preview />}
        {call.kind === 'chat' && host && <span className={classes.calm}><PersonAvatar name={host.name} seed={host.user_id} size={84} /></span>}
        <h1 className={classes.title}>{t('calls.waiting.title')}</h1>
        <p className={classes.lead} role="status">{host ? t('calls.waiting.text', { name: host.name }) : t('calls.waiting.textNobody')}</p>
        <Button variant="light" color="red" leftSection={<IconPhoneOff size={18} />} loading={leave.busy} onClick={() => void leave.run(call.call_id)}>{t('calls.leave')}</Button>
      </div>
    </Whole>
  );
}
