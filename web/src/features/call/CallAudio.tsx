import { Button } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSession } from '../../app/workspace/callSession';
import classes from './CallLayer.module.css';
import { TrackAudio } from './MediaElements';
import { useLocal, useMedia } from './useCall';

/** Everybody's sound, on whichever page one is. */
export function CallAudio({ session }: { session: CallSession }) {
  const { t } = useTranslation();
  const { remotes } = useMedia(session);
  const { held, chosen } = useLocal();
  const [blocked, setBlocked] = useState(false);
  const onBlocked = useCallback(() => { setBlocked(true); }, []);
  const unblock = () => {
    for (const element of document.querySelectorAll<HTMLAudioElement>('audio[data-party]')) void element.play().catch(() => undefined);
    setBlocked(false);
  };
  return (
    <>
      {Object.entries(remotes).map(([party, { audio }]) => audio && <TrackAudio key={`${party}-${audio.id}`} track={audio} party={party} sinkId={chosen.speaker} silent={held} onBlocked={onBlocked} />)}
      {blocked && <div className={classes.unblock}><Button leftSection={<IconVolume size={18} />} onClick={unblock}>{t('calls.hear')}</Button></div>}
    </>
  );
}
