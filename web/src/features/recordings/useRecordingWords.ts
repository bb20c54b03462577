import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CALL_REASON_VALUES, MEDIA_PATH_VALUES, PATH_REASON_VALUES, STOP_REASON_VALUES, type PersonView } from '../../contract';
import { clock } from '../call/useCall';
import { CAUSES, WHATS, type Gap } from './gaps';
import type { Entry } from './timeline';

const MEDIA = ['audio.on', 'audio.off', 'camera.on', 'camera.off', 'screen.on', 'screen.off', 'held.on', 'held.off'] as const;
const CONSENT = ['asked', 'agreed', 'refused'] as const;

/** What an event of the timeline is called, and who it is about. */
export function useEntryText(people: readonly PersonView[]): { nameOf: (userId: string | null) => string; textOf: (entry: Entry) => string } {
  const { t, i18n } = useTranslation();
  const names = useMemo(() => new Map(people.map((person) => [person.user_id, person.name || t(`role.${person.role}`)])), [people, t]);
  const nameOf = useCallback((userId: string | null) => (userId === null ? '' : (names.get(userId) ?? t('recordings.somebody'))), [names, t]);
  const textOf = useCallback((entry: Entry): string => {
    const name = nameOf(entry.userId);
    const [first = '', second = ''] = entry.detail.split('.');
    switch (entry.kind) {
      case 'message': return entry.detail === 'deleted' ? t('recordings.event.messageDeleted', { name }) : `${name}: ${entry.text}`;
      case 'bookmark': return entry.text || t('recordings.event.bookmark');
      case 'joined': return t('recordings.event.joined', { name });
      case 'left': {
        const reason = CALL_REASON_VALUES.find((one) => one === entry.detail);
        return reason === 'failed' ? t('recordings.event.lost', { name }) : t('recordings.event.left', { name });
      }
      case 'path': {
        const path = MEDIA_PATH_VALUES.find((one) => one === first);
        const reason = PATH_REASON_VALUES.find((one) => one === second);
        return [path && t(`recordings.path.${path}`), reason && t(`recordings.pathReason.${reason}`)].filter(Boolean).join(' ');
      }
      case 'media': {
        const change = MEDIA.find((one) => one === entry.detail);
        return change ? t(`recordings.media.${change}`, { name }) : name;
      }
      case 'consent': {
        const answer = CONSENT.find((one) => one === entry.detail);
        return answer === 'asked' || !answer ? t('recordings.consent.asked') : t(`recordings.consent.${answer}`, { name });
      }
      case 'gap': {
        const [cause, what] = [CAUSES.find((one) => one === first), WHATS.find((one) => one === second)];
        return cause && what ? t('recordings.gap.entry', { name, what: t(`recordings.gap.what.${what}`), why: t(`recordings.gap.why.${cause}`), time: clock(Math.round((entry.length ?? 0) / 1000), i18n.language) }) : name;
      }
      case 'recording': {
        const reason = STOP_REASON_VALUES.find((one) => one === second);
        return reason ? t(`recordings.stopped.${reason}`, { name: name || t('recordings.somebody') }) : t('recordings.event.started');
      }
    }
  }, [nameOf, t, i18n.language]);
  return { nameOf, textOf };
}

/** What is missing, and why. */
export function useGapText(): (gap: Gap) => string {
  const { t } = useTranslation();
  return useCallback((gap: Gap) => t('recordings.gap.short', { what: t(`recordings.gap.what.${gap.what}`), why: t(`recordings.gap.why.${gap.cause}`) }), [t]);
}

/** Milliseconds as a clock, in the digits of the language. */
export function useClock(): (ms: number) => string {
  const { i18n } = useTranslation();
  return useCallback((ms: number) => clock(Math.floor(Math.max(0, ms) / 1000), i18n.language), [i18n.language]);
}

/** Bytes in the unit a person would use. */
export function useSize(): (bytes: number) => string {
  const { i18n } = useTranslation();
  return useCallback((bytes: number) => {
    const [unit, value] = bytes >= 1e9 ? ['gigabyte', bytes / 1e9] as const : ['megabyte', bytes / 1e6] as const;
    return new Intl.NumberFormat(i18n.language, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  }, [i18n.language]);
}
