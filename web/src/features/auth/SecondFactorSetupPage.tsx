import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session/SessionContext';
import { AuthLayout } from './AuthLayout';
import { SecondFactorSetup } from './SecondFactorSetup';

/** For roles that must have a second factor and have none yet. */
export function SecondFactorSetupPage() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <AuthLayout
      title={t('auth.setup.title')}
      lead={t('auth.setup.required')}
      footer={<Anchor component="button" type="button" onClick={() => void session.signOut()}>{t('action.signOut')}</Anchor>}
    >
      <SecondFactorSetup onDone={() => void session.renew()} />
    </AuthLayout>
  );
}
