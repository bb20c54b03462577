import { UnstyledButton } from '@mantine/core';
import { IconAlertCircle, IconClock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { HubError } from '../../hub';
import { clockTime, type Locale } from '../../ui/format';
import { PlainText } from '../../ui/PlainText';
import { useErrorText } from '../../ui/useErrorText';
import classes from './Message.module.css';
import { QuotedMessage, type Quote } from './QuotedMessage';
import type { UnsentMessage } from './timeline';

interface UnsentItemProps {
  item: UnsentMessage;
  live: boolean;
  quote: Quote | null;
  locale: Locale;
  onRetry: (cid: string) => void;
  onDiscard: (cid: string) => void;
}

/** A message of mine that is not durable yet: waiting, on its way, or refused with a way on. */
export function UnsentItem({ item, live, quote, locale, onRetry, onDiscard }: UnsentItemProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const refused = item.state === 'refused';
  const waitsLong = !live && !refused;
  return (
    <article className={classes.message} data-own data-opens data-unsent={refused ? 'refused' : 'waiting'} aria-label={t('chat.unsent.label')}>
      <div className={classes.column}>
        <div className={classes.line}>
          <div className={classes.bubble} data-tail>
            {quote && <QuotedMessage quote={quote} onOpen={() => undefined} />}
            <PlainText className={classes.text} text={item.payload.text} />
            <p className={classes.foot}>
              <span>{t(refused ? 'chat.unsent.refused' : waitsLong ? 'chat.unsent.waiting' : 'chat.unsent.sending')}</span>
              <time dateTime={new Date(item.createdAt).toISOString()}>{clockTime(new Date(item.createdAt).toISOString(), locale)}</time>
              {refused ? <IconAlertCircle size={15} aria-hidden="true" /> : <IconClock size={15} aria-hidden="true" />}
            </p>
          </div>
        </div>
        {(refused || waitsLong) && (
          <p className={classes.refused} role={refused ? 'alert' : undefined}>
            {refused && item.error && <span>{errorText(new HubError(item.error))}</span>}
            {refused && <UnstyledButton className={classes.link} onClick={() => { onRetry(item.cid); }}>{t('action.retry')}</UnstyledButton>}
            <UnstyledButton className={classes.link} onClick={() => { onDiscard(item.cid); }}>{t('chat.unsent.discard')}</UnstyledButton>
          </p>
        )}
      </div>
    </article>
  );
}
