import { Modal, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RelationshipKind, Role } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';

const KINDS: Record<Role, readonly RelationshipKind[]> = {
  patient: ['care', 'family'],
  family: ['family'],
  doctor: ['care', 'colleague'],
  nurse: ['care', 'colleague'],
  admin: [],
  guest: [],
};

/** Ask somebody, known by e-mail or phone, to be connected. */
export function ProposeModal({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useTranslation();
  const { relationships } = useWorkspace();
  const kinds = KINDS[role];
  const [kind, setKind] = useState<RelationshipKind>(kinds[0] ?? 'care');
  const [contact, setContact] = useState('');
  const [label, setLabel] = useState('');
  const task = useTask(relationships.propose);
  const submit = () => void task.run({ with_contact: contact.trim(), kind, label: label.trim() }).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('people.add')}>
      <ModalForm submit={t('people.ask')} busy={task.busy} disabled={contact.trim().length < 3} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <TextInput label={t('people.contact')} description={t('people.contactHint')} data-autofocus dir="ltr" maxLength={254} value={contact} onChange={(event) => { setContact(event.currentTarget.value); }} />
        <NativeSelect label={t('people.kindLabel')} value={kind} data={kinds.map((value) => ({ value, label: t(`people.kind.${value}`) }))} onChange={(event) => { setKind(kinds.find((value) => value === event.currentTarget.value) ?? kind); }} />
        <TextInput label={t('people.label')} description={t('people.labelHint')} maxLength={80} value={label} onChange={(event) => { setLabel(event.currentTarget.value); }} />
      </ModalForm>
    </Modal>
  );
}
