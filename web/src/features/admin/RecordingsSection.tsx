import { Button, NumberInput, Radio, Skeleton } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { RECORDING_POLICY_VALUES, type RecordingPolicyReply } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import settings from '../settings/Settings.module.css';
import { RecordingRegister } from './RecordingRegister';

const KEEP_MAX = 36_500;

/** Whether calls are recorded, how long recordings are kept, and which must be kept. */
export function RecordingsSection() {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const live = useHubStatus().state === 'live';
  const [policy, setPolicy] = useState<RecordingPolicyReply | null>(null);
  const load = useTask(useCallback(async () => { setPolicy(await recordings.policy()); }, [recordings]));
  const { run } = load;
  useEffect(() => { if (live) void run(); }, [run, live]);
  return (
    <>
      <FormAlert error={load.error} />
      {policy === null && !load.error && <div role="status" aria-label={t('app.loading')}><Skeleton height={280} mt="lg" radius="lg" /></div>}
      {policy && <PolicyForm policy={policy} onSaved={setPolicy} />}
      <RecordingRegister />
    </>
  );
}

function PolicyForm({ policy: { policy, keep_days: days }, onSaved }: { policy: RecordingPolicyReply; onSaved: (policy: RecordingPolicyReply) => void }) {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const [chosen, setChosen] = useState(policy);
  const [keep, setKeep] = useState<number | string>(days);
  const [saved, setSaved] = useState(false);
  const save = useTask(useCallback(async () => {
    onSaved(await recordings.setPolicy({ policy: chosen, keep_days: Number(keep) }));
  }, [recordings, chosen, keep, onSaved]));
  const changed = chosen !== policy || Number(keep) !== days;
  return (
    <form className={settings.card} aria-label={t('recordings.admin.title')} onSubmit={(event) => {
      event.preventDefault();
      void save.run().then(setSaved);
    }}>
      <FormAlert error={save.error} />
      <Radio.Group label={t('recordings.admin.policy')} value={chosen} onChange={(value) => {
        setSaved(false);
        setChosen(RECORDING_POLICY_VALUES.find((one) => one === value) ?? chosen);
      }}>
        {RECORDING_POLICY_VALUES.map((value) => <Radio key={value} mt="sm" value={value} label={t(`recordings.admin.${value}`)} description={t(`recordings.admin.${value}Hint`)} />)}
      </Radio.Group>
      <NumberInput size="md" maw={320} label={t('recordings.admin.keep')} description={t('recordings.admin.keepHint')} min={0} max={KEEP_MAX} allowDecimal={false} allowNegative={false} clampBehavior="strict" value={keep} onChange={(value) => { setSaved(false); setKeep(value); }} />
      <div className={settings.end}>
        <Button type="submit" size="sm" loading={save.busy} disabled={!changed || keep === ''}>{t('action.save')}</Button>
        <span role="status" className={settings.good}>{saved && !changed ? t('action.saved') : ''}</span>
      </div>
    </form>
  );
}
