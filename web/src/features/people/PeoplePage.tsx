import { Button, Skeleton } from '@mantine/core';
import { IconHeartHandshake, IconPlugConnectedX, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionState } from '../../app/session/SessionContext';
import { useRelationships, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RelationshipView } from '../../contract';
import { newestFirst } from '../../state';
import { Page } from '../../ui/Page';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import classes from './People.module.css';
import { ProposeModal } from './ProposeModal';
import { RelationshipRow } from './RelationshipRow';

export function PeoplePage() {
  const { t } = useTranslation();
  const session = useSessionState();
  const [proposing, setProposing] = useState(false);
  const role = session.phase === 'signed_in' ? session.role : null;
  const mayPropose = role !== null && role !== 'admin' && session.phase === 'signed_in' && session.verified;
  const add = mayPropose && <Button size="sm" leftSection={<IconUserPlus size={18} />} onClick={() => { setProposing(true); }}>{t('people.add')}</Button>;
  return (
    <Page title={t('people.title')} lead={t('people.lead')} action={add}>
      <People />
      {proposing && role && <ProposeModal role={role} onClose={() => { setProposing(false); }} />}
    </Page>
  );
}

function People() {
  const { t } = useTranslation();
  const { relationships } = useWorkspace();
  const errorText = useErrorText();
  const loaded = useRelationships();
  if (loaded.phase === 'loading') return <div role="status" aria-label={t('app.loading')}>{[0, 1, 2].map((key) => <Skeleton key={key} height={64} mt="sm" radius="md" />)}</div>;
  if (loaded.phase === 'failed') {
    return <StatePanel role="alert" tone="danger" icon={<IconPlugConnectedX />} title={t('people.failed')} action={{ label: t('action.retry'), onClick: () => void relationships.load() }}>{errorText(loaded.error)}</StatePanel>;
  }
  const all = newestFirst(Object.values(loaded.value));
  const of = (test: (link: RelationshipView) => boolean) => all.filter(test);
  const waiting = of((link) => link.status === 'proposed' && link.may_answer);
  const asked = of((link) => link.status === 'proposed' && !link.may_answer);
  const active = of((link) => link.status === 'active');
  const past = of((link) => link.status === 'ended' || link.status === 'declined');
  if (all.length === 0) return <StatePanel icon={<IconHeartHandshake />} title={t('people.emptyTitle')}>{t('people.emptyText')}</StatePanel>;
  return (
    <>
      <Group title={t('people.waiting')} links={waiting} />
      <Group title={t('people.active')} links={active} />
      <Group title={t('people.asked')} links={asked} />
      <Group title={t('people.past')} links={past} />
    </>
  );
}

function Group({ title, links }: { title: string; links: RelationshipView[] }) {
  if (links.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className={classes.heading}>{title}</h2>
      <ul className={classes.cards}>{links.map((link) => <li key={link.relationship_id}><RelationshipRow link={link} /></li>)}</ul>
    </section>
  );
}
