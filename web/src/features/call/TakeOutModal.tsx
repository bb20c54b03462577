import { Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { PartyView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';

/** Asks the host once more before a guest has to go. */
export function TakeOutModal({ callId, party, onClose }: { callId: string; party: PartyView; onClose: () => void }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  const task = useTask(calls.refuse);
  const submit = () => void task.run(callId, party.party_id).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('calls.people.takeOutTitle', { name: party.person.name })}>
      <ModalForm submit={t('calls.people.takeOutSubmit')} danger busy={task.busy} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <Text>{t('calls.people.takeOutText')}</Text>
      </ModalForm>
    </Modal>
  );
}
