import type { ReactNode } from 'react';
import classes from './Page.module.css';
import { usePageTitle } from './usePageTitle';

interface PageProps {
  title: string;
  lead?: string;
  action?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** A page that scrolls by itself, with its one heading. */
export function Page({ title, lead, action, wide = false, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className={classes.scroll} role="region" aria-label={title} tabIndex={0}>
      <div className={classes.page} data-wide={wide || undefined}>
        <header className={classes.head}>
          <div className={classes.words}>
            <h1 className={classes.title}>{title}</h1>
            {lead !== undefined && <p className={classes.lead}>{lead}</p>}
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}
