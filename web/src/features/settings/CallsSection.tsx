import { Anchor, Radio } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import { BUSY_MODE_VALUES, type BusyMode } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './Settings.module.css';

/** What happens when a second call comes. */
export function CallsSection() {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const [mode, setMode] = useState<BusyMode | null>(null);
  const [saved, setSaved] = useState(false);
  const load = useTask(useCallback(async () => { setMode(await calls.preference()); }, [calls]));
  const save = useTask(useCallback(async (next: BusyMode) => { setMode(await calls.setPreference(next)); }, [calls]));
  const { run } = load;
  useEffect(() => { void run(); }, [run]);
  return (
    <section className={classes.card} aria-label={t('calls.preference.title')}>
      <h2>{t('calls.preference.title')}</h2>
      <FormAlert error={load.error ?? save.error} />
      <Radio.Group label={t('calls.preference.lead')} value={mode ?? ''} onChange={(value) => {
        const next = BUSY_MODE_VALUES.find((one) => one === value);
        if (next) void save.run(next).then(setSaved);
      }}>
        {BUSY_MODE_VALUES.map((value) => <Radio key={value} mt="sm" value={value} label={t(`calls.preference.${value}`)} disabled={mode === null || save.busy} />)}
      </Radio.Group>
      <Anchor component={Link} to="/connection">{t('connectionTest.open')}</Anchor>
      <span role="status" className={classes.good}>{saved && !save.busy ? t('action.saved') : ''}</span>
    </section>
  );
}
