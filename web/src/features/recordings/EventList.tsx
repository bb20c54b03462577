import { IconAntennaBarsOff, IconBookmark, IconFileCheck, IconLogin2, IconLogout2, IconMessageCircle, IconMicrophone, IconPlayerRecord, IconRoute, type Icon } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Review.module.css';
import { currentEntry, type Entry, type EntryKind } from './timeline';
import { useClock } from './useRecordingWords';

const ICONS: Readonly<Record<EntryKind, Icon>> = {
  message: IconMessageCircle, joined: IconLogin2, left: IconLogout2, path: IconRoute, media: IconMicrophone, consent: IconFileCheck, recording: IconPlayerRecord, bookmark: IconBookmark, gap: IconAntennaBarsOff,
};
/** Whoever scrolled by hand is left alone for this long. */
const HANDS_OFF_MS = 5_000;

interface EventListProps {
  entries: readonly Entry[];
  at: number;
  onSeek: (ms: number) => void;
  textOf: (entry: Entry) => string;
}

/** Everything that happened, with its time; follows the playhead, and leads it where one clicks. */
export function EventList({ entries, at, onSeek, textOf }: EventListProps) {
  const { t } = useTranslation();
  const clock = useClock();
  const list = useRef<HTMLOListElement>(null);
  const touched = useRef(0);
  const current = currentEntry(entries, at);
  useEffect(() => {
    const [box, row] = [list.current?.parentElement, list.current?.children[current]];
    if (!box || !(row instanceof HTMLElement) || Date.now() - touched.current < HANDS_OFF_MS || box.contains(document.activeElement)) return;
    box.scrollTo({ top: row.offsetTop - box.clientHeight / 2, behavior: 'smooth' });
  }, [current]);
  if (entries.length === 0) return <p className={classes.nothing}>{t('recordings.noEvents')}</p>;
  const touch = () => { touched.current = Date.now(); };
  return (
    <ol ref={list} className={classes.events} aria-label={t('recordings.panel.events')} onWheel={touch} onTouchMove={touch}>
      {entries.map((entry, index) => {
        const Glyph = ICONS[entry.kind];
        return (
          <li key={entry.key}>
            <button type="button" className={classes.event} data-kind={entry.kind} data-past={index <= current || undefined} aria-current={index === current ? 'time' : undefined} onClick={() => { onSeek(entry.at); }}>
              <span className={classes.eventTime}>{clock(entry.at)}</span>
              <Glyph size={17} aria-hidden="true" />
              <span className={classes.eventText} dir="auto">{textOf(entry)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
