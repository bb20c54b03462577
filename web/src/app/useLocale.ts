import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Locale } from '../ui/format';
import { useAccount } from './AccountContext';

const DEVICE_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How to write times: the page's language, the account's time zone. */
export function useLocale(): Locale {
  const { i18n } = useTranslation();
  const timeZone = useAccount().account?.time_zone ?? DEVICE_ZONE;
  return useMemo(() => ({ language: i18n.language, timeZone }), [i18n.language, timeZone]);
}
