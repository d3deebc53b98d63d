import { beforeAll, describe, expect, test } from 'vitest';
import { locales } from '../locale';
import { formatDay, formatInstant, inZone, loadDateLocale } from './date';
import { formatAmount, formatMoney, parseAmount, parseRate } from './money';
import { formatChange, formatRate, formatShort } from './number';

// Intl puts narrow and plain no-break spaces into figures; here they read as spaces.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
beforeAll(() => Promise.all(locales.map(loadDateLocale)));

describe('money', () => {
  test('has as many decimals as its currency, and its code', () => {
    expect(plain(formatMoney('en', 1425, 'GBP'))).toBe('14.25 GBP');
    expect(plain(formatMoney('en', 1425, 'JPY'))).toBe('1,425 JPY');
    expect(plain(formatMoney('ru', 123456789, 'USD'))).toBe('1 234 567,89 USD');
    expect(plain(formatMoney('en', -5, 'KWD'))).toBe('-0.005 KWD');
  });
  test('is shown without decimals where nobody uses them, in full where it is explained', () => {
    expect(plain(formatAmount('uz', 150000, 'UZS'))).toBe('1 500');
    expect(plain(formatAmount('uz', 150050, 'UZS', true))).toBe('1 500,50');
  });
  test('is read as people type it', () => {
    expect(parseAmount('1 234,50', 'EUR')).toBe(123450);
    expect(parseAmount('0.1', 'USD')).toBe(10);
    expect(parseAmount('12', 'JPY')).toBe(12);
    for (const wrong of ['', '-1', '1.234', '1,2,3', 'ten', '1e3']) expect(parseAmount(wrong, 'USD'), wrong).toBeNull();
  });
  test('rates are percent on paper and parts per million on the wire', () => {
    expect(parseRate('12,5')).toBe(125_000);
    expect(parseRate('0.0001')).toBe(1);
    expect(parseRate('5 %')).toBe(50_000);
    expect(parseRate('1000')).toBeNull();
    expect(plain(formatRate('en', 125_000))).toBe('12.5%');
  });
});

test('large figures are shortened in the words of the language', () => {
  expect(formatShort('en', 9_999)).toBe('9,999');
  expect(formatShort('en', 29_800)).toBe('29.8K');
  expect(plain(formatShort('ru', 29_800))).toBe('29,8 тыс.');
  expect(plain(formatShort('uz', 1_250_000))).toBe('1,3 mln');
  expect(plain(formatChange('en', -0.123))).toBe('-12.3%');
});

describe('dates', () => {
  test('are those of the organization', () => {
    expect(formatInstant('en', '2026-01-31T23:30:00Z', 'Asia/Seoul')).toBe('1 Feb 2026');
    expect(inZone('2026-03-29T01:30:00Z', 'Europe/London').getHours()).toBe(2);
  });
  test('have the names of every language', () => {
    expect(formatDay('uz', '2026-11-20')).toMatch(/^20 [Nn]oy/);
    expect(formatDay('ru', '2026-11-20')).toMatch(/^20 ноя/);
    expect(formatDay('id', '2026-08-20')).toMatch(/^20 Agt/);
    expect(formatDay('en', '2026-11', 'month')).toBe('November 2026');
  });
});
