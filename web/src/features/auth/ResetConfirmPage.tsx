import { Anchor, Button, PasswordInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { door } from '../../app/session/api';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { useTask } from '../../ui/useTask';
import { AuthLayout } from './AuthLayout';
import classes from './AuthLayout.module.css';
import { PASSWORD_MIN } from './signUpForm';

export function ResetConfirmPage({ token }: { token: string }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState(false);
  const task = useTask(door.confirmReset);
  const short = [...password].length < PASSWORD_MIN;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short && password === repeat) void task.run({ token, new_password: password }).then(setDone);
  };
  const footer = <Anchor component={Link} to="/sign-in">{t('auth.reset.backToSignIn')}</Anchor>;
  if (done) {
    return (
      <AuthLayout title={t('auth.reset.newTitle')} footer={footer}>
        <StatePanel role="status" icon={<IconCircleCheck />} title={t('auth.reset.doneTitle')}>{t('auth.reset.doneText')}</StatePanel>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t('auth.reset.newTitle')} lead={t('auth.reset.newLead')} footer={footer}>
      <form className={classes.form} onSubmit={submit} noValidate>
        <FormAlert error={token.length < 16 ? t('auth.reset.badLink') : task.error} />
        <PasswordInput
          label={t('auth.reset.newPassword')} description={t('auth.signUp.passwordHint')} autoComplete="new-password" autoFocus maxLength={256}
          value={password} onChange={(event) => { setPassword(event.currentTarget.value); }} error={tried && short && t('auth.signUp.shortPassword')}
        />
        <PasswordInput
          label={t('auth.reset.repeat')} autoComplete="new-password" maxLength={256} value={repeat}
          onChange={(event) => { setRepeat(event.currentTarget.value); }} error={tried && !short && password !== repeat && t('auth.reset.mismatch')}
        />
        <Button type="submit" loading={task.busy} disabled={token.length < 16} fullWidth>{t('auth.reset.save')}</Button>
      </form>
    </AuthLayout>
  );
}
