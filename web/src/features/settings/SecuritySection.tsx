import { Button, Modal, PasswordInput, Skeleton, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { SecondFactorSetup } from '../auth/SecondFactorSetup';
import classes from './Settings.module.css';
import { useSecurity } from './useSecurity';

export function SecuritySection() {
  const security = useSecurity();
  return (
    <>
      <SecondFactor security={security} />
      <Password security={security} />
    </>
  );
}

type Security = ReturnType<typeof useSecurity>;

function SecondFactor({ security }: { security: Security }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<'on' | 'off' | null>(null);
  const { factor } = security;
  const close = () => {
    setAsked(null);
    void security.reload();
  };
  return (
    <section className={classes.card} aria-label={t('settings.security.factorTitle')}>
      <h2>{t('settings.security.factorTitle')}</h2>
      <FormAlert error={security.error} />
      {factor === null && !security.error && <Skeleton height={20} width="60%" />}
      {factor && <p className={classes.lead}>{factor.enabled ? t('settings.security.factorOn', { count: factor.recovery_codes_left }) : t('settings.security.factorOff')} {factor.required && t('settings.security.factorRequired')}</p>}
      {factor && (
        <div className={classes.end}>
          {factor.enabled
            ? !factor.required && <Button size="sm" variant="light" color="red" onClick={() => { setAsked('off'); }}>{t('settings.security.turnOff')}</Button>
            : <Button size="sm" onClick={() => { setAsked('on'); }}>{t('settings.security.turnOn')}</Button>}
        </div>
      )}
      {asked === 'on' && <Modal opened onClose={close} title={t('auth.setup.title')}><SecondFactorSetup onDone={close} /></Modal>}
      {asked === 'off' && <TurnOff security={security} onClose={close} />}
    </section>
  );
}

function TurnOff({ security, onClose }: { security: Security; onClose: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const task = useTask(security.disable);
  const submit = () => void task.run({ current_password: password, code: code.trim() }).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('settings.security.turnOffTitle')}>
      <ModalForm submit={t('settings.security.turnOff')} danger busy={task.busy} disabled={password === '' || code.trim().length < 6} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <PasswordInput data-autofocus label={t('settings.security.current')} autoComplete="current-password" value={password} onChange={(event) => { setPassword(event.currentTarget.value); }} />
        <TextInput label={t('settings.security.code')} dir="ltr" autoComplete="one-time-code" maxLength={24} value={code} onChange={(event) => { setCode(event.currentTarget.value); }} />
      </ModalForm>
    </Modal>
  );
}

function Password({ security }: { security: Security }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [changed, setChanged] = useState(false);
  const task = useTask(security.changePassword);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void task.run({ current_password: current, new_password: next }).then((done) => {
      setChanged(done);
      if (!done) return;
      setCurrent('');
      setNext('');
    });
  };
  return (
    <form className={classes.card} onSubmit={submit}>
      <h2>{t('settings.security.passwordTitle')}</h2>
      <FormAlert error={task.error} />
      <div className={classes.grid}>
        <PasswordInput label={t('settings.security.current')} autoComplete="current-password" required withAsterisk={false} maxLength={256} value={current} onChange={(event) => { setCurrent(event.currentTarget.value); }} />
        <PasswordInput label={t('settings.security.new')} description={t('auth.signUp.passwordHint')} inputWrapperOrder={['label', 'input', 'description', 'error']} autoComplete="new-password" required withAsterisk={false} minLength={12} maxLength={256} value={next} onChange={(event) => { setNext(event.currentTarget.value); }} />
      </div>
      <div className={classes.end}>
        <Button type="submit" size="sm" loading={task.busy}>{t('settings.security.change')}</Button>
        <span role="status" className={classes.good}>{changed && current === '' ? t('settings.security.changed') : ''}</span>
      </div>
    </form>
  );
}
