import { Button } from '@mantine/core';
import type { ReactNode, SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './ModalForm.module.css';

interface ModalFormProps {
  submit: string;
  busy: boolean;
  danger?: boolean;
  disabled?: boolean;
  onSubmit: () => void;
  onCancel: () => void;
  children: ReactNode;
}

/** The body of a dialogue: fields, then cancel and one action. */
export function ModalForm({ submit, busy, danger = false, disabled = false, onSubmit, onCancel, children }: ModalFormProps) {
  const { t } = useTranslation();
  const handle = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={classes.form} onSubmit={handle}>
      {children}
      <div className={classes.buttons}>
        <Button variant="default" size="sm" onClick={onCancel}>{t('action.cancel')}</Button>
        <Button type="submit" size="sm" loading={busy} disabled={disabled} color={danger ? 'red.9' : 'pine'}>{submit}</Button>
      </div>
    </form>
  );
}
