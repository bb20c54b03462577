import { Anchor, Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FormAlert } from '../../ui/FormAlert';
import { AuthLayout } from './AuthLayout';
import classes from './AuthLayout.module.css';
import { SIGN_UP_ROLES, needsLicence, type SignUpForm } from './signUpForm';
import { useSignUp } from './useSignUp';

export function SignUpPage() {
  const { t } = useTranslation();
  const { form, set, problems, submit, busy, error, formRef } = useSignUp();
  const field = (name: keyof SignUpForm) => ({
    name,
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) => { set(name, event.currentTarget.value); },
    error: problems[name] && t(`auth.signUp.${problems[name]}`),
  });
  const optional = (label: string) => <>{label} <span className={classes.hint}>({t('auth.signUp.optional')})</span></>;
  return (
    <AuthLayout
      title={t('auth.signUp.title')}
      lead={t('auth.signUp.lead')}
      footer={<>{t('auth.signUp.haveAccount')} <Anchor component={Link} to="/sign-in">{t('auth.signUp.signIn')}</Anchor></>}
    >
      <form className={classes.form} onSubmit={submit} noValidate ref={formRef}>
        <FormAlert error={error} />
        <NativeSelect label={t('auth.signUp.role')} {...field('role')} data={SIGN_UP_ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} />
        <TextInput label={t('auth.signUp.name')} autoComplete="name" maxLength={120} {...field('name')} />
        {needsLicence(form.role) && (
          <TextInput label={t('auth.signUp.licence')} description={t('auth.signUp.licenceHint')} maxLength={40} dir="ltr" {...field('licence')} />
        )}
        <TextInput label={t('auth.signUp.email')} description={t('auth.signUp.contactHint')} type="email" autoComplete="email" maxLength={254} dir="ltr" {...field('email')} />
        <TextInput label={t('auth.signUp.phone')} description={t('auth.signUp.phoneHint')} type="tel" autoComplete="tel" maxLength={24} dir="ltr" {...field('phone')} />
        <TextInput label={optional(t('auth.signUp.birth'))} type="date" autoComplete="bday" {...field('birth')} />
        <PasswordInput label={t('auth.signUp.password')} description={t('auth.signUp.passwordHint')} autoComplete="new-password" maxLength={256} {...field('password')} />
        <Button type="submit" loading={busy} fullWidth>{t('auth.signUp.submit')}</Button>
      </form>
    </AuthLayout>
  );
}
