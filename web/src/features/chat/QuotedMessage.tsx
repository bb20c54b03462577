import { UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Message.module.css';

/** The message that another one answers, as far as it is known here. */
export interface Quote {
  n: number;
  name: string;
  /** Null: deleted, or too far back to be loaded. */
  text: string | null;
}

export function QuotedMessage({ quote, onOpen }: { quote: Quote; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <UnstyledButton className={classes.quote} onClick={onOpen} tabIndex={-1} aria-label={t('chat.openQuoted', { name: quote.name })}>
      <span className={classes.quoteName}>{quote.name}</span>
      <span className={classes.quoteText}><bdi>{quote.text ?? t('chat.quotedGone')}</bdi></span>
    </UnstyledButton>
  );
}
