import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConversationView, MemberView, MessageView } from '../../contract';
import { PersonAvatar } from '../../ui/PersonAvatar';
import classes from './Chat.module.css';
import { receiptOf } from './receipts';

interface ReceiptModalProps {
  message: MessageView;
  conversation: ConversationView;
  me: string;
  onClose: () => void;
}

/** How far a message has come with each person. */
export function ReceiptModal({ message, conversation, me, onClose }: ReceiptModalProps) {
  const { t } = useTranslation();
  const receipt = receiptOf(message.n, conversation.members, me);
  return (
    <Modal opened onClose={onClose} title={t('chat.receipt.title')}>
      <Group title={t('chat.receipt.readHeading')} members={receipt.read} />
      <Group title={t('chat.receipt.deliveredHeading')} members={receipt.delivered} />
      <Group title={t('chat.receipt.waitingHeading')} members={receipt.waiting} />
    </Modal>
  );
}

function Group({ title, members }: { title: string; members: MemberView[] }) {
  const { t } = useTranslation();
  if (members.length === 0) return null;
  return (
    <>
      <h3 className={classes.sectionTitle}>{title}</h3>
      <ul className={classes.people}>
        {members.map(({ person }) => (
          <li key={person.user_id} className={classes.person}>
            <PersonAvatar name={person.name} seed={person.user_id} size={36} />
            <span className={classes.personText}><span className={classes.personName}><bdi>{person.name}</bdi></span><span className={classes.personMeta}>{t(`role.${person.role}`)}</span></span>
          </li>
        ))}
      </ul>
    </>
  );
}
