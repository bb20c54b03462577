import { Button } from '@mantine/core';
import { IconLoader2, IconMicrophoneOff, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordingDetail } from '../../contract';
import { PersonAvatar } from '../../ui/PersonAvatar';
import type { PlayerView, ReviewPlayer } from './player';
import classes from './Review.module.css';
import { switchedOn } from './gaps';
import type { PersonLane } from './timeline';
import { useGapText } from './useRecordingWords';

/** Files begin and end some moments apart: nobody is called absent for that. */
const NEARLY_MS = 1_500;

interface ReviewStageProps {
  lanes: readonly PersonLane[];
  detail: RecordingDetail;
  player: ReviewPlayer | null;
  view: PlayerView;
}

/** Everybody who was recorded, side by side. */
export function ReviewStage({ lanes, detail, player, view }: ReviewStageProps) {
  const { t } = useTranslation();
  const idle = view.phase === 'paused' || view.phase === 'ended';
  return (
    <div className={classes.stage} data-count={lanes.length}>
      {lanes.map((lane) => <Tile key={lane.person.user_id} lane={lane} detail={detail} player={player} view={view} />)}
      {idle && <button type="button" className={classes.bigPlay} aria-label={t('recordings.control.play')} tabIndex={-1} onClick={() => player?.play()}><IconPlayerPlayFilled size={34} aria-hidden="true" /></button>}
      {view.phase === 'waiting' && <p className={classes.buffering} role="status"><IconLoader2 size={20} aria-hidden="true" />{t('recordings.review.waiting')}</p>}
      {view.failed.length > 0 && (
        <div className={classes.broken} role="alert">
          <span>{t('recordings.review.broken')}</span>
          <Button size="compact-sm" variant="white" color="dark" onClick={() => player?.revive()}>{t('action.retry')}</Button>
        </div>
      )}
    </div>
  );
}

function Tile({ lane, detail, player, view }: { lane: PersonLane } & Omit<ReviewStageProps, 'lanes'>) {
  const { t } = useTranslation();
  const gapText = useGapText();
  const { person } = lane;
  const name = person.name || t(`role.${person.role}`);
  const span = lane.spans.find((one) => view.at >= one.from && view.at < one.to) ?? lane.spans.find((one) => view.at >= one.from - NEARLY_MS && view.at < one.to + NEARLY_MS) ?? null;
  const track = detail.tracks.find((one) => one.file === span?.file);
  const gaps = [...(span?.gaps ?? []), ...lane.breaks].filter((one) => !one.wanted && view.at >= one.from && view.at < one.to);
  const between = gaps.some((one) => one.cause === 'interrupted');
  const camera = switchedOn(detail.timeline, person.user_id, 'camera', view.at) ?? switchedOn(detail.timeline, person.user_id, 'held', view.at) !== true;
  const muted = switchedOn(detail.timeline, person.user_id, 'audio', view.at) === false;
  const picture = track?.video === true && (camera || switchedOn(detail.timeline, person.user_id, 'held', view.at) === false);
  return (
    <figure className={classes.tile} data-testid="review-tile" data-picture={picture || undefined} data-absent={(span === null && !between) || undefined}>
      {lane.spans.map((one) => <Picture key={one.file} player={player} file={one.file} shown={picture && one.file === span?.file} />)}
      {!picture && <span className={classes.face}><PersonAvatar name={name} seed={person.user_id} size={92} /></span>}
      {span === null && !between && <p className={classes.absent}>{t('recordings.review.absent')}</p>}
      {gaps.length > 0 && <p className={classes.absent}>{gaps.map((one) => <span key={one.what} className={classes.missing}>{gapText(one)}</span>)}</p>}
      <figcaption className={classes.caption}>
        {muted && <IconMicrophoneOff size={15} aria-label={t('calls.tile.muted')} />}
        <bdi>{name}</bdi>
      </figcaption>
    </figure>
  );
}

/** The player puts its element in here, and exchanges it when the link is renewed. */
function Picture({ player, file, shown }: { player: ReviewPlayer | null; file: string; shown: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    player?.attach(file, host.current);
    return () => { player?.attach(file, null); };
  }, [player, file]);
  return <div ref={host} className={classes.picture} data-shown={shown || undefined} />;
}
