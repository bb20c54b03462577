import { IconMicrophoneOff, IconPhoneCall, IconPlayerPause, IconPlugConnectedX, IconScreenShare } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PartyView } from '../../contract';
import { gradeOf, type MediaView } from '../../media';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { TrackVideo } from './MediaElements';
import { Bars } from './QualityMark';
import classes from './Stage.module.css';

interface TileProps {
  party: PartyView;
  media: MediaView;
  speaking: boolean;
  /** Beside a strip of others. */
  spot?: boolean;
  large?: boolean;
  /** No room for it now. */
  hidden?: boolean;
}

/** What a tile shows besides a picture. */
type Connection = 'connected' | 'connecting' | 'ringing' | 'away' | 'held';

/** Somebody else: their picture or initials, their name, how they are connected. */
export function Tile({ party, media, speaking, spot = false, large = false, hidden = false }: TileProps) {
  const { t } = useTranslation();
  const { person, state } = party;
  const name = person.name || t(`role.${person.role}`);
  const remote = media.remotes[party.party_id];
  const flow = media.flows[party.party_id];
  const theirs = media.theirs[party.party_id];
  const sendsPicture = (party.media.camera || party.media.screen) && !party.media.held;
  const picture = state === 'present' && sendsPicture && remote?.video && (flow?.frames ?? 0) > 0 ? remote.video : null;
  const connection: Connection = state === 'ringing' || state === 'away' ? state : party.media.held ? 'held' : media.phase === 'connected' && remote ? 'connected' : 'connecting';
  const Glyph = connection === 'ringing' ? IconPhoneCall : connection === 'away' ? IconPlugConnectedX : IconPlayerPause;
  return (
    <li
      hidden={hidden} className={classes.tile} data-spot={spot || undefined} data-large={large || undefined} data-speaking={(speaking && connection === 'connected') || undefined} data-screen={party.media.screen || undefined}
      data-party={party.party_id} data-connection={connection} data-path={media.path ?? 'none'} data-level={Math.round((flow?.level ?? 0) * 100)} data-frames={flow?.frames ?? 0} data-testid="tile"
    >
      {picture ? <TrackVideo track={picture} className={classes.picture} /> : <span className={classes.face}><PersonAvatar name={name} seed={person.user_id} size={large ? 112 : 88} /></span>}
      {connection !== 'connected' && <p className={classes.note}>{connection !== 'connecting' && <Glyph size={18} aria-hidden="true" />}{t(`calls.tile.${connection}`)}</p>}
      <div className={classes.label}>
        {!party.media.audio && state === 'present' && <IconMicrophoneOff size={16} aria-label={t('calls.tile.muted')} />}
        {party.media.screen && <IconScreenShare size={16} aria-label={t('calls.tile.screen')} />}
        <span className={classes.name}><bdi>{name}</bdi></span>
        {theirs && state === 'present' && <Bars grade={gradeOf(theirs)} />}
      </div>
    </li>
  );
}
