import { Button, Skeleton } from '@mantine/core';
import { IconLogout, IconUserOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useParams } from 'react-router';
import { useAccount } from '../../app/AccountContext';
import { useSession } from '../../app/session/SessionContext';
import { useHubStatus } from '../../app/workspace/WorkspaceContext';
import { DevelopmentOutboxLink } from '../../ui/DevelopmentOutboxLink';
import { Page } from '../../ui/Page';
import { StatePanel } from '../../ui/StatePanel';
import { CallsSection } from './CallsSection';
import { PreferencesSection } from './PreferencesSection';
import { ProfileSection } from './ProfileSection';
import { SecuritySection } from './SecuritySection';
import { SessionsSection } from './SessionsSection';
import classes from './Settings.module.css';
import { StatusSection } from './StatusSection';

const SECTIONS = ['profile', 'preferences', 'security', 'sessions'] as const;
type Section = (typeof SECTIONS)[number];

export function SettingsPage() {
  const { t } = useTranslation();
  const session = useSession();
  const { section = 'profile' } = useParams();
  const chosen = SECTIONS.find((name) => name === section);
  if (!chosen) return <Navigate to="/settings" replace />;
  const leave = <Button size="sm" variant="default" leftSection={<IconLogout size={18} className="cw-flip" />} onClick={() => void session.signOut()}>{t('action.signOut')}</Button>;
  return (
    <Page title={t('settings.title')} action={leave}>
      <nav className={classes.tabs} aria-label={t('settings.sections')}>
        {SECTIONS.map((name) => <Link key={name} className={classes.tab} to={`/settings/${name}`} aria-current={name === chosen ? 'page' : undefined}>{t(`settings.section.${name}`)}</Link>)}
      </nav>
      <Chosen section={chosen} />
      <DevelopmentOutboxLink />
    </Page>
  );
}

function Chosen({ section }: { section: Section }) {
  const { t } = useTranslation();
  const { account, reload } = useAccount();
  const away = useHubStatus().state === 'offline';
  if (!account && away) return <StatePanel icon={<IconUserOff />} title={t('settings.failed')} action={{ label: t('action.retry'), onClick: () => void reload().catch(() => undefined) }} />;
  if (!account) return <div role="status" aria-label={t('settings.loading')}><Skeleton height={180} mt="lg" radius="lg" /></div>;
  switch (section) {
    case 'profile': return <><ProfileSection key={account.name} account={account} />{(account.role === 'doctor' || account.role === 'nurse') && <StatusSection />}</>;
    case 'preferences': return <><PreferencesSection account={account} /><CallsSection /></>;
    case 'security': return <SecuritySection />;
    case 'sessions': return <SessionsSection />;
  }
}
