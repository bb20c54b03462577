import { Badge, Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/AccountContext';
import { useLocale } from '../../app/useLocale';
import { GENDER_VALUES, type AccountDetails, type UpdateAccount } from '../../contract';
import { fullDate } from '../../ui/format';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './Settings.module.css';

/** Only what changed is sent, so that two devices do not undo each other. */
function changeOf(account: AccountDetails, form: { name: string; email: string; phone: string; birth: string; gender: string }): UpdateAccount {
  const text = (value: string) => (value.trim() === '' ? null : value.trim());
  const change: UpdateAccount = {};
  if (form.name.trim() !== account.name) change.name = form.name.trim();
  if (text(form.email) !== account.email) change.email = text(form.email);
  if (text(form.phone) !== account.phone) change.phone = text(form.phone);
  if (text(form.birth) !== account.date_of_birth) change.date_of_birth = text(form.birth);
  const gender = GENDER_VALUES.find((value) => value === form.gender);
  if (gender && gender !== account.gender) change.gender = gender;
  return change;
}

export function ProfileSection({ account }: { account: AccountDetails }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { update } = useAccount();
  const [form, setForm] = useState<Record<'name' | 'email' | 'phone' | 'birth' | 'gender', string>>({ name: account.name, email: account.email ?? '', phone: account.phone ?? '', birth: account.date_of_birth ?? '', gender: account.gender });
  const [password, setPassword] = useState('');
  const [saved, setSaved] = useState(false);
  const task = useTask(update);
  const change = changeOf(account, form);
  const dirty = Object.keys(change).length > 0;
  const contact = 'email' in change || 'phone' in change;
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      setSaved(false);
      setForm({ ...form, [name]: event.currentTarget.value });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void task.run(contact ? { ...change, current_password: password } : change).then((done) => {
      setSaved(done);
      if (done) setPassword('');
    });
  };
  return (
    <form className={classes.card} onSubmit={submit}>
      <div className={classes.end}>
        <h2>{t('settings.profile.title')}</h2>
        <Badge variant="light" color={account.status === 'active' ? 'pine' : 'yellow'}>{t(`role.${account.role}`)} · {t(`settings.profile.status.${account.status}`)}</Badge>
      </div>
      <FormAlert error={task.error} />
      <div className={classes.grid}>
        <TextInput label={t('settings.profile.name')} autoComplete="name" required withAsterisk={false} maxLength={120} {...field('name')} />
        {account.licence_number !== null && <TextInput label={t('settings.profile.licence')} readOnly dir="ltr" value={account.licence_number} />}
        <TextInput label={t('settings.profile.email')} type="email" autoComplete="email" dir="ltr" maxLength={254} {...field('email')} />
        <TextInput label={t('settings.profile.phone')} type="tel" autoComplete="tel" dir="ltr" maxLength={24} {...field('phone')} />
        <TextInput label={t('settings.profile.birth')} type="date" autoComplete="bday" {...field('birth')} />
        <NativeSelect label={t('settings.profile.gender')} data={GENDER_VALUES.map((value) => ({ value, label: t(`gender.${value}`) }))} {...field('gender')} />
      </div>
      {contact && (
        <PasswordInput label={t('settings.profile.contactPassword')} description={t('settings.profile.contactPasswordHint')} autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => { setPassword(event.currentTarget.value); }} />
      )}
      <div className={classes.end}>
        <Button type="submit" size="sm" loading={task.busy} disabled={!dirty}>{t('action.save')}</Button>
        <span role="status" className={classes.good}>{saved && !dirty ? t('action.saved') : ''}</span>
        <span className={classes.lead}>{t('settings.profile.since', { date: fullDate(account.created_at, locale) })}</span>
      </div>
    </form>
  );
}
