import { Button, NativeSelect, Skeleton } from '@mantine/core';
import { IconMovie, IconMovieOff } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useConversations, useHubStatus, useRecordings, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { ALL, recordingsOf } from '../../state';
import { FormAlert } from '../../ui/FormAlert';
import { Page } from '../../ui/Page';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { useTask } from '../../ui/useTask';
import { titleOf } from '../conversations/titles';
import { RecordingRow } from './RecordingRow';
import classes from './Recordings.module.css';

/** Recorded visits, of one conversation or of all. */
export function RecordingsPage() {
  const { t } = useTranslation();
  const { me } = useWorkspace();
  const [query, setQuery] = useSearchParams();
  const conversations = useConversations();
  const chosen = query.get('conversation') ?? ALL;
  const options = useMemo(() => {
    const all = conversations.phase === 'ready' ? Object.values(conversations.value.byId) : [];
    return [{ value: ALL, label: t('recordings.everywhere') }, ...all.map((one) => ({ value: one.conversation_id, label: titleOf(one, me) }))];
  }, [conversations, me, t]);
  return (
    <Page title={t('recordings.title')} lead={t('recordings.lead')}>
      {options.length > 2 && (
        <NativeSelect
          mt="md" size="sm" className={classes.filter ?? ''} label={t('recordings.conversation')} data={options} value={chosen}
          onChange={(event) => { setQuery(event.currentTarget.value === ALL ? {} : { conversation: event.currentTarget.value }, { replace: true }); }}
        />
      )}
      <List key={chosen} conversation={chosen} />
    </Page>
  );
}

function List({ conversation }: { conversation: string }) {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const errorText = useErrorText();
  const live = useHubStatus().state === 'live';
  const state = useRecordings();
  const load = useTask(useCallback(() => recordings.load(conversation), [recordings, conversation]));
  const older = useTask(useCallback(() => recordings.older(conversation), [recordings, conversation]));
  const list = recordingsOf(state, conversation);
  const { run } = load;
  useEffect(() => { if (live) void run(); }, [run, live]);
  if (!list && load.error) return <StatePanel role="alert" tone="danger" icon={<IconMovieOff />} title={t('recordings.failed')} action={{ label: t('action.retry'), onClick: () => void run() }}>{errorText(load.error)}</StatePanel>;
  if (!list) return <div role="status" aria-label={t('app.loading')}>{[0, 1, 2].map((key) => <Skeleton key={key} height={96} mt="sm" radius="lg" />)}</div>;
  if (list.length === 0) return <StatePanel icon={<IconMovie />} title={t('recordings.emptyTitle')}>{t('recordings.emptyText')}</StatePanel>;
  return (
    <>
      <ul className={classes.rows}>{list.map((recording) => <li key={recording.recording_id}><RecordingRow recording={recording} /></li>)}</ul>
      <FormAlert error={older.error} />
      {state.lists[conversation]?.more && <Button variant="subtle" fullWidth mt="sm" loading={older.busy} onClick={() => void older.run()}>{t('action.more')}</Button>}
    </>
  );
}
