import { Anchor, Button, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FormAlert } from '../../ui/FormAlert';
import { AuthLayout } from './AuthLayout';
import classes from './AuthLayout.module.css';

interface SecondFactorStepProps {
  task: { busy: boolean; error: unknown };
  submit: (code: string) => Promise<void>;
  back: () => void;
}

export function SecondFactorStep({ task, submit, back }: SecondFactorStepProps) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    void submit(code.trim());
  };
  const swap = () => {
    setRecovery(!recovery);
    setCode('');
  };
  return (
    <AuthLayout title={t('auth.code.title')} lead={t(recovery ? 'auth.code.recoveryLead' : 'auth.code.lead')}>
      <form className={classes.form} onSubmit={onSubmit}>
        <FormAlert error={task.error} />
        <TextInput
          key={String(recovery)} label={t(recovery ? 'auth.code.recoveryLabel' : 'auth.code.label')} name="code" dir="ltr"
          autoComplete="one-time-code" inputMode={recovery ? 'text' : 'numeric'} required withAsterisk={false} autoFocus
          minLength={6} maxLength={24} value={code} onChange={(event) => { setCode(event.currentTarget.value); }}
        />
        <Button type="submit" loading={task.busy} fullWidth>{t('auth.code.submit')}</Button>
        <div className={classes.linkRow}>
          <Anchor component="button" type="button" onClick={swap}>{t(recovery ? 'auth.code.useApp' : 'auth.code.useRecovery')}</Anchor>
          <Anchor component="button" type="button" onClick={back}>{t('action.back')}</Anchor>
        </div>
      </form>
    </AuthLayout>
  );
}
