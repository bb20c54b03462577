import { ActionIcon, Tabs } from '@mantine/core';
import { IconArrowLeft, IconBookmark, IconInfoCircle, IconListDetails, IconMessageCircle } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLocale } from '../../app/useLocale';
import type { RecordingDetail, RecordingView } from '../../contract';
import { useAnnounce } from '../../ui/Announcer';
import { fullTime } from '../../ui/format';
import { AboutPanel } from './AboutPanel';
import { ChatReplay } from './ChatReplay';
import { EventList } from './EventList';
import { gapEntries, inOrder } from './gaps';
import { HelpModal } from './HelpModal';
import { NotesPanel } from './NotesPanel';
import classes from './Review.module.css';
import { ReviewStage } from './ReviewStage';
import { entriesOf, lanesOf, marksOf } from './timeline';
import { Timeline } from './Timeline';
import { Transport } from './Transport';
import { useBookmarks } from './useBookmarks';
import { useClock, useEntryText } from './useRecordingWords';
import { usePlayerView, useReviewPlayer } from './useReview';
import { useReviewKeys } from './useReviewKeys';

const PANELS = ['events', 'chat', 'notes', 'about'] as const;
type Panel = (typeof PANELS)[number];
const ICONS = { events: IconListDetails, chat: IconMessageCircle, notes: IconBookmark, about: IconInfoCircle };

/** The recorded visit: pictures, one timeline, and what happened beside them. */
export function Review({ detail, recording }: { detail: RecordingDetail; recording: RecordingView }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const announce = useAnnounce();
  const clock = useClock();
  const player = useReviewPlayer(detail);
  const view = usePlayerView(player);
  const bookmarks = useBookmarks(recording.recording_id, detail.bookmarks);
  const [panel, setPanel] = useState<Panel>('events');
  const [help, setHelp] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const words = useEntryText(recording.people);
  const lanes = useMemo(() => lanesOf(detail.tracks, detail.timeline), [detail.tracks, detail.timeline]);
  const entries = useMemo(() => inOrder([...entriesOf(detail.timeline, bookmarks.list), ...gapEntries(lanes)]), [detail.timeline, bookmarks.list, lanes]);
  const length = player?.durationMs ?? Math.max(1, recording.duration_ms);
  const marks = useMemo(() => marksOf(entries, length), [entries, length]);
  const { add } = bookmarks;

  const mark = useCallback(async () => {
    if (!player) return;
    const bookmark = await add(Math.min(player.snapshot().at, recording.duration_ms));
    if (!bookmark) return;
    setPanel('notes');
    setEditing(bookmark.bookmark_id);
    announce(t('recordings.notes.added', { time: clock(bookmark.at_ms) }));
  }, [player, add, recording.duration_ms, announce, t, clock]);
  useReviewKeys(useMemo(() => ({
    toggle: () => player?.toggle(), move: (ms: number) => player?.move(ms), step: (ms: number) => player?.step(ms),
    seekPart: (tenths: number) => player?.seek((length * tenths) / 10), mute: () => player?.setMuted(!player.snapshot().muted),
    bookmark: () => void mark(), help: () => { setHelp(true); },
  }), [player, length, mark]));
  useEffect(() => { heading.current?.focus({ preventScroll: true }); }, []);
  const seek = useCallback((ms: number) => { player?.seek(ms); }, [player]);

  const names = recording.people.map((person) => person.name || t(`role.${person.role}`)).join(', ');
  return (
    <div className={classes.review} data-testid="review" data-phase={view.phase} data-at={Math.round(view.at)}>
      <div className={classes.main}>
        <header className={classes.head}>
          <ActionIcon component={Link} to="/recordings" variant="subtle" color="gray" size={40} aria-label={t('recordings.review.back')}><IconArrowLeft size={22} className="cw-flip" /></ActionIcon>
          <div className={classes.titles}>
            <h1 ref={heading} tabIndex={-1} className={classes.title}><bdi>{names}</bdi></h1>
            <time className={classes.when} dateTime={recording.started_at}>{fullTime(recording.started_at, locale)}</time>
          </div>
        </header>
        <ReviewStage lanes={lanes} detail={detail} player={player} view={view} />
        <div className={classes.controls}>
          <Timeline lanes={lanes} marks={marks} length={length} at={view.at} onSeek={seek} textOf={words.textOf} />
          <Transport player={player} view={view} length={length} onBookmark={() => void mark()} onHelp={() => { setHelp(true); }} />
        </div>
      </div>
      <aside className={classes.side} aria-label={t('recordings.review.beside')}>
        <Tabs value={panel} onChange={(value) => { setPanel(PANELS.find((one) => one === value) ?? 'events'); }} className={classes.tabs ?? ''} keepMounted={false}>
          <Tabs.List grow>
            {PANELS.map((name) => {
              const Glyph = ICONS[name];
              return <Tabs.Tab key={name} value={name} classNames={{ tab: classes.tab ?? '', tabLabel: classes.tabLabel ?? '' }} leftSection={<Glyph size={17} aria-hidden="true" />}>{t(`recordings.panel.${name}`)}</Tabs.Tab>;
            })}
          </Tabs.List>
          <Tabs.Panel value="events" className={classes.panel ?? ''}><EventList entries={entries} at={view.at} onSeek={seek} textOf={words.textOf} /></Tabs.Panel>
          <Tabs.Panel value="chat" className={classes.panel ?? ''}><ChatReplay entries={entries} at={view.at} onSeek={seek} nameOf={words.nameOf} /></Tabs.Panel>
          <Tabs.Panel value="notes" className={classes.panel ?? ''}><NotesPanel bookmarks={bookmarks} editing={editing} onEdit={setEditing} onAdd={() => void mark()} onSeek={seek} /></Tabs.Panel>
          <Tabs.Panel value="about" className={classes.panel ?? ''}><AboutPanel recording={recording} /></Tabs.Panel>
        </Tabs>
      </aside>
      <HelpModal opened={help} onClose={() => { setHelp(false); }} />
    </div>
  );
}
