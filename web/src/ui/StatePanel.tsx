import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './StatePanel.module.css';

interface StatePanelProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: { label: string; onClick: () => void } | undefined;
  /** The panel is the whole page, so its title is the page's heading. */
  page?: boolean;
  tone?: 'calm' | 'danger';
  /** Errors are announced; empty states are not. */
  role?: 'alert' | 'status' | undefined;
}

/** What a screen shows when it has nothing to show: why, and what one can do about it. */
export function StatePanel({ icon, title, children, action, page = false, tone = 'calm', role }: StatePanelProps) {
  const Title = page ? 'h1' : 'p';
  return (
    <div className={classes.panel} data-tone={tone} role={role}>
      <span className={classes.icon} aria-hidden="true">{icon}</span>
      <Title className={classes.title}>{title}</Title>
      {children !== undefined && <div className={classes.text}>{children}</div>}
      {action && <Button variant="light" size="sm" mt="xs" onClick={action.onClick}>{action.label}</Button>}
    </div>
  );
}
