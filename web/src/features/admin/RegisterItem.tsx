import { Button, Modal, Text } from '@mantine/core';
import { IconLock, IconLockOpen } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import type { RecordingRow } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { fullDate, fullTime } from '../../ui/format';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { StatusBadge } from '../recordings/StatusBadge';
import { useClock, useSize } from '../recordings/useRecordingWords';
import classes from './Admin.module.css';

interface RegisterItemProps {
  row: RecordingRow;
  onHold: (row: RecordingRow, held: boolean) => Promise<void>;
}

/** One recording, and whether it must be kept. Releasing asks once more: what is past its day is then deleted. */
export function RegisterItem({ row, onHold }: RegisterItemProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const clock = useClock();
  const size = useSize();
  const [releasing, setReleasing] = useState(false);
  const hold = useTask(useCallback((held: boolean) => onHold(row, held), [onHold, row]));
  const { legal_hold: held, delete_after: until } = row;
  const names = row.people.map((person) => person.name || t(`role.${person.role}`)).join(', ');
  const date = fullTime(row.started_at, locale);
  const done = row.status === 'ready' || row.status === 'failed';
  const facts = [date, ...(done ? [clock(row.duration_ms), size(row.bytes).replace(' ', '\u00a0')] : [])].join(' · ');
  const kept = held ? t('recordings.held') : until === null ? t('recordings.admin.forEver') : t('recordings.deletedOn', { date: fullDate(until, locale) });
  return (
    <li className={classes.row} data-testid="register-row" data-held={held || undefined}>
      <div className={classes.text}>
        <span className={classes.name}><bdi>{names}</bdi></span>
        <span className={classes.meta}>{facts}</span>
        <span className={classes.meta} data-kept={held || undefined}>{held && <IconLock size={15} aria-hidden="true" />}{kept}</span>
        <FormAlert error={hold.error} />
      </div>
      <div className={classes.facts}><StatusBadge status={row.status} /></div>
      <div className={classes.actions}>
        {held
          ? <Button size="xs" variant="default" leftSection={<IconLockOpen size={16} />} aria-label={t('recordings.admin.holdEndOf', { names, date })} onClick={() => { setReleasing(true); }}>{t('recordings.admin.holdEnd')}</Button>
          : <Button size="xs" variant="light" leftSection={<IconLock size={16} />} loading={hold.busy} aria-label={t('recordings.admin.holdSetOf', { names, date })} onClick={() => void hold.run(true)}>{t('recordings.admin.holdSet')}</Button>}
      </div>
      {releasing && (
        <Modal opened onClose={() => { setReleasing(false); }} title={t('recordings.admin.releaseTitle')}>
          <ModalForm submit={t('recordings.admin.holdEnd')} busy={hold.busy} danger onSubmit={() => void hold.run(false).then((ended) => { if (ended) setReleasing(false); })} onCancel={() => { setReleasing(false); }}>
            <FormAlert error={hold.error} />
            <Text>{t('recordings.admin.releaseText', { names, date })}</Text>
            <Text>{until === null ? t('recordings.admin.releaseKept') : t('recordings.admin.releaseUntil', { date: fullDate(until, locale) })}</Text>
          </ModalForm>
        </Modal>
      )}
    </li>
  );
}
