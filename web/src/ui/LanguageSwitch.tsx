import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LANGUAGE_VALUES } from '../contract';
import { changeLanguage, isLanguage } from '../i18n';

/** Before sign-in; afterwards the language belongs to the account. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <NativeSelect
      size="sm"
      aria-label={t('settings.language')}
      value={i18n.language}
      data={LANGUAGE_VALUES.map((value) => ({ value, label: t(`language.${value}`) }))}
      onChange={(event) => { if (isLanguage(event.currentTarget.value)) void changeLanguage(event.currentTarget.value); }}
    />
  );
}
