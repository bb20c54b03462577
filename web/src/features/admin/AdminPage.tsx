import { useTranslation } from 'react-i18next';
import { Link, Navigate, useParams } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { DevelopmentOutboxLink } from '../../ui/DevelopmentOutboxLink';
import { Page } from '../../ui/Page';
import settings from '../settings/Settings.module.css';
import { AccountsSection } from './AccountsSection';
import { RelationshipsSection } from './RelationshipsSection';

/** Accounts and relationships, for administrators. The hub decides; this only spares others a refused page. */
export function AdminPage() {
  const { t } = useTranslation();
  const session = useSessionState();
  const { section = 'accounts' } = useParams();
  if (session.phase !== 'signed_in' || session.role !== 'admin') return <Navigate to="/conversations" replace />;
  const links = section === 'relationships';
  return (
    <Page title={t('admin.title')} wide>
      <nav className={settings.tabs} aria-label={t('admin.sections')}>
        <Link className={settings.tab} to="/admin/accounts" aria-current={links ? undefined : 'page'}>{t('admin.accounts.title')}</Link>
        <Link className={settings.tab} to="/admin/relationships" aria-current={links ? 'page' : undefined}>{t('admin.links.title')}</Link>
      </nav>
      {links ? <RelationshipsSection /> : <AccountsSection />}
      <DevelopmentOutboxLink />
    </Page>
  );
}
