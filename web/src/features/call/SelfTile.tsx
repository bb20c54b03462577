import { IconMicrophoneOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PersonView } from '../../contract';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { TrackVideo } from './MediaElements';
import classes from './Stage.module.css';
import { useLocal } from './useCall';

/** Oneself, as in a mirror; a shared screen is not mirrored. */
export function SelfTile({ person, small }: { person: PersonView; small: boolean }) {
  const { t } = useTranslation();
  const { video, screen, muted, held } = useLocal();
  const picture = held ? null : (screen ?? video);
  const face = <span className={classes.face}><PersonAvatar name={person.name} seed={person.user_id} size={small ? 52 : 88} /></span>;
  return (
    <li className={small ? classes.self : classes.tile} data-testid="self" data-screen={screen ? true : undefined}>
      {picture ? <TrackVideo track={picture} className={classes.picture} data-mirror={screen ? undefined : true} /> : face}
      {held && <p className={classes.note}>{t('calls.tile.held')}</p>}
      <div className={classes.label}>
        {muted && <IconMicrophoneOff size={15} aria-label={t('calls.tile.muted')} />}
        <span className={classes.name}>{screen ? t('calls.tile.yourScreen') : t('you')}</span>
      </div>
    </li>
  );
}
