import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { LANGUAGE_VALUES, type Language } from '../contract';
import { ar } from './ar';
import { en } from './en';
import { es } from './es';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const KEPT = 'carewire.language';

export function directionOf(language: string): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

export function isLanguage(value: string): value is Language {
  return (LANGUAGE_VALUES as readonly string[]).includes(value);
}

function keptLanguage(): string {
  try {
    return localStorage.getItem(KEPT) ?? '';
  } catch {
    return ''; // A browser that forbids storage still speaks; it forgets what was chosen.
  }
}

function firstLanguage(): Language {
  const wanted = [keptLanguage(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find(isLanguage) ?? 'en';
}

/** Every text of the client; starts in the language kept here, else the browser's, else English. */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: 'en',
    resources: { en: { translation: en }, es: { translation: es }, ar: { translation: ar } },
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  });
  applyToDocument(i18next.language);
  i18next.on('languageChanged', applyToDocument);
}

function applyToDocument(language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // See `keptLanguage`.
  }
  await i18next.changeLanguage(language);
}
