import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconBookmarkPlus, IconKeyboard, IconPlayerPauseFilled, IconPlayerPlayFilled, IconPlayerSkipBack, IconPlayerSkipForward, IconRewindBackward10, IconRewindForward10, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { SPEEDS, type PlayerView, type ReviewPlayer } from './player';
import classes from './Review.module.css';
import { useClock } from './useRecordingWords';

interface TransportProps {
  player: ReviewPlayer | null;
  view: PlayerView;
  length: number;
  onBookmark: () => void;
  onHelp: () => void;
}

const FRAME_MS = 1000 / 30;

/** Play, back, forth, speed, sound, bookmark. Left is back in every language, as the timeline is. */
export function Transport({ player, view, length, onBookmark, onHelp }: TransportProps) {
  const { t, i18n } = useTranslation();
  const clock = useClock();
  const on = view.phase === 'playing' || view.phase === 'waiting';
  const times = (speed: number) => `${new Intl.NumberFormat(i18n.language).format(speed)}×`;
  const button = { variant: 'subtle', color: 'gray', size: 42 } as const;
  return (
    <div className={classes.transport} dir="ltr" role="group" aria-label={t('recordings.control.label')}>
      <ActionIcon {...button} className={classes.frame ?? ''} aria-label={t('recordings.control.frameBack')} aria-keyshortcuts="," onClick={() => player?.step(-FRAME_MS)}><IconPlayerSkipBack size={19} /></ActionIcon>
      <ActionIcon {...button} aria-label={t('recordings.control.back')} aria-keyshortcuts="J" onClick={() => player?.move(-10_000)}><IconRewindBackward10 size={23} /></ActionIcon>
      <ActionIcon size={52} radius="xl" variant="filled" aria-label={t(on ? 'recordings.control.pause' : 'recordings.control.play')} aria-keyshortcuts="Space" onClick={() => player?.toggle()}>
        {on ? <IconPlayerPauseFilled size={25} /> : <IconPlayerPlayFilled size={25} />}
      </ActionIcon>
      <ActionIcon {...button} aria-label={t('recordings.control.forward')} aria-keyshortcuts="L" onClick={() => player?.move(10_000)}><IconRewindForward10 size={23} /></ActionIcon>
      <ActionIcon {...button} className={classes.frame ?? ''} aria-label={t('recordings.control.frameForward')} aria-keyshortcuts="." onClick={() => player?.step(FRAME_MS)}><IconPlayerSkipForward size={19} /></ActionIcon>
      <span className={classes.time} data-testid="position"><b>{clock(view.at)}</b><span className={classes.ofLength}> / {clock(length)}</span></span>
      <span className={classes.space} />
      <Menu>
        <Menu.Target><Button className={classes.speed ?? ''} size="compact-md" variant="subtle" color="gray" aria-label={t('recordings.control.speed', { speed: times(view.speed) })}>{times(view.speed)}</Button></Menu.Target>
        <Menu.Dropdown>{SPEEDS.map((speed) => <Menu.Item key={speed} aria-current={speed === view.speed} fw={speed === view.speed ? 700 : 400} onClick={() => player?.setSpeed(speed)}>{times(speed)}</Menu.Item>)}</Menu.Dropdown>
      </Menu>
      <ActionIcon {...button} aria-label={t('recordings.control.mute')} aria-pressed={view.muted} aria-keyshortcuts="M" onClick={() => player?.setMuted(!view.muted)}>{view.muted ? <IconVolumeOff size={21} /> : <IconVolume size={21} />}</ActionIcon>
      <ActionIcon {...button} aria-label={t('recordings.control.bookmark')} aria-keyshortcuts="B" onClick={onBookmark}><IconBookmarkPlus size={21} /></ActionIcon>
      <ActionIcon {...button} className={classes.frame ?? ''} aria-label={t('recordings.control.help')} aria-keyshortcuts="?" onClick={onHelp}><IconKeyboard size={21} /></ActionIcon>
    </div>
  );
}
