import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useErrorText } from './useErrorText';
import classes from './FormAlert.module.css';

/** Why a form was refused; takes the focus, so that nobody misses it. */
export function FormAlert({ error }: { error: unknown }) {
  const ref = useRef<HTMLDivElement>(null);
  const text = useErrorText();
  useEffect(() => {
    if (error) ref.current?.focus();
  }, [error]);
  if (!error) return null;
  return (
    <div ref={ref} role="alert" tabIndex={-1} className={classes.alert}>
      <IconAlertTriangle size={20} aria-hidden="true" />
      <span>{typeof error === 'string' ? error : text(error)}</span>
    </div>
  );
}
