import { Button, Code, CopyButton, PasswordInput, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FormAlert } from '../../ui/FormAlert';
import { QrCode } from '../../ui/QrCode';
import classes from './SecondFactorSetup.module.css';
import { useSecondFactorSetup } from './useSecondFactorSetup';

/** Password, then the code to scan, then the recovery codes. `onDone` is called when those have been kept. */
export function SecondFactorSetup({ onDone }: { onDone: () => void }) {
  const setup = useSecondFactorSetup();
  if (setup.codes) return <Codes codes={setup.codes} onDone={onDone} />;
  return setup.secret ? <Scan setup={setup} /> : <Begin setup={setup} />;
}

type Setup = ReturnType<typeof useSecondFactorSetup>;

function Begin({ setup }: { setup: Setup }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void setup.begin.run(password);
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <p className={classes.lead}>{t('auth.setup.passwordLead')}</p>
      <FormAlert error={setup.begin.error} />
      <PasswordInput label={t('auth.signIn.password')} autoComplete="current-password" required withAsterisk={false} autoFocus value={password} onChange={(event) => { setPassword(event.currentTarget.value); }} />
      <Button type="submit" loading={setup.begin.busy}>{t('action.continue')}</Button>
    </form>
  );
}

function Scan({ setup }: { setup: Setup }) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void setup.confirm.run(code.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <p className={classes.lead}>{t('auth.setup.scan')}</p>
      <QrCode text={setup.secret?.otpauth_uri ?? ''} label={t('auth.setup.qr')} />
      <p className={classes.lead}>{t('auth.setup.manual')}: <Code dir="ltr" className={classes.secret}>{setup.secret?.secret}</Code></p>
      <FormAlert error={setup.confirm.error} />
      <TextInput label={t('auth.setup.codeLabel')} name="code" dir="ltr" inputMode="numeric" autoComplete="one-time-code" autoFocus required withAsterisk={false} minLength={6} maxLength={6} value={code} onChange={(event) => { setCode(event.currentTarget.value); }} />
      <Button type="submit" loading={setup.confirm.busy}>{t('auth.setup.turnOn')}</Button>
    </form>
  );
}

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.form} role="status">
      <h2 className={classes.heading}>{t('auth.setup.codesTitle')}</h2>
      <p className={classes.lead}>{t('auth.setup.codesLead')}</p>
      <ul className={classes.codes} dir="ltr">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
      <div className={classes.buttons}>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => <Button variant="default" onClick={copy}>{t(copied ? 'action.copied' : 'action.copy')}</Button>}
        </CopyButton>
        <Button onClick={onDone}>{t('auth.setup.kept')}</Button>
      </div>
    </div>
  );
}
