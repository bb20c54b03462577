import { Alert, Anchor, Button, PasswordInput, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { FormAlert } from '../../ui/FormAlert';
import { AuthLayout } from './AuthLayout';
import classes from './AuthLayout.module.css';
import { SecondFactorStep } from './SecondFactorStep';
import { useSignIn } from './useSignIn';

export function SignInPage() {
  const { t } = useTranslation();
  const state = useSessionState();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useSignIn();

  if (signIn.needsCode) {
    return <SecondFactorStep task={signIn} submit={(code) => signIn.run(login, password, code)} back={signIn.back} />;
  }
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void signIn.run(login, password);
  };
  const ended = state.phase === 'signed_out' && state.reason === 'ended';
  return (
    <AuthLayout
      title={t('auth.signIn.title')}
      lead={t('auth.signIn.lead')}
      footer={<>{t('auth.signIn.noAccount')} <Anchor component={Link} to="/sign-up">{t('auth.signIn.signUp')}</Anchor></>}
    >
      <form className={classes.form} onSubmit={submit}>
        {ended && !signIn.error && <Alert color="yellow" variant="light" role="status">{t('auth.signIn.ended')}</Alert>}
        <FormAlert error={signIn.error} />
        <TextInput
          label={t('auth.signIn.login')} name="login" autoComplete="username" required autoFocus withAsterisk={false}
          minLength={3} maxLength={254} value={login} onChange={(event) => { setLogin(event.currentTarget.value); }}
        />
        <PasswordInput
          label={t('auth.signIn.password')} name="password" autoComplete="current-password" required withAsterisk={false}
          maxLength={256} value={password} onChange={(event) => { setPassword(event.currentTarget.value); }}
        />
        <Button type="submit" loading={signIn.busy} fullWidth>{t('auth.signIn.submit')}</Button>
        <Anchor component={Link} to="/reset" size="sm">{t('auth.signIn.forgot')}</Anchor>
      </form>
    </AuthLayout>
  );
}
