import { Button, NativeSelect } from '@mantine/core';
import { IconAlertTriangle, IconVolume } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { Device, DeviceState, InputKind } from '../../media';
import { tryOutput, watchLevel } from '../../media/sound';
import { useTask } from '../../ui/useTask';
import classes from './CallPage.module.css';
import { useLocal } from './useCall';

/** Microphone, camera and loudspeaker: which, whether they work, and what to do if not. */
export function DeviceForm({ camera }: { camera: boolean }) {
  const { t } = useTranslation();
  const { local } = useWorkspace().calls;
  const view = useLocal();
  const test = useTask(tryOutput);
  const pick = (kind: InputKind | 'speaker') => (event: { currentTarget: HTMLSelectElement }) => void local.choose(kind, event.currentTarget.value);
  return (
    <>
      <div>
        <NativeSelect size="sm" label={t('calls.device.microphone')} data={options(view.microphones, t('calls.device.standard'))} value={view.audio?.getSettings().deviceId ?? view.chosen.microphone} onChange={pick('microphone')} disabled={view.microphones.length === 0} />
        <Meter track={view.audio} />
      </div>
      <Trouble kind="microphone" state={view.microphone} />
      {camera && <NativeSelect size="sm" label={t('calls.device.camera')} data={options(view.cameras, t('calls.device.standard'))} value={view.video?.getSettings().deviceId ?? view.chosen.camera} onChange={pick('camera')} disabled={view.cameras.length === 0} />}
      {camera && <Trouble kind="camera" state={view.camera} />}
      <div className={classes.row}>
        <NativeSelect size="sm" label={t('calls.device.speaker')} data={options(view.speakers, t('calls.device.standard'))} value={view.chosen.speaker} onChange={pick('speaker')} disabled={view.speakers.length === 0} />
        <Button size="sm" variant="default" leftSection={<IconVolume size={17} />} loading={test.busy} onClick={() => void test.run(view.chosen.speaker)}>{t('calls.device.test')}</Button>
      </div>
    </>
  );
}

function options(devices: readonly Device[], standard: string): { value: string; label: string }[] {
  const named = devices.map(({ id, label }, index) => ({ value: id, label: label || `${standard} ${index + 1}` }));
  return devices.some(({ id }) => id === 'default') ? named : [{ value: '', label: standard }, ...named];
}

function Meter({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation();
  const [level, setLevel] = useState(0);
  useEffect(() => {
    setLevel(0);
    return track ? watchLevel(track, setLevel) : undefined;
  }, [track]);
  const percent = Math.round(level * 100);
  return <div className={classes.meter} role="meter" aria-label={t('calls.device.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} data-level={percent}><span style={{ inlineSize: `${percent}%` }} /></div>;
}

const TOLD = ['denied', 'missing', 'busy'] as const;

function Trouble({ kind, state }: { kind: InputKind; state: DeviceState }) {
  const { t } = useTranslation();
  const trouble = TOLD.find((one) => one === state);
  if (!trouble) return null;
  return <p className={classes.hint} role="status"><IconAlertTriangle size={19} aria-hidden="true" /><span>{t(`calls.device.trouble.${kind}.${trouble}`)}</span></p>;
}
