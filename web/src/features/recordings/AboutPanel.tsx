import { Button, CopyButton, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconCopy, IconTrash } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { useLocale } from '../../app/useLocale';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RecordingView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { fullDate } from '../../ui/format';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { FilmCard } from './FilmCard';
import classes from './Review.module.css';
import { useClock } from './useRecordingWords';

/** The film, how long the recording is kept, and its end. */
export function AboutPanel({ recording }: { recording: RecordingView }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const session = useSessionState();
  const clock = useClock();
  const [deleting, setDeleting] = useState(false);
  const clinician = session.phase === 'signed_in' && (session.role === 'doctor' || session.role === 'nurse');
  const { recording_id: id, legal_hold: held, delete_after: until } = recording;
  return (
    <div className={classes.about}>
      <FilmCard recording={recording} mayMake={clinician} />
      <section className={classes.card} aria-label={t('recordings.about.keeping')}>
        <h2>{t('recordings.about.keeping')}</h2>
        <p>{held ? t('recordings.about.held') : until === null ? t('recordings.about.forEver') : t('recordings.deletedOn', { date: fullDate(until, locale) })}</p>
        <dl className={classes.facts}>
          <dt>{t('recordings.about.length')}</dt><dd>{clock(recording.duration_ms)}</dd>
          <dt>{t('recordings.about.number')}</dt>
          <dd className={classes.number}>
            <code dir="ltr">{id}</code>
            <CopyButton value={id}>{({ copied, copy }) => <Button size="compact-xs" variant="subtle" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>{t(copied ? 'action.copied' : 'action.copy')}</Button>}</CopyButton>
          </dd>
        </dl>
        <Link to={`/conversations/${recording.conversation_id}`} className={classes.link}>{t('recordings.about.conversation')}</Link>
        {clinician && <Button size="sm" variant="light" color="red" leftSection={<IconTrash size={18} />} disabled={held} onClick={() => { setDeleting(true); }}>{t('recordings.delete.open')}</Button>}
      </section>
      {deleting && <DeleteModal recordingId={id} onClose={() => { setDeleting(false); }} />}
    </div>
  );
}

function DeleteModal({ recordingId, onClose }: { recordingId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { recordings } = useWorkspace();
  const navigate = useNavigate();
  const remove = useTask(useCallback(() => recordings.remove(recordingId), [recordings, recordingId]));
  const submit = () => void remove.run().then((done) => {
    if (!done) return;
    notifications.show({ message: t('recordings.delete.done'), role: 'status' });
    void navigate('/recordings', { replace: true });
  });
  return (
    <Modal opened onClose={onClose} title={t('recordings.delete.title')}>
      <ModalForm submit={t('recordings.delete.submit')} busy={remove.busy} danger onSubmit={submit} onCancel={onClose}>
        <FormAlert error={remove.error} />
        <Text>{t('recordings.delete.text')}</Text>
      </ModalForm>
    </Modal>
  );
}
