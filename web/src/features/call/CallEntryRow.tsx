import { Anchor } from '@mantine/core';
import { IconMessageCircle, IconPhone, IconPhoneX, IconVideo } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useMatch } from 'react-router';
import type { CallEntry } from '../../state';
import { clockTime, fullTime, type Locale } from '../../ui/format';
import classes from './CallEntryRow.module.css';
import { clock } from './useCall';

type Outcome = 'ongoing' | 'done' | 'missedByMe' | 'missedByThem' | 'declined' | 'busy' | 'cancelled' | 'failed';

/** How a call went, for the one who looks at it. */
export function outcomeOf(entry: CallEntry, me: string): Outcome {
  if (entry.ended === null) return 'ongoing';
  const { reason, seconds } = entry.ended;
  if (seconds > 0 || reason === 'ended') return 'done';
  if (reason === 'missed' || reason === 'cancelled') return entry.by === me ? (reason === 'missed' ? 'missedByThem' : 'cancelled') : 'missedByMe';
  return reason === 'declined' || reason === 'busy' || reason === 'failed' ? reason : 'done';
}

/** A call among the messages. */
export function CallEntryRow({ entry, conversationId, me, locale, writable }: { entry: CallEntry; conversationId: string; me: string; locale: Locale; writable: boolean }) {
  const { t, i18n } = useTranslation();
  const looking = useMatch('/call/:callId')?.params.callId === entry.callId;
  const outcome = outcomeOf(entry, me);
  const Glyph = outcome === 'missedByMe' || outcome === 'failed' ? IconPhoneX : entry.kind === 'video' ? IconVideo : entry.kind === 'chat' ? IconMessageCircle : IconPhone;
  const text = t(`calls.entry.${outcome}`, { kind: t(`calls.kind.${entry.kind}`), time: clock(entry.ended?.seconds ?? 0, i18n.language) });
  return (
    <div className={classes.entry} data-outcome={outcome} data-testid="call-entry">
      <Glyph size={18} aria-hidden="true" />
      <span>{text}</span>
      <time className={classes.time} dateTime={entry.at} title={fullTime(entry.at, locale)}>{clockTime(entry.at, locale)}</time>
      {outcome === 'ongoing' && !looking && <Anchor component={Link} to={`/call/${entry.callId}`} size="sm" fw={600}>{t('calls.entry.join')}</Anchor>}
      {outcome === 'missedByMe' && writable && <Anchor component={Link} to={`/call/new/${conversationId}?kind=${entry.kind}`} size="sm" fw={600}>{t('calls.entry.again')}</Anchor>}
    </div>
  );
}
