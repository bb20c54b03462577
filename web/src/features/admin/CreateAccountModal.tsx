import { Modal, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ROLE_VALUES, type Role } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { EMPTY_FORM, commandOf, needsLicence, problemsOf, type SignUpForm } from '../auth/signUpForm';
import { useAdmin } from './useAccounts';

interface CreateAccountModalProps {
  onClose: () => void;
  onCreated: () => void;
}

/** An account for somebody else, of any role; what they will sign in with is agreed outside this page. */
export function CreateAccountModal({ onClose, onCreated }: CreateAccountModalProps) {
  const { t } = useTranslation();
  const api = useAdmin();
  const [role, setRole] = useState<Role>('doctor');
  const [form, setForm] = useState<SignUpForm>(EMPTY_FORM);
  const [tried, setTried] = useState(false);
  const problems = problemsOf({ ...form, role: needsLicence(role) ? 'doctor' : 'patient' });
  const task = useTask(useCallback(async () => {
    const { licence_number: _, ...command } = commandOf(form, 'en');
    await api.create({ ...command, role, licence_number: needsLicence(role) ? form.licence.trim() : null });
    onCreated();
  }, [api, form, role, onCreated]));
  const field = (name: keyof SignUpForm) => ({
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) => { setForm({ ...form, [name]: event.currentTarget.value }); },
    error: tried && problems[name] && t(`auth.signUp.${problems[name]}`),
  });
  const submit = () => {
    setTried(true);
    if (Object.keys(problems).length === 0) void task.run().then((done) => { if (done) onClose(); });
  };
  return (
    <Modal opened onClose={onClose} title={t('admin.accounts.create')}>
      <ModalForm submit={t('admin.accounts.create')} busy={task.busy} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <NativeSelect label={t('admin.accounts.role')} value={role} data={ROLE_VALUES.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(event) => { setRole(ROLE_VALUES.find((value) => value === event.currentTarget.value) ?? role); }} />
        <TextInput label={t('auth.signUp.name')} data-autofocus maxLength={120} {...field('name')} />
        {needsLicence(role) && <TextInput label={t('auth.signUp.licence')} dir="ltr" maxLength={40} {...field('licence')} />}
        <TextInput label={t('auth.signUp.email')} type="email" autoComplete="off" dir="ltr" maxLength={254} {...field('email')} />
        <TextInput label={t('auth.signUp.phone')} type="tel" autoComplete="off" dir="ltr" maxLength={24} {...field('phone')} />
        <PasswordInput label={t('admin.accounts.firstPassword')} description={t('auth.signUp.passwordHint')} autoComplete="new-password" maxLength={256} {...field('password')} />
      </ModalForm>
    </Modal>
  );
}
