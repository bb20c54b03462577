import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import type { PersonView, PresenceView } from '../../contract';
import { briefTime, clockTime, dayOf } from '../../ui/format';

/** Presence in words: the role, then how the person can be reached, with a clinician's own note. */
export function PresenceText({ person, presence }: { person?: PersonView; presence: PresenceView | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const status = presence?.status ?? 'offline';
  let words = t(`status.${status}`);
  if (presence?.note) words = t('status.note', { status: words, note: presence.note });
  else if (status === 'offline' && presence?.last_seen_at != null) {
    const now = new Date();
    const day = dayOf(presence.last_seen_at, now, locale);
    const clock = clockTime(presence.last_seen_at, locale);
    const when = 'relative' in day ? `${t(`day.${day.relative}`)}, ${clock}` : briefTime(presence.last_seen_at, now, locale);
    words = t('status.lastSeen', { when });
  }
  return <>{person ? `${t(`role.${person.role}`)} · ` : ''}{words}</>;
}
