import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Chat.module.css';

/** Beside the conversation on wide screens, over it on narrow ones. Escape closes it; the focus goes in and back. */
export function SidePanel({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!heading.current?.closest('aside')?.contains(before)) heading.current?.focus();
    return () => { if (before instanceof HTMLElement) before.focus(); };
  }, []);
  return (
    <aside className={classes.panel} aria-label={title} onKeyDown={(event) => { if (event.key === 'Escape') onClose(); }}>
      <div className={classes.panelHead}>
        <h2 ref={heading} tabIndex={-1}>{title}</h2>
        <ActionIcon variant="subtle" color="gray" size={40} onClick={onClose} aria-label={t('action.close')}><IconX size={20} /></ActionIcon>
      </div>
      <div className={classes.panelBody}>{children}</div>
    </aside>
  );
}
