// Messages: whole sentences with named values, and plural forms by suffix (rows_one, rows_few, rows_many, rows_other).
export type Texts = Record<string, string>;
export type Values = Record<string, string | number>;

/** The message of a key; undefined when there is none. `count` among the values chooses the plural form. */
export function textOf(texts: Texts, locale: string, key: string, values: Values = {}): string | undefined {
  const { count } = values;
  // Browsers without the plural rules of uz use English ones, which are the same.
  const form = typeof count === 'number' ? texts[`${key}_${new Intl.PluralRules(locale).select(count)}`] ?? texts[`${key}_other`] : undefined;
  return (form ?? texts[key])?.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
}
