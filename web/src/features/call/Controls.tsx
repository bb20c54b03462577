import { Menu } from '@mantine/core';
import { IconDots, IconLayoutGrid, IconLayoutSidebarRight, IconMessageCircle, IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconPlayerRecord, IconPlayerStop, IconScreenShare, IconScreenShareOff, IconSettings, IconUsers, IconUsersMinus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CameraButton, ControlButton, MicrophoneButton } from './ControlButton';
import classes from './Controls.module.css';
import type { RoomActions } from './useRoomActions';

interface ControlsProps {
  room: RoomActions;
  /** How many others are in the call or on their way. */
  others: number;
  waiting: number;
  unread: number;
}

/** The row of round buttons; what does not fit a phone is in its menu. */
export function Controls({ room, others, waiting, unread }: ControlsProps) {
  const { t } = useTranslation();
  const { local, panel } = room;
  const sharing = local.screen !== null;
  return (
    <div className={classes.bar} role="toolbar" aria-label={t('calls.control.label')} data-testid="controls">
      {room.hasMedia && <MicrophoneButton on={local.audio !== null && !local.muted} onToggle={room.toggleMicrophone} />}
      {room.hasMedia && <CameraButton on={local.video !== null} onToggle={room.toggleCamera} />}
      <span className={classes.desk}>
        {room.hasMedia && room.canShare && <ControlButton icon={sharing ? IconScreenShareOff : IconScreenShare} state={sharing ? 'active' : 'plain'} label={t(sharing ? 'calls.control.unshare' : 'calls.control.share')} onClick={room.toggleScreen} />}
        {room.hasMedia && <ControlButton icon={local.held ? IconPlayerPlay : IconPlayerPause} state={local.held ? 'off' : 'plain'} label={t(local.held ? 'calls.control.resume' : 'calls.control.hold')} onClick={room.toggleHold} />}
      </span>
      {room.hasChat && <ControlButton icon={IconMessageCircle} state={panel === 'chat' ? 'active' : 'plain'} expanded={panel === 'chat'} badge={panel === 'chat' ? 0 : unread} label={t('calls.control.chat')} onClick={() => { room.toggle('chat'); }} />}
      <span className={classes.desk}>
        <ControlButton icon={IconUsers} state={panel === 'people' ? 'active' : 'plain'} expanded={panel === 'people'} badge={waiting} label={t('calls.control.people')} onClick={() => { room.toggle('people'); }} />
      </span>
      <More room={room} others={others} waiting={waiting} />
      <ControlButton icon={IconPhoneOff} state="leave" wide label={t('calls.leave')} onClick={room.leave} />
    </div>
  );
}

function More({ room, others, waiting }: { room: RoomActions; others: number; waiting: number }) {
  const { t } = useTranslation();
  const { local, recording } = room;
  const icon = 18;
  if (!room.hasMedia && !room.mayEnd && !room.small) return null;
  return (
    <Menu position="top" width={270} returnFocus>
      <Menu.Target><ControlButton icon={IconDots} label={t('calls.control.more')} badge={room.small ? waiting : 0} /></Menu.Target>
      <Menu.Dropdown>
        {room.small && <Menu.Item leftSection={<IconUsers size={icon} />} onClick={() => { room.toggle('people'); }}>{t('calls.control.people')}</Menu.Item>}
        {room.small && room.hasMedia && room.canShare && <Menu.Item leftSection={<IconScreenShare size={icon} />} onClick={room.toggleScreen}>{t(local.screen ? 'calls.control.unshare' : 'calls.control.share')}</Menu.Item>}
        {room.small && room.hasMedia && <Menu.Item leftSection={<IconPlayerPause size={icon} />} onClick={room.toggleHold}>{t(local.held ? 'calls.control.resume' : 'calls.control.hold')}</Menu.Item>}
        {room.hasMedia && others > 1 && <Menu.Item leftSection={room.speakerView ? <IconLayoutGrid size={icon} /> : <IconLayoutSidebarRight size={icon} className="cw-flip" />} onClick={room.toggleSpeakerView}>{t(room.speakerView ? 'calls.control.gridView' : 'calls.control.speakerView')}</Menu.Item>}
        {room.hasMedia && <Menu.Item leftSection={<IconSettings size={icon} />} onClick={() => { room.toggle('devices'); }}>{t('calls.control.devices')}</Menu.Item>}
        {recording.mayAsk && <Menu.Item leftSection={<IconPlayerRecord size={icon} />} onClick={recording.ask}>{t('calls.recording.ask')}</Menu.Item>}
        {recording.mayStop && <Menu.Item leftSection={<IconPlayerStop size={icon} />} onClick={recording.stop}>{t('calls.recording.stop')}</Menu.Item>}
        {recording.mayWithdraw && <Menu.Item leftSection={<IconPlayerStop size={icon} />} onClick={recording.withdraw}>{t('calls.recording.withdraw')}</Menu.Item>}
        {room.mayEnd && <Menu.Divider />}
        {room.mayEnd && <Menu.Item className={classes.danger} leftSection={<IconUsersMinus size={icon} />} onClick={room.endForAll}>{t('calls.control.endForAll')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
