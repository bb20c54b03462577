import type { ReactNode } from 'react';
import { LanguageSwitch } from '../../ui/LanguageSwitch';
import { Logo } from '../../ui/Logo';
import classes from './Guest.module.css';

/** The brand and the language, since a guest has no settings. */
export function GuestFrame({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <div className={classes.page}>
      <header className={classes.top}><Logo /><LanguageSwitch /></header>
      <main id="content" className={classes.main} data-wide={wide || undefined}>{children}</main>
    </div>
  );
}
