import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Locale } from '../ui/format';
import { useAccount } from './AccountContext';

const DEVICE_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The browser's own regional form of a language, for example `en-GB` with its 24 hours. */
function regional(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** How to write times: the page's language, the account's time zone. */
export function useLocale(): Locale {
  const { i18n } = useTranslation();
  const timeZone = useAccount().account?.time_zone ?? DEVICE_ZONE;
  return useMemo(() => ({ language: regional(i18n.language), timeZone }), [i18n.language, timeZone]);
}
