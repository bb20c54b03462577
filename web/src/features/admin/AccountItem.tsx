import { ActionIcon, Badge, Button, Menu } from '@mantine/core';
import { IconDots, IconLock, IconLockOpen, IconShieldCheck, IconUserCog } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountAction } from '../../app/session/api';
import { useLocale } from '../../app/useLocale';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { AccountRow, AccountStatus } from '../../contract';
import { fullDate } from '../../ui/format';
import { FormAlert } from '../../ui/FormAlert';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { useTask } from '../../ui/useTask';
import classes from './Admin.module.css';
import { ChangeRoleModal } from './ChangeRoleModal';
import { useAdmin } from './useAccounts';

const COLOURS: Record<AccountStatus, string> = { active: 'pine', unverified: 'yellow', disabled: 'red' };

export function AccountItem({ account, onChanged }: { account: AccountRow; onChanged: (account: AccountRow) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { me } = useWorkspace();
  const api = useAdmin();
  const [changing, setChanging] = useState(false);
  const task = useTask(useCallback(async (action: AccountAction) => { onChanged((await api.act(account.user_id, action)).account); }, [api, account.user_id, onChanged]));
  const details = [account.email, account.phone, account.licence_number].filter((text) => text !== null).join(' · ');
  return (
    <li className={classes.row}>
      <PersonAvatar name={account.name} seed={account.user_id} size={42} />
      <div className={classes.text}>
        <span className={classes.name}><bdi>{account.name}</bdi></span>
        <span className={classes.meta} dir="ltr">{details}</span>
        <FormAlert error={task.error} />
      </div>
      <div className={classes.facts}>
        <span>{t(`role.${account.role}`)}</span>
        <Badge variant="light" color={COLOURS[account.status]}>{t(`settings.profile.status.${account.status}`)}</Badge>
        <span className={classes.meta}>{fullDate(account.created_at, locale)}</span>
      </div>
      <div className={classes.actions}>
        {account.status === 'unverified' && <Button size="xs" loading={task.busy} leftSection={<IconShieldCheck size={16} />} onClick={() => void task.run('verify')}>{t('admin.accounts.verify')}</Button>}
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={36} disabled={account.user_id === me} aria-label={t('admin.accounts.actions', { name: account.name })}><IconDots size={20} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconUserCog size={17} />} onClick={() => { setChanging(true); }}>{t('admin.accounts.changeRole')}</Menu.Item>
            {account.status === 'disabled'
              ? <Menu.Item leftSection={<IconLockOpen size={17} />} onClick={() => void task.run('enable')}>{t('admin.accounts.enable')}</Menu.Item>
              : <Menu.Item color="red" leftSection={<IconLock size={17} />} onClick={() => void task.run('disable')}>{t('admin.accounts.disable')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      </div>
      {changing && <ChangeRoleModal account={account} onChanged={onChanged} onClose={() => { setChanging(false); }} />}
    </li>
  );
}
