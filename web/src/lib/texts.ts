// Messages: whole sentences with named values, and plural forms by suffix (rows_one, rows_few, rows_many, rows_other).
import { formatNumber } from './format/number';
import type { Locale } from './locale';

export type Texts = Record<string, string>;
export type Values = Record<string, string | number>;

/** How many of something: written as the language groups figures. Other numbers are names, such as a version's. */
const counts = ['count', 'all', 'done'];

/** The message of a key; undefined when there is none. `count` among the values chooses the plural form. */
export function textOf(texts: Texts, locale: Locale, key: string, values: Values = {}): string | undefined {
  const { count } = values;
  // Browsers without the plural rules of uz use English ones, which are the same.
  const form = typeof count === 'number' ? texts[`${key}_${new Intl.PluralRules(locale).select(count)}`] ?? texts[`${key}_other`] : undefined;
  return (form ?? texts[key])?.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' && counts.includes(name) ? formatNumber(locale, value) : String(value);
  });
}
