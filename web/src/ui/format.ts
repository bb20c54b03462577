/** Dates and numbers as the person's language and time zone write them. All inputs are RFC 3339 UTC. */

export interface Locale {
  language: string;
  timeZone: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: Locale, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.language}|${locale.timeZone}|${name}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale.language, { ...options, timeZone: locale.timeZone });
    formatters.set(key, found);
  }
  return found;
}

export function clockTime(at: string, locale: Locale): string {
  return formatter(locale, 'time', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

export function fullTime(at: string, locale: Locale): string {
  return formatter(locale, 'full', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}

export function fullDate(at: string, locale: Locale): string {
  return formatter(locale, 'date', { dateStyle: 'medium' }).format(new Date(at));
}

/** A key that is equal for two moments of the same local day. */
export function dayKey(at: string | Date, locale: Locale): string {
  return formatter(locale, 'key', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at));
}

export type Day = { relative: 'today' | 'yesterday' } | { text: string };

/** Today, yesterday, or the date: with the weekday within this year. */
export function dayOf(at: string, now: Date, locale: Locale): Day {
  const key = dayKey(at, locale);
  if (key === dayKey(now, locale)) return { relative: 'today' };
  if (key === dayKey(new Date(now.getTime() - 86_400_000), locale)) return { relative: 'yesterday' };
  const sameYear = new Date(at).getUTCFullYear() === now.getUTCFullYear();
  const options: Intl.DateTimeFormatOptions = sameYear
    ? { weekday: 'long', day: 'numeric', month: 'long' }
    : { day: 'numeric', month: 'long', year: 'numeric' };
  return { text: formatter(locale, sameYear ? 'day' : 'dayYear', options).format(new Date(at)) };
}

/** For lists: the time today, the weekday within a week, the date before. */
export function briefTime(at: string, now: Date, locale: Locale): string {
  const moment = new Date(at);
  if (dayKey(moment, locale) === dayKey(now, locale)) return clockTime(at, locale);
  if (now.getTime() - moment.getTime() < 6 * 86_400_000) return formatter(locale, 'weekday', { weekday: 'short' }).format(moment);
  return formatter(locale, 'short', { day: 'numeric', month: 'short' }).format(moment);
}

export function count(value: number, language: string, cap = 99): string {
  const shown = new Intl.NumberFormat(language).format(Math.min(value, cap));
  return value > cap ? `${shown}+` : shown;
}
