import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/AccountContext';
import { LANGUAGE_VALUES, THEME_VALUES, type AccountDetails } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './Settings.module.css';

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

export function PreferencesSection({ account }: { account: AccountDetails }) {
  const { t } = useTranslation();
  const { update } = useAccount();
  const [language, setLanguage] = useState(account.language);
  const [theme, setTheme] = useState(account.theme);
  const [zone, setZone] = useState(account.time_zone);
  const [quiet, setQuiet] = useState(account.quiet_hours);
  const [saved, setSaved] = useState(false);
  const task = useTask(update);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void task.run({ language, theme, time_zone: zone, quiet_hours: quiet }).then(setSaved);
  };
  return (
    <form className={classes.card} onSubmit={submit} onChange={() => { setSaved(false); }}>
      <h2>{t('settings.preferences.title')}</h2>
      <FormAlert error={task.error} />
      <div className={classes.grid}>
        <NativeSelect label={t('settings.language')} value={language} onChange={(event) => { setLanguage(LANGUAGE_VALUES.find((value) => value === event.currentTarget.value) ?? language); }} data={LANGUAGE_VALUES.map((value) => ({ value, label: t(`language.${value}`) }))} />
        <NativeSelect label={t('settings.preferences.theme')} value={theme} onChange={(event) => { setTheme(THEME_VALUES.find((value) => value === event.currentTarget.value) ?? theme); }} data={THEME_VALUES.map((value) => ({ value, label: t(`theme.${value}`) }))} />
        <NativeSelect label={t('settings.preferences.zone')} value={zone} onChange={(event) => { setZone(event.currentTarget.value); }} data={ZONES.includes(zone) ? ZONES : [zone, ...ZONES]} />
      </div>
      <h2>{t('settings.preferences.quietTitle')}</h2>
      <p className={classes.lead}>{t('settings.preferences.quietLead')} {t('settings.preferences.quietLater')}</p>
      <Switch label={t('settings.preferences.quietOn')} checked={quiet.enabled} onChange={(event) => { setQuiet({ ...quiet, enabled: event.currentTarget.checked }); }} />
      <div className={classes.grid}>
        <TextInput type="time" label={t('settings.preferences.from')} disabled={!quiet.enabled} value={quiet.start} onChange={(event) => { setQuiet({ ...quiet, start: event.currentTarget.value }); }} />
        <TextInput type="time" label={t('settings.preferences.to')} disabled={!quiet.enabled} value={quiet.end} onChange={(event) => { setQuiet({ ...quiet, end: event.currentTarget.value }); }} />
      </div>
      <div className={classes.end}>
        <Button type="submit" size="sm" loading={task.busy}>{t('action.save')}</Button>
        <span role="status" className={classes.good}>{saved ? t('action.saved') : ''}</span>
      </div>
    </form>
  );
}
