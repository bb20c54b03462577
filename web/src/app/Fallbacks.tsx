import { Button, Loader } from '@mantine/core';
import { IconCompass, IconMoodSad } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Logo } from '../ui/Logo';
import { StatePanel } from '../ui/StatePanel';
import classes from './Fallbacks.module.css';

/** The moment between opening the page and knowing who is there. */
export function Starting() {
  const { t } = useTranslation();
  return (
    <main className={classes.whole}>
      <Logo size={40} />
      <Loader type="dots" role="img" aria-label={t('app.loading')} />
    </main>
  );
}

export function Crash() {
  const { t } = useTranslation();
  return (
    <main className={classes.whole}>
      <StatePanel page role="alert" tone="danger" icon={<IconMoodSad />} title={t('crash.title')} action={{ label: t('action.reload'), onClick: () => { location.reload(); } }}>
        {t('crash.text')}
      </StatePanel>
    </main>
  );
}

export function Lost() {
  const { t } = useTranslation();
  return (
    <div className={classes.whole}>
      <StatePanel page icon={<IconCompass />} title={t('lost.title')}>{t('lost.text')}</StatePanel>
      <Button component={Link} to="/conversations" variant="light">{t('lost.home')}</Button>
    </div>
  );
}
