import type { Locale } from '../locale';
import { numberFormat } from './number';

// ISO 4217 exponents that are not 2, as the server has them.
const exponents: Record<string, number> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};
export const exponentOf = (currency: string): number => exponents[currency] ?? 2;

/** Minor units to the figure alone, 1425 as "14.25". Lists show UZS and IDR without decimals. */
export function formatAmount(locale: Locale, minor: number, currency: string, full = false): string {
  const exponent = exponentOf(currency);
  const digits = !full && (currency === 'UZS' || currency === 'IDR') ? 0 : exponent;
  return numberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(minor / 10 ** exponent);
}

/** With its code, which is right wherever two currencies can meet: "14.25 GBP". */
export const formatMoney = (locale: Locale, minor: number, currency: string, full = false): string =>
  `${formatAmount(locale, minor, currency, full)}\u00a0${currency}`;

/** What a person typed ("1 234,50") as minor units; null when it is not an amount of this currency. */
export function parseAmount(text: string, currency: string): number | null {
  const plain = text.trim().replace(/[\s\u00a0']/g, '').replace(',', '.');
  if (!/^\d{1,12}(\.\d+)?$/.test(plain)) return null;
  const [whole = '0', fraction = ''] = plain.split('.');
  const exponent = exponentOf(currency);
  if (fraction.length > exponent) return null;
  return Number(whole) * 10 ** exponent + Number(fraction.padEnd(exponent, '0') || 0);
}

/** A percentage that a person typed ("12,5") as parts per million. */
export function parseRate(text: string): number | null {
  const plain = text.trim().replace(/[\s%]/g, '').replace(',', '.');
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(plain)) return null;
  return Math.round(Number(plain) * 10_000);
}
