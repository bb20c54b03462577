import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { HubError } from '../hub';

/** A refusal in the person's language; only our own faults show a reference. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback((error: unknown) => {
    const refusal = error instanceof HubError ? error : null;
    const text = t(`errors.${refusal?.code ?? 'internal'}`);
    return refusal?.code === 'internal' && refusal.ref !== '' ? `${text} ${t('errors.reference', { ref: refusal.ref })}` : text;
  }, [t]);
}
