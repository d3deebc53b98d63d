import { expect, test } from 'vitest';
import en from './locales/en.json';
import uiRu from '../../ui/locales/ru.json';
import { lines } from './parts/why';
import { textOf } from '../../lib/texts';

test('numbers choose the plural form of their language', () => {
  const say = (count: number) => textOf(uiRu, 'ru', 'rows', { count });
  expect([1, 2, 5, 21, 22, 25].map(say)).toEqual(['1 строка', '2 строки', '5 строк', '21 строка', '22 строки', '25 строк']);
  expect(textOf({ a_other: '{{count}} baris' }, 'id', 'a', { count: 1 })).toBe('1 baris');
});

test('an unknown key has no text, an unknown value leaves nothing behind', () => {
  expect(textOf({}, 'en', 'x')).toBeUndefined();
  expect(textOf({ x: 'a {{b}} c' }, 'en', 'x')).toBe('a  c');
});

test('a commission is explained line by line up to its amount', () => {
  const t = (key: string, values?: Record<string, string | number>) => textOf(en, 'en', key, values) ?? key;
  const term = { deal_id: 'd', version: 1, trigger: 'sale', method: 'percentage', rate_ppm: 50_000, base: 'net_of_discount', duration: 'lifetime' };
  const why = { term, facts: { currency: 'GBP', gross: '120', discount: '20', occurred_at: '' }, base: '100', commission: 500, capped: false, share: 167, weight: 1, weight_total: 3 };
  const out = lines(why, (minor) => `${minor / 100} GBP`, (text) => text, (ppm) => `${ppm / 10_000} %`, t);
  expect(out.map((line) => line.text)).toEqual(['Gross amount of the sale: 120', 'less discount 20', 'Base of the commission: 100', '5 % of 100', 'Commission: 5 GBP', 'Share 1 of 3: 1.67 GBP']);
});

test('what was taken back is explained too', () => {
  const t = (key: string, values?: Record<string, string | number>) => textOf(en, 'en', key, values) ?? key;
  const out = lines({ rule: 'cumulative', earned: 1000, total: '100', taken_before: '0', taken_now: '50', taken_back: 500 }, (minor) => `${minor / 100}`, (text) => text, String, t);
  expect(out.map((line) => line.text)).toEqual(['Earned for a sale of 100: 10', 'Refunded now: 50', 'Taken back in proportion: -5']);
});
