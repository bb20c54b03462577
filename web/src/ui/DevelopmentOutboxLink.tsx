import { Anchor } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const OUTBOX = '/dev/outbox';

/** Where mails end up when no mail server is configured. The page exists in development only, so ask first. */
export function DevelopmentOutboxLink() {
  const { t } = useTranslation();
  const [there, setThere] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    fetch(OUTBOX, { signal: stop.signal, headers: { Accept: 'text/html' } })
      .then(async (response) => { setThere(response.ok && (await response.text()).includes('<title>Outbox')); })
      .catch(() => undefined);
    return () => { stop.abort(); };
  }, []);
  return there ? <Anchor href={OUTBOX} size="sm" display="inline-block" mt="md" target="_blank" rel="noreferrer">{t('auth.reset.outbox')}</Anchor> : null;
}
