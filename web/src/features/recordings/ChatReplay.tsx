import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Review.module.css';
import type { Entry } from './timeline';
import { useClock } from './useRecordingWords';

interface ChatReplayProps {
  entries: readonly Entry[];
  at: number;
  onSeek: (ms: number) => void;
  nameOf: (userId: string | null) => string;
}

/** The chat as it stood at this moment of the visit. */
export function ChatReplay({ entries, at, onSeek, nameOf }: ChatReplayProps) {
  const { t } = useTranslation();
  const clock = useClock();
  const list = useRef<HTMLOListElement>(null);
  const all = entries.filter((entry) => entry.kind === 'message');
  const said = all.filter((entry) => entry.at <= at);
  useEffect(() => {
    const box = list.current?.parentElement;
    box?.scrollTo({ top: box.scrollHeight });
  }, [said.length]);
  if (all.length === 0) return <p className={classes.nothing}>{t('recordings.noChat')}</p>;
  if (said.length === 0) return <p className={classes.nothing}>{t('recordings.chatLater')}</p>;
  return (
    <ol ref={list} className={classes.replay} aria-label={t('recordings.panel.chat')} aria-live="off">
      {said.map((entry) => (
        <li key={entry.key} className={classes.said}>
          <span className={classes.saidHead}><b><bdi>{nameOf(entry.userId)}</bdi></b><button type="button" className={classes.saidTime} aria-label={t('recordings.control.goTo', { time: clock(entry.at) })} onClick={() => { onSeek(entry.at); }}>{clock(entry.at)}</button></span>
          <p dir="auto" className={classes.saidText}>{entry.detail === 'deleted' ? t('recordings.deletedMessage') : entry.text}</p>
        </li>
      ))}
    </ol>
  );
}
