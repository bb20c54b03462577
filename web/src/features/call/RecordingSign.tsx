import { IconPlayerRecordFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../contract';
import { seated } from '../../state';
import classes from './CallRoom.module.css';

/** Visible to everybody for as long as it is recorded, asked, or has failed. */
export function RecordingSign({ call }: { call: CallView }) {
  const { t } = useTranslation();
  if (call.recording === 'off') return null;
  const pending = call.parties.filter((party) => seated(party) && party.consent === 'asked').map((party) => party.person.name).join(', ');
  const text = call.recording === 'asking' && pending !== '' ? t('calls.recording.waitingFor', { names: pending }) : t(`calls.recording.${call.recording}`);
  return <p className={classes.recording} data-recording={call.recording} role="status" data-testid="recording-sign"><IconPlayerRecordFilled size={15} aria-hidden="true" /><span>{text}</span></p>;
}
