import { Modal, NativeSelect, Radio, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConversationView, HistoryFrom, PersonView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { useReachable } from '../people/useReachable';

interface Asked {
  conversation: ConversationView;
  onClose: () => void;
}

export function AddMemberModal({ conversation, onClose }: Asked) {
  const { t } = useTranslation();
  const { conversations } = useWorkspace();
  const { people } = useReachable('');
  const inside = new Set(conversation.members.map((member) => member.person.user_id));
  const choice = people.filter((person) => !inside.has(person.user_id));
  const [picked, setPicked] = useState('');
  const [history, setHistory] = useState<HistoryFrom>('joining');
  const userId = picked || (choice[0]?.user_id ?? '');
  const task = useTask(conversations.addMember);
  const submit = () => void task.run(conversation.conversation_id, userId, history).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('chat.members.addTitle')}>
      <ModalForm submit={t('chat.members.addSubmit')} busy={task.busy} disabled={userId === ''} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        {choice.length === 0
          ? <Text c="dimmed">{t('chat.members.nobody')}</Text>
          : <NativeSelect label={t('chat.members.who')} value={userId} onChange={(event) => { setPicked(event.currentTarget.value); }} data={choice.map((person) => ({ value: person.user_id, label: `${person.name} · ${t(`role.${person.role}`)}` }))} />}
        <Radio.Group label={t('chat.members.history')} value={history} onChange={(value) => { setHistory(value === 'start' ? 'start' : 'joining'); }}>
          <Radio mt="xs" value="joining" label={t('chat.members.historyJoining')} />
          <Radio mt="xs" value="start" label={t('chat.members.historyStart')} />
        </Radio.Group>
      </ModalForm>
    </Modal>
  );
}

export function RenameModal({ conversation, onClose }: Asked) {
  const { t } = useTranslation();
  const { conversations } = useWorkspace();
  const [title, setTitle] = useState(conversation.title);
  const task = useTask(conversations.rename);
  const submit = () => void task.run(conversation.conversation_id, title.trim()).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('chat.members.renameTitle')}>
      <ModalForm submit={t('action.save')} busy={task.busy} disabled={title.trim() === ''} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <TextInput label={t('chat.members.name')} data-autofocus maxLength={120} value={title} onChange={(event) => { setTitle(event.currentTarget.value); }} />
      </ModalForm>
    </Modal>
  );
}

export function LeaveModal({ conversation, onClose }: Asked) {
  const { t } = useTranslation();
  const { conversations } = useWorkspace();
  const task = useTask(conversations.leave);
  const submit = () => void task.run(conversation.conversation_id);
  return (
    <Modal opened onClose={onClose} title={t('chat.members.leaveTitle')}>
      <ModalForm submit={t('chat.members.leave')} danger busy={task.busy} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <Text>{t('chat.members.leaveText')}</Text>
      </ModalForm>
    </Modal>
  );
}

export function RemoveMemberModal({ conversation, person, onClose }: Asked & { person: PersonView }) {
  const { t } = useTranslation();
  const { conversations } = useWorkspace();
  const task = useTask(conversations.removeMember);
  const submit = () => void task.run(conversation.conversation_id, person.user_id).then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('chat.members.removeTitle', { name: person.name })}>
      <ModalForm submit={t('action.remove')} danger busy={task.busy} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <Text>{t('chat.members.removeText')}</Text>
      </ModalForm>
    </Modal>
  );
}
