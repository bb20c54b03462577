import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ACCOUNT_STATUS_VALUES, ROLE_VALUES } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { AccountItem } from './AccountItem';
import classes from './Admin.module.css';
import { CreateAccountModal } from './CreateAccountModal';
import { useAccounts, type AccountFilter } from './useAccounts';

export function AccountsSection() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<AccountFilter>({ query: '', role: null, status: null });
  const [creating, setCreating] = useState(false);
  const accounts = useAccounts(filter);
  const any = { value: '', label: t('admin.accounts.any') };
  return (
    <>
      <div className={classes.filters}>
        <TextInput
          className={classes.search} size="sm" type="search" label={t('action.search')} placeholder={t('admin.accounts.searchHint')} leftSection={<IconSearch size={17} />} maxLength={120}
          value={filter.query} onChange={(event) => { setFilter({ ...filter, query: event.currentTarget.value }); }}
        />
        <NativeSelect size="sm" label={t('admin.accounts.role')} value={filter.role ?? ''} data={[any, ...ROLE_VALUES.map((value) => ({ value, label: t(`role.${value}`) }))]} onChange={(event) => { setFilter({ ...filter, role: ROLE_VALUES.find((value) => value === event.currentTarget.value) ?? null }); }} />
        <NativeSelect size="sm" label={t('admin.accounts.status')} value={filter.status ?? ''} data={[any, ...ACCOUNT_STATUS_VALUES.map((value) => ({ value, label: t(`settings.profile.status.${value}`) }))]} onChange={(event) => { setFilter({ ...filter, status: ACCOUNT_STATUS_VALUES.find((value) => value === event.currentTarget.value) ?? null }); }} />
        <Button size="sm" leftSection={<IconUserPlus size={18} />} onClick={() => { setCreating(true); }}>{t('admin.accounts.create')}</Button>
      </div>
      <FormAlert error={accounts.error} />
      {accounts.rows === null && !accounts.error && <div role="status" aria-label={t('app.loading')}>{[0, 1, 2, 3].map((key) => <Skeleton key={key} height={58} mt="sm" radius="md" />)}</div>}
      {accounts.rows?.length === 0 && <StatePanel role="status" icon={<IconUsers />} title={t('admin.accounts.none')} />}
      {accounts.rows !== null && accounts.rows.length > 0 && (
        <ul className={classes.rows} aria-label={t('admin.accounts.title')}>
          {accounts.rows.map((row) => <AccountItem key={row.user_id} account={row} onChanged={accounts.take} />)}
        </ul>
      )}
      {accounts.more && <Button variant="subtle" fullWidth mt="sm" onClick={() => void accounts.more?.().catch(() => undefined)}>{t('action.more')}</Button>}
      {creating && <CreateAccountModal onClose={() => { setCreating(false); }} onCreated={accounts.reload} />}
    </>
  );
}
