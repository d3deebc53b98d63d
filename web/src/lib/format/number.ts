import type { Locale } from '../locale';

// Browsers claim to know uz and print English figures: Uzbek takes the Russian pattern, 1 234,56.
const formats = new Map<string, Intl.NumberFormat>();
export function numberFormat(locale: Locale, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale === 'uz' ? 'ru' : locale, options)));
  return format;
}

export const formatNumber = (locale: Locale, value: number): string => numberFormat(locale).format(value);

/** 12,345 as "12.3K" in the words of the language. */
const thousands: Record<Locale, [string, string]> = { en: ['K', 'M'], id: [' rb', ' jt'], uz: [' ming', ' mln'], ru: [' тыс.', ' млн'] };
export function formatShort(locale: Locale, value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return numberFormat(locale, { maximumFractionDigits: size < 10 ? 2 : 0 }).format(value);
  const [unit, word] = size < 1_000_000 ? [1_000, thousands[locale][0]] : [1_000_000, thousands[locale][1]];
  const digits = size / unit < 100 ? 1 : 0;
  return numberFormat(locale, { maximumFractionDigits: digits }).format(value / unit) + word;
}

/** A share with its sign, 0.123 as "+12.3 %". */
export const formatChange = (locale: Locale, share: number): string =>
  numberFormat(locale, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(share);

/** Parts per million as a percentage, 50,000 as "5 %". */
export const formatRate = (locale: Locale, ppm: number): string =>
  numberFormat(locale, { style: 'percent', maximumFractionDigits: 4 }).format(ppm / 1_000_000);
