import { Badge, Button, Skeleton } from '@mantine/core';
import { IconHeartHandshake, IconLink } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RelationshipView } from '../../contract';
import { fullDate } from '../../ui/format';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { useTask } from '../../ui/useTask';
import classes from './Admin.module.css';
import { EstablishModal } from './EstablishModal';

export function RelationshipsSection() {
  const { t } = useTranslation();
  const { relationships } = useWorkspace();
  const live = useHubStatus().state === 'live';
  const [links, setLinks] = useState<RelationshipView[] | null>(null);
  const [joining, setJoining] = useState(false);
  const { run, error } = useTask(useCallback(async () => { setLinks((await relationships.listAll(null)).relationships); }, [relationships]));
  useEffect(() => { if (live) void run(); }, [run, live]);
  const take = (changed: RelationshipView) => { setLinks((before) => before?.map((link) => (link.relationship_id === changed.relationship_id ? changed : link)) ?? null); };
  return (
    <>
      <div className={classes.actions}><Button size="sm" mt="md" leftSection={<IconLink size={18} />} onClick={() => { setJoining(true); }}>{t('admin.links.establish')}</Button></div>
      <FormAlert error={error} />
      {links === null && !error && <div role="status" aria-label={t('app.loading')}>{[0, 1, 2].map((key) => <Skeleton key={key} height={58} mt="sm" radius="md" />)}</div>}
      {links?.length === 0 && <StatePanel icon={<IconHeartHandshake />} title={t('admin.links.none')} />}
      {links !== null && links.length > 0 && <ul className={classes.rows} aria-label={t('admin.links.title')}>{links.map((link) => <Link key={link.relationship_id} link={link} onChanged={take} />)}</ul>}
      {joining && <EstablishModal onClose={() => { setJoining(false); }} onDone={() => void run()} />}
    </>
  );
}

function Link({ link, onChanged }: { link: RelationshipView; onChanged: (link: RelationshipView) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { relationships } = useWorkspace();
  const task = useTask(useCallback(async () => { onChanged(await relationships.end(link.relationship_id)); }, [relationships, link.relationship_id, onChanged]));
  const ended = link.status === 'ended' || link.status === 'declined';
  return (
    <li className={classes.row}>
      <div className={classes.text}>
        <span className={classes.name}><bdi>{link.people.map((person) => person.name).join(' – ')}</bdi></span>
        <span className={classes.meta}>{[t(`people.kind.${link.kind}`), link.label].filter(Boolean).join(' · ')}</span>
        <FormAlert error={task.error} />
      </div>
      <div className={classes.facts}>
        <Badge variant="light" color={link.status === 'active' ? 'pine' : ended ? 'gray' : 'yellow'}>{t(`people.status.${link.status}`)}</Badge>
        <span className={classes.meta}>{fullDate(link.changed_at, locale)}</span>
      </div>
      <div className={classes.actions}>{!ended && <Button size="xs" variant="subtle" color="red" loading={task.busy} onClick={() => void task.run()}>{t('admin.links.end')}</Button>}</div>
    </li>
  );
}
