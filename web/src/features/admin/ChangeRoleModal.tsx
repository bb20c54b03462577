import { Modal, NativeSelect, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ROLE_VALUES, type AccountRow, type Role } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { needsLicence } from '../auth/signUpForm';
import { useAdmin } from './useAccounts';

interface ChangeRoleModalProps {
  account: AccountRow;
  onChanged: (account: AccountRow) => void;
  onClose: () => void;
}

export function ChangeRoleModal({ account, onChanged, onClose }: ChangeRoleModalProps) {
  const { t } = useTranslation();
  const api = useAdmin();
  const [role, setRole] = useState<Role>(account.role);
  const [licence, setLicence] = useState(account.licence_number ?? '');
  const task = useTask(useCallback(async () => {
    const changed = await api.changeRole(account.user_id, { role, licence_number: needsLicence(role) ? licence.trim() : null });
    onChanged(changed.account);
  }, [api, account.user_id, role, licence, onChanged]));
  const submit = () => void task.run().then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('admin.accounts.changeRoleOf', { name: account.name })}>
      <ModalForm submit={t('action.save')} busy={task.busy} disabled={role === account.role || (needsLicence(role) && licence.trim().length < 3)} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <Text c="dimmed">{t('admin.accounts.changeRoleText')}</Text>
        <NativeSelect label={t('admin.accounts.role')} value={role} data={ROLE_VALUES.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(event) => { setRole(ROLE_VALUES.find((value) => value === event.currentTarget.value) ?? role); }} />
        {needsLicence(role) && <TextInput label={t('auth.signUp.licence')} dir="ltr" maxLength={40} value={licence} onChange={(event) => { setLicence(event.currentTarget.value); }} />}
      </ModalForm>
    </Modal>
  );
}
