import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { IconMovie, IconMovieOff, IconSearch } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormAlert } from '../../ui/FormAlert';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { useTask } from '../../ui/useTask';
import settings from '../settings/Settings.module.css';
import classes from './Admin.module.css';
import { RegisterItem } from './RegisterItem';
import { useRegister } from './useRegister';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HELD: Readonly<Record<string, boolean>> = { held: true, free: false };

/** Every recording of the organisation, as administrators may know it: what there is, never what is in it. */
export function RecordingRegister() {
  const { t } = useTranslation();
  const [held, setHeld] = useState('');
  const [number, setNumber] = useState('');
  const wanted = number.trim().toLowerCase();
  const wrong = wanted !== '' && !UUID.test(wanted);
  return (
    <section className={settings.card} aria-label={t('recordings.admin.register')}>
      <h2>{t('recordings.admin.register')}</h2>
      <p className={settings.lead}>{t('recordings.admin.registerText')}</p>
      <div className={classes.pair}>
        <NativeSelect
          size="sm" label={t('recordings.admin.show')} value={held} onChange={(event) => { setHeld(event.currentTarget.value); }}
          data={[{ value: '', label: t('recordings.admin.all') }, { value: 'held', label: t('recordings.admin.onlyHeld') }, { value: 'free', label: t('recordings.admin.onlyFree') }]}
        />
        <TextInput
          size="sm" type="search" dir="ltr" label={t('recordings.admin.number')} leftSection={<IconSearch size={17} />} maxLength={40} value={number}
          error={wrong ? t('recordings.admin.numberWrong') : undefined} onChange={(event) => { setNumber(event.currentTarget.value); }}
        />
      </div>
      {!wrong && <Rows key={`${held} ${wanted}`} held={HELD[held] ?? null} recordingId={wanted === '' ? null : wanted} />}
    </section>
  );
}

function Rows({ held, recordingId }: { held: boolean | null; recordingId: string | null }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const register = useRegister({ held, recordingId });
  const { rows } = register;
  const more = useTask(useCallback(() => register.more?.() ?? Promise.resolve(), [register]));
  if (!rows && register.error) return <StatePanel role="alert" tone="danger" icon={<IconMovieOff />} title={t('recordings.failed')} action={{ label: t('action.retry'), onClick: register.reload }}>{errorText(register.error)}</StatePanel>;
  if (!rows) return <div role="status" aria-label={t('app.loading')}>{[0, 1, 2].map((key) => <Skeleton key={key} height={64} mt="sm" radius="md" />)}</div>;
  if (rows.length === 0) {
    const none = recordingId !== null ? 'noneOfNumber' : held === true ? 'noneHeld' : 'none';
    return <StatePanel role="status" icon={<IconMovie />} title={t(`recordings.admin.${none}`)} />;
  }
  return (
    <>
      <FormAlert error={register.error ?? more.error} />
      <ul className={classes.rows} aria-label={t('recordings.admin.register')}>
        {rows.map((row) => <RegisterItem key={row.recording_id} row={row} onHold={register.setHold} />)}
      </ul>
      {register.more && <Button variant="subtle" fullWidth loading={more.busy} onClick={() => void more.run()}>{t('action.more')}</Button>}
    </>
  );
}
