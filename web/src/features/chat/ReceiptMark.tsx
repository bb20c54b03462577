import { IconCheck, IconChecks } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './Message.module.css';
import type { Receipt } from './receipts';

/** One tick for sent, two for delivered, two in colour for read; in words for those who do not see them. */
export function ReceiptMark({ receipt, group }: { receipt: Receipt; group: boolean }) {
  const { t } = useTranslation();
  const Icon = receipt.state === 'sent' ? IconCheck : IconChecks;
  const total = receipt.read.length + receipt.delivered.length + receipt.waiting.length;
  const label = group && receipt.read.length > 0
    ? t('chat.receipt.readBy', { count: receipt.read.length, total })
    : t(`chat.receipt.${receipt.state}`);
  return (
    <span className={classes.receipt} data-state={receipt.state} title={label}>
      <Icon size={15} stroke={2.2} aria-hidden="true" />
      <span className="cw-hidden">{label}</span>
    </span>
  );
}
