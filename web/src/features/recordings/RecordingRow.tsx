import { IconClock, IconLock, IconPlayerPlayFilled, IconTrashX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLocale } from '../../app/useLocale';
import type { RecordingView } from '../../contract';
import { fullDate, fullTime } from '../../ui/format';
import { PersonAvatar } from '../../ui/PersonAvatar';
import classes from './Recordings.module.css';
import { StatusBadge } from './StatusBadge';
import { useClock } from './useRecordingWords';

/** One visit: who, when, how long, and how long it is kept. */
export function RecordingRow({ recording }: { recording: RecordingView }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const clock = useClock();
  const { people, status } = recording;
  const ready = status === 'ready';
  const names = people.map((person) => person.name || t(`role.${person.role}`)).join(', ');
  return (
    <Link to={`/recordings/${recording.recording_id}`} className={classes.row} data-testid="recording" data-status={status}>
      <span className={classes.faces}>
        {people.slice(0, 3).map((person) => <PersonAvatar key={person.user_id} name={person.name} seed={person.user_id} size={44} />)}
      </span>
      <span className={classes.words}>
        <span className={classes.names}><bdi>{names}</bdi></span>
        <span className={classes.meta}>
          <time dateTime={recording.started_at}>{fullTime(recording.started_at, locale)}</time>
          {(ready || status === 'finishing') && <span className={classes.fact}><IconClock size={15} aria-hidden="true" />{clock(recording.duration_ms)}</span>}
        </span>
        {(recording.legal_hold || recording.delete_after !== null) && (
          <span className={classes.meta}>
            {recording.legal_hold
              ? <span className={classes.fact}><IconLock size={15} aria-hidden="true" />{t('recordings.held')}</span>
              : recording.delete_after !== null && <span className={classes.fact}><IconTrashX size={15} aria-hidden="true" />{t('recordings.deletedOn', { date: fullDate(recording.delete_after, locale) })}</span>}
          </span>
        )}
      </span>
      <StatusBadge status={status} />
      {ready && <span className={classes.play} aria-hidden="true"><IconPlayerPlayFilled size={18} /></span>}
    </Link>
  );
}
