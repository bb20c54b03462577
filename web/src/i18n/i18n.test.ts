import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../contract';
import { ar } from './ar';
import { en } from './en';
import { es } from './es';

type Texts = Record<string, unknown>;
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(texts: Texts, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value === 'string') found.set(path + name, value);
    else for (const [inner, text] of flat(value as Texts, `${path}${name}.`)) found.set(inner, text);
  }
  return found;
}

const keysOf = (texts: Texts) => new Set([...flat(texts).keys()].map((key) => key.replace(PLURAL, '')));
const valuesIn = (text: string) => new Set(text.match(/\{\{\w+\}\}/g) ?? []);

describe.each([['es', es], ['ar', ar]] as const)('%s', (language, texts) => {
  it('has every text of English and no other', () => {
    expect([...keysOf(texts)].sort()).toEqual([...keysOf(en)].sort());
  });

  it('has every plural form that the language needs', () => {
    const keys = flat(texts);
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    const plurals = [...flat(en).keys()].filter((key) => key.endsWith('_other')).map((key) => key.replace(PLURAL, ''));
    expect(plurals.length).toBeGreaterThan(5);
    const missing = plurals.flatMap((key) => pluralCategories.map((form) => `${key}_${form}`)).filter((key) => !keys.has(key));
    expect(missing).toEqual([]);
  });

  it('uses the same values in each text, and none is empty', () => {
    const mine = flat(texts);
    for (const [key, text] of flat(en)) {
      const other = mine.get(key);
      if (other === undefined) continue;
      expect(other.trim(), key).not.toBe('');
      // A plural of one or two may be written without its number.
      if (!PLURAL.test(key)) expect(valuesIn(other), key).toEqual(valuesIn(text));
    }
  });
});

it('has words for every refusal of the catalogue', () => {
  expect(Object.keys(ERRORS).filter((code) => !(code in en.errors))).toEqual([]);
});

it('keeps no text that nobody shows', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test.'))
    .map((path) => readFileSync(join('src', path), 'utf8'))
    .join('\n');
  // Texts under these are chosen by a value at run time.
  const chosen = /^(role|gender|language|theme|status|errors|connection|notifications\.(text|category)|people\.(kind|status)|settings\.(section|profile\.status|presence)|auth\.signUp|chat\.receipt|calls\.(kind|incoming|elsewhere|check|device\.trouble|tile|quality|recording|ended|entry|preference)|connectionTest\.(step|what|now|grade|overall|said|todo)|guest\.(ending|endingText)|recordings\.(status|panel|lane|path|pathReason|media|consent|stopped|gap|keys|admin)|day)\./;
  const unused = [...keysOf(en)].filter((key) => !chosen.test(key) && !sources.includes(`'${key}'`));
  expect(unused).toEqual([]);
});
