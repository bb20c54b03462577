import { Anchor, Button, TextInput } from '@mantine/core';
import { IconMailCheck } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { door } from '../../app/session/api';
import { DevelopmentOutboxLink } from '../../ui/DevelopmentOutboxLink';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { useTask } from '../../ui/useTask';
import { AuthLayout } from './AuthLayout';
import classes from './AuthLayout.module.css';

export function ResetRequestPage() {
  const { t } = useTranslation();
  const [login, setLogin] = useState('');
  const [sent, setSent] = useState(false);
  const task = useTask(door.requestReset);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void task.run(login.trim()).then(setSent);
  };
  const footer = <Anchor component={Link} to="/sign-in">{t('auth.reset.backToSignIn')}</Anchor>;
  if (sent) {
    return (
      <AuthLayout title={t('auth.reset.title')} footer={footer}>
        <StatePanel role="status" icon={<IconMailCheck />} title={t('auth.reset.sentTitle')}>
          <p>{t('auth.reset.sentText')}</p>
          <DevelopmentOutboxLink />
        </StatePanel>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t('auth.reset.title')} lead={t('auth.reset.lead')} footer={footer}>
      <form className={classes.form} onSubmit={submit}>
        <FormAlert error={task.error} />
        <TextInput
          label={t('auth.signIn.login')} name="login" autoComplete="username" required withAsterisk={false} autoFocus
          minLength={3} maxLength={254} value={login} onChange={(event) => { setLogin(event.currentTarget.value); }}
        />
        <Button type="submit" loading={task.busy} fullWidth>{t('auth.reset.submit')}</Button>
      </form>
    </AuthLayout>
  );
}
