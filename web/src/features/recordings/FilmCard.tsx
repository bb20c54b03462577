import { Button, Progress } from '@mantine/core';
import { IconDownload, IconMovie } from '@tabler/icons-react';
import { useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RecordingView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './Review.module.css';
import { useSize } from './useRecordingWords';

/** Progress is told by lossy facts: look again this often while a film is made. */
const LOOK_MS = 5_000;

/** One film of the whole visit, made on demand. */
export function FilmCard({ recording, mayMake }: { recording: RecordingView; mayMake: boolean }) {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const size = useSize();
  const { recording_id: id, composed: film } = recording;
  const make = useTask(useCallback(() => recordings.compose(id), [recordings, id]));
  const save = useTask(useCallback((file: string) => recordings.link(id, file).then(({ url }) => { download(url, file); }), [recordings, id]));
  const working = film.state === 'waiting' || film.state === 'running';
  useEffect(() => {
    if (!working) return;
    const timer = setInterval(() => void recordings.open(id).catch(() => undefined), LOOK_MS);
    return () => { clearInterval(timer); };
  }, [working, recordings, id]);
  if (film.state === 'none' && !mayMake) return null;
  return (
    <section className={classes.card} aria-label={t('recordings.film.title')} data-testid="film" data-state={film.state}>
      <h2>{t('recordings.film.title')}</h2>
      <p>{t('recordings.film.text')}</p>
      <FormAlert error={make.error ?? save.error} />
      {film.state === 'failed' && <p role="alert" className={classes.bad}>{t('recordings.film.failed')}</p>}
      {film.state === 'outdated' && <p role="status">{t('recordings.film.outdated')}</p>}
      {working && (
        <div className={classes.progress}>
          <Progress value={film.percent} aria-label={t('recordings.film.title')} animated />
          <span role="status">{film.state === 'waiting' ? t('recordings.film.waiting') : t('recordings.film.running', { percent: film.percent })}</span>
        </div>
      )}
      {(film.state === 'none' || film.state === 'failed' || film.state === 'outdated') && mayMake && <Button size="sm" variant="light" leftSection={<IconMovie size={18} />} loading={make.busy} onClick={() => void make.run()}>{t(film.state === 'failed' ? 'action.retry' : film.state === 'outdated' ? 'recordings.film.again' : 'recordings.film.make')}</Button>}
      {film.state === 'ready' && film.file !== null && (
        <div className={classes.filmButtons}>
          <Button size="sm" leftSection={<IconDownload size={18} />} loading={save.busy} onClick={() => void save.run(film.file ?? '')}>{t('recordings.film.download', { size: size(film.bytes) })}</Button>
          <Button size="sm" variant="subtle" loading={save.busy} onClick={() => void save.run(subtitlesOf(film.file ?? ''))}>{t('recordings.film.subtitles')}</Button>
        </div>
      )}
    </section>
  );
}

/** The chat beside a film, under the film's name. */
const subtitlesOf = (file: string): string => `${file.replace(/\.[^.]*$/, '')}.vtt`;

function download(url: string, file: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
}
