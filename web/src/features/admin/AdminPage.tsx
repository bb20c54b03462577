import { useTranslation } from 'react-i18next';
import { Link, Navigate, useParams } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { DevelopmentOutboxLink } from '../../ui/DevelopmentOutboxLink';
import { Page } from '../../ui/Page';
import settings from '../settings/Settings.module.css';
import { AccountsSection } from './AccountsSection';
import { RecordingsSection } from './RecordingsSection';
import { RelationshipsSection } from './RelationshipsSection';

const SECTIONS = [
  { name: 'accounts', title: 'admin.accounts.title', Section: AccountsSection },
  { name: 'relationships', title: 'admin.links.title', Section: RelationshipsSection },
  { name: 'recordings', title: 'recordings.admin.title', Section: RecordingsSection },
] as const;

/** Accounts, relationships and recording, for administrators. The hub decides; this only spares others a refused page. */
export function AdminPage() {
  const { t } = useTranslation();
  const session = useSessionState();
  const { section = 'accounts' } = useParams();
  if (session.phase !== 'signed_in' || session.role !== 'admin') return <Navigate to="/conversations" replace />;
  const chosen = SECTIONS.find(({ name }) => name === section) ?? SECTIONS[0];
  return (
    <Page title={t('admin.title')} wide>
      <nav className={settings.tabs} aria-label={t('admin.sections')}>
        {SECTIONS.map(({ name, title }) => <Link key={name} className={settings.tab} to={`/admin/${name}`} aria-current={name === chosen.name ? 'page' : undefined}>{t(title)}</Link>)}
      </nav>
      <chosen.Section />
      <DevelopmentOutboxLink />
    </Page>
  );
}
