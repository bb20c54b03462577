import { IconVideoOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import classes from './CallPage.module.css';
import { CameraButton, MicrophoneButton } from './ControlButton';
import { TrackVideo } from './MediaElements';
import { useLocal } from './useCall';

/** How one will be seen. */
export function Preview() {
  const { t } = useTranslation();
  const { local } = useWorkspace().calls;
  const { video, camera, muted, microphone } = useLocal();
  return (
    <div className={classes.preview} role="group" aria-label={t('calls.check.preview')} data-testid="preview" data-camera={camera} data-microphone={microphone}>
      {video ? <TrackVideo track={video} /> : <p className={classes.noPicture}><IconVideoOff size={34} stroke={1.5} aria-hidden="true" />{t(camera === 'asking' ? 'calls.device.asking' : 'calls.check.noPicture')}</p>}
      <div className={classes.toggles}>
        <MicrophoneButton on={microphone === 'on' && !muted} onToggle={() => { if (microphone === 'on') local.mute(!muted); else void local.start({ microphone: true, camera: false }); }} />
        <CameraButton on={video !== null} onToggle={() => void local.toggleCamera(video === null)} />
      </div>
    </div>
  );
}
