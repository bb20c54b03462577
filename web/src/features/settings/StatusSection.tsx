import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useCallback, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './Settings.module.css';

const CHOICES = ['automatic', 'online', 'away', 'busy'] as const;
const MINUTES = [0, 30, 60, 240] as const;

/** A clinician's own word about being reachable, with a note and an end. */
export function StatusSection() {
  const { t } = useTranslation();
  const { presence } = useWorkspace();
  const [choice, setChoice] = useState<(typeof CHOICES)[number]>('automatic');
  const [note, setNote] = useState('');
  const [minutes, setMinutes] = useState(60);
  const [saved, setSaved] = useState(false);
  const task = useTask(useCallback(async () => {
    if (choice === 'automatic') await presence.set({ status: null });
    else await presence.set({ status: choice, note: note.trim(), expires_at: minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString() });
  }, [presence, choice, note, minutes]));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void task.run().then(setSaved);
  };
  const manual = choice !== 'automatic';
  return (
    <form className={classes.card} onSubmit={submit} onChange={() => { setSaved(false); }}>
      <h2>{t('settings.presence.title')}</h2>
      <p className={classes.lead}>{t('settings.presence.lead')}</p>
      <FormAlert error={task.error} />
      <div className={classes.grid}>
        <NativeSelect label={t('settings.presence.status')} value={choice} onChange={(event) => { setChoice(CHOICES.find((value) => value === event.currentTarget.value) ?? 'automatic'); }} data={CHOICES.map((value) => ({ value, label: value === 'automatic' ? t('settings.presence.automatic') : t(`status.${value}`) }))} />
        {manual && <NativeSelect label={t('settings.presence.until')} value={String(minutes)} onChange={(event) => { setMinutes(Number(event.currentTarget.value)); }} data={MINUTES.map((value) => ({ value: String(value), label: value === 0 ? t('settings.presence.untilAlways') : t(`settings.presence.until${value}`) }))} />}
        {manual && <TextInput label={t('settings.presence.note')} description={t('settings.presence.noteHint')} maxLength={80} value={note} onChange={(event) => { setNote(event.currentTarget.value); }} />}
      </div>
      <div className={classes.end}>
        <Button type="submit" size="sm" loading={task.busy}>{t('settings.presence.set')}</Button>
        <span role="status" className={classes.good}>{saved ? t('action.saved') : ''}</span>
      </div>
    </form>
  );
}
