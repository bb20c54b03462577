import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch } from '../../ui/LanguageSwitch';
import { Logo } from '../../ui/Logo';
import { usePageTitle } from '../../ui/usePageTitle';
import classes from './AuthLayout.module.css';

interface AuthLayoutProps {
  title: string;
  lead?: string;
  children: ReactNode;
  footer?: ReactNode;
}

/** Everything before the conversations: the brand on one side, one form on the other. */
export function AuthLayout({ title, lead, children, footer }: AuthLayoutProps) {
  const { t } = useTranslation();
  usePageTitle(title);
  return (
    <div className={classes.page}>
      <aside className={classes.brand} aria-label="Carewire">
        <Pulse />
        <p className={classes.slogan}>{t('auth.brand.title')}</p>
        <p className={classes.pitch}>{t('auth.brand.text')}</p>
      </aside>
      <main className={classes.main} id="content">
        <header className={classes.top}>
          <Logo />
          <LanguageSwitch />
        </header>
        <section className={classes.card} aria-labelledby="auth-title">
          <h1 className={classes.title} id="auth-title">{title}</h1>
          {lead !== undefined && <p className={classes.lead}>{lead}</p>}
          {children}
        </section>
        {footer !== undefined && <p className={classes.footer}>{footer}</p>}
      </main>
    </div>
  );
}

function Pulse() {
  return (
    <svg className={classes.pulse} viewBox="0 0 600 220" aria-hidden="true" focusable="false" preserveAspectRatio="none">
      <path d="M0 120h150l22-48 34 118 30-150 26 110 18-30h70l18-24 22 24h210" />
    </svg>
  );
}
