import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceName } from '../../app/session/device';
import { overallOf, type Result } from './findings';

/** Results in plain words, and all of them as text to send to somebody who helps. */
export function useResultText(): { said: (result: Result) => string; todo: (result: Result) => string; summary: (results: readonly Result[]) => string } {
  const { t, i18n } = useTranslation();
  const number = useCallback((value: number) => new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(value), [i18n.language]);
  const told = useCallback((key: string) => t(key as 'connectionTest.title', { defaultValue: '' }), [t]);
  const said = useCallback((result: Result) => {
    const { rtt, loss, up, down } = result.values;
    const numbers = [
      up !== undefined && t('connectionTest.value.up', { value: number(up) }), down !== undefined && t('connectionTest.value.down', { value: number(down) }),
      rtt !== undefined && t('connectionTest.value.rtt', { value: number(rtt) }), loss !== undefined && t('connectionTest.value.loss', { value: number(loss) }),
    ].filter((one) => one !== false);
    return [told(`connectionTest.said.${result.step}.${result.reason}`), numbers.join(' · ')].filter((one) => one !== '').join(' ');
  }, [t, told, number]);
  const todo = useCallback((result: Result) => told(`connectionTest.todo.${result.step}.${result.reason}`), [told]);
  /** No names, addresses or names of devices, which people give after themselves. */
  const summary = useCallback((results: readonly Result[]) => [
    `Carewire · ${t('connectionTest.title')} · ${new Date().toISOString().slice(0, 16)}Z · ${deviceName()}`,
    t(`connectionTest.overall.${overallOf(results)}`),
    ...results.map((result) => `${t(`connectionTest.step.${result.step}`)}: ${said(result)}`),
  ].join('\n'), [t, said]);
  return { said, todo, summary };
}
