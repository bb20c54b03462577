import { Button, CopyButton, Modal, NativeSelect, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../app/useLocale';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { GuestLink } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { fullTime } from '../../ui/format';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import classes from './CallRoom.module.css';

const MINUTES = [15, 60, 240, 1440] as const;

/** A link that brings one person without an account into this call, once. */
export function GuestLinkModal({ callId, onClose }: { callId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const locale = useLocale();
  const [label, setLabel] = useState('');
  const [minutes, setMinutes] = useState<number>(60);
  const [link, setLink] = useState<GuestLink | null>(null);
  const make = useTask(async () => { setLink(await calls.guestLink(callId, label.trim(), minutes)); });
  return (
    <Modal opened onClose={onClose} title={t('calls.guest.title')}>
      {link ? (
        <>
          <p className={classes.small}>{t('calls.guest.made', { label, when: fullTime(link.expires_at, locale) })}</p>
          <div className={classes.link}>
            <TextInput mt="sm" autoFocus label={t('calls.guest.link')} value={link.url} readOnly dir="ltr" data-testid="guest-link" onFocus={(event) => { event.currentTarget.select(); }} />
            <CopyButton value={link.url}>{({ copied, copy }) => <Button variant={copied ? 'light' : 'filled'} leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} onClick={copy}>{t(copied ? 'action.copied' : 'action.copy')}</Button>}</CopyButton>
          </div>
        </>
      ) : (
        <ModalForm submit={t('calls.guest.submit')} busy={make.busy} disabled={label.trim() === ''} onSubmit={() => void make.run()} onCancel={onClose}>
          <FormAlert error={make.error} />
          <p className={classes.small}>{t('calls.guest.text')}</p>
          <TextInput label={t('calls.guest.label')} placeholder={t('calls.guest.labelHint')} maxLength={80} value={label} data-autofocus onChange={(event) => { setLabel(event.currentTarget.value); }} />
          <NativeSelect label={t('calls.guest.expires')} value={String(minutes)} data={MINUTES.map((value) => ({ value: String(value), label: t(value < 60 ? 'calls.guest.minutes' : 'calls.guest.hours', { count: value < 60 ? value : value / 60 }) }))} onChange={(event) => { setMinutes(Number(event.currentTarget.value)); }} />
        </ModalForm>
      )}
    </Modal>
  );
}
