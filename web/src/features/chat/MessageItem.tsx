import { Menu, UnstyledButton } from '@mantine/core';
import { IconArrowBackUp, IconCopy, IconDots, IconInfoCircle, IconPencil, IconTrash } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageView, PersonView } from '../../contract';
import { clockTime, fullTime, type Locale } from '../../ui/format';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { PlainText } from '../../ui/PlainText';
import classes from './Message.module.css';
import { QuotedMessage, type Quote } from './QuotedMessage';
import { ReceiptMark } from './ReceiptMark';
import type { Receipt } from './receipts';
import type { PendingChange } from './timeline';

export interface MessageActions {
  reply: (message: MessageView) => void;
  edit: (message: MessageView) => void;
  remove: (message: MessageView) => void;
  details: (message: MessageView) => void;
  jump: (n: number) => void;
  retryChange: (cid: string) => void;
  discardChange: (cid: string) => void;
}

export interface MessageItemProps {
  message: MessageView;
  author: PersonView | undefined;
  own: boolean;
  group: boolean;
  opens: boolean;
  closes: boolean;
  writable: boolean;
  flash: boolean;
  focusable: boolean;
  change: PendingChange | undefined;
  quote: Quote | null;
  receipt: Receipt | null;
  locale: Locale;
  actions: MessageActions;
}

export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  const { message, author, own, group, opens, closes, change, quote, receipt, locale, actions, flash } = props;
  const { t } = useTranslation();
  const deleted = message.deleted_at != null || (change?.kind === 'delete' && !change.refused);
  const text = change?.kind === 'edit' ? change.text : message.text;
  const name = own ? t('you') : (author?.name ?? t('chat.formerMember'));
  return (
    <article className={classes.message} data-own={own || undefined} data-opens={opens || undefined} data-flash={flash || undefined} aria-label={t('chat.messageFrom', { name, time: fullTime(message.sent_at, locale) })}>
      {!own && group && <span className={classes.gutter}>{closes && <PersonAvatar name={author?.name ?? '?'} seed={message.author_id} size={30} />}</span>}
      <div className={classes.column}>
        {!own && group && opens && <p className={classes.author}>{name} {author && <span className={classes.role}>{t(`role.${author.role}`)}</span>}</p>}
        <div className={classes.line}>
          <div className={classes.bubble} data-deleted={deleted || undefined} data-tail={closes || undefined}>
            {quote && !deleted && <QuotedMessage quote={quote} onOpen={() => { actions.jump(quote.n); }} />}
            {deleted
              ? <p className={classes.text}>{t(own ? 'chat.deletedByYou' : 'chat.deleted')}</p>
              : <PlainText className={classes.text} text={text} />}
            <p className={classes.foot}>
              {!deleted && (message.edited_at != null || change?.kind === 'edit') && <span title={message.edited_at == null ? undefined : fullTime(message.edited_at, locale)}>{t('chat.edited')}</span>}
              {change && !change.refused && <span>{t('chat.unsent.saving')}</span>}
              <time dateTime={message.sent_at} title={fullTime(message.sent_at, locale)}>{clockTime(message.sent_at, locale)}</time>
              {own && receipt && !deleted && <ReceiptMark receipt={receipt} group={group} />}
            </p>
          </div>
          {!deleted && <MessageMenu {...props} name={name} />}
        </div>
        {change?.refused && <RefusedChange change={change} actions={actions} />}
      </div>
    </article>
  );
});

function MessageMenu({ message, own, writable, focusable, actions, locale, name }: MessageItemProps & { name: string }) {
  const { t } = useTranslation();
  return (
    <Menu position={own ? 'bottom-end' : 'bottom-start'} returnFocus>
      <Menu.Target>
        <UnstyledButton className={classes.more} data-menu tabIndex={focusable ? 0 : -1} aria-label={t('chat.actionsFor', { name, time: clockTime(message.sent_at, locale) })}>
          <IconDots size={18} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {writable && <Menu.Item leftSection={<IconArrowBackUp size={17} className="cw-flip" />} onClick={() => { actions.reply(message); }}>{t('chat.reply')}</Menu.Item>}
        <Menu.Item leftSection={<IconCopy size={17} />} onClick={() => void navigator.clipboard.writeText(message.text)}>{t('chat.copyText')}</Menu.Item>
        {own && writable && <Menu.Item leftSection={<IconPencil size={17} />} onClick={() => { actions.edit(message); }}>{t('chat.edit')}</Menu.Item>}
        {own && <Menu.Item leftSection={<IconInfoCircle size={17} />} onClick={() => { actions.details(message); }}>{t('chat.details')}</Menu.Item>}
        {own && writable && <Menu.Item color="red" leftSection={<IconTrash size={17} />} onClick={() => { actions.remove(message); }}>{t('chat.delete')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}

function RefusedChange({ change, actions }: { change: PendingChange; actions: MessageActions }) {
  const { t } = useTranslation();
  return (
    <p className={classes.refused} role="alert">
      {t(change.kind === 'edit' ? 'chat.unsent.editRefused' : 'chat.unsent.deleteRefused')}
      <UnstyledButton className={classes.link} onClick={() => { actions.retryChange(change.cid); }}>{t('action.retry')}</UnstyledButton>
      <UnstyledButton className={classes.link} onClick={() => { actions.discardChange(change.cid); }}>{t('chat.unsent.discard')}</UnstyledButton>
    </p>
  );
}
