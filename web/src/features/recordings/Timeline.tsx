import { useCallback, useMemo, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Timeline.module.css';
import type { Entry, Mark, MarkLane, PersonLane } from './timeline';
import { useClock, useGapText } from './useRecordingWords';

interface TimelineProps {
  lanes: readonly PersonLane[];
  marks: readonly Mark[];
  length: number;
  at: number;
  onSeek: (ms: number) => void;
  textOf: (entry: Entry) => string;
}

const MARK_LANES: readonly MarkLane[] = ['call', 'chat', 'bookmark'];

/**
 * Lanes of people, events, messages and bookmarks under one playhead. Time runs from left to right in every language,
 * as on every player. The marks are for the mouse; the list beside has the same for keyboard and screen reader.
 */
export function Timeline({ lanes, marks, length, at, onSeek, textOf }: TimelineProps) {
  const { t } = useTranslation();
  const clock = useClock();
  const gapText = useGapText();
  const area = useRef<HTMLDivElement>(null);
  const percent = useCallback((ms: number) => `${(100 * ms) / length}%`, [length]);
  const seekTo = (event: PointerEvent) => {
    const box = area.current?.getBoundingClientRect();
    if (box) onSeek((length * (event.clientX - box.left)) / box.width);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? length : event.key === 'PageUp' ? at + length / 10 : event.key === 'PageDown' ? at - length / 10 : null;
    if (to === null) return;
    event.preventDefault();
    onSeek(to);
  };
  // Hundreds of marks, which do not move while the playhead does.
  const rows = useMemo(() => (
    <>
      {lanes.map((lane) => (
        <div key={lane.person.user_id} className={classes.lane}>
          {lane.spans.map((span) => (
            <span key={span.file} className={classes.span} style={{ left: percent(span.from), width: percent(span.to - span.from) }}>
              {span.gaps.map((gap) => <span key={`${gap.what}${gap.from}`} className={classes.gap} data-what={gap.what} data-wanted={gap.wanted || undefined} title={gapText(gap)} style={{ left: `${(100 * (gap.from - span.from)) / (span.to - span.from)}%`, width: `${(100 * (gap.to - gap.from)) / (span.to - span.from)}%` }} />)}
            </span>
          ))}
          {lane.breaks.map((gap) => <span key={gap.from} className={classes.gap} data-between title={gapText(gap)} style={{ left: percent(gap.from), width: percent(gap.to - gap.from) }} />)}
        </div>
      ))}
      {MARK_LANES.map((lane) => (
        <div key={lane} className={classes.lane} data-lane={lane}>
          {marks.filter((mark) => mark.lane === lane).map((mark) => (
            <span
              key={mark.entries[0]?.key} className={classes.mark} data-lane={lane} data-kind={mark.entries[0]?.kind} style={{ left: percent(mark.at) }}
              title={mark.entries.map((entry) => `${clock(entry.at)} ${textOf(entry)}`).join('\n')}
              onPointerDown={(event) => { event.stopPropagation(); }} onClick={() => { onSeek(mark.at); }}
            />
          ))}
        </div>
      ))}
    </>
  ), [lanes, marks, percent, clock, textOf, gapText, onSeek]);
  return (
    <div className={classes.timeline} dir="ltr">
      <div className={classes.names} aria-hidden="true">
        {lanes.map((lane) => <span key={lane.person.user_id}><bdi>{lane.person.name}</bdi></span>)}
        {MARK_LANES.map((lane) => <span key={lane} data-lane={lane}>{t(`recordings.lane.${lane}`)}</span>)}
      </div>
      <div
        ref={area} className={classes.area} role="slider" tabIndex={0} aria-label={t('recordings.control.position')} aria-valuemin={0} aria-valuemax={Math.round(length / 1000)} aria-valuenow={Math.round(at / 1000)}
        aria-valuetext={t('recordings.control.positionOf', { time: clock(at), length: clock(length) })} onKeyDown={onKeyDown} data-testid="timeline"
        onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); seekTo(event); }}
        onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event); }}
      >
        <div aria-hidden="true" className={classes.rows}>{rows}</div>
        <span className={classes.head} aria-hidden="true" style={{ left: percent(at) }} />
      </div>
    </div>
  );
}
