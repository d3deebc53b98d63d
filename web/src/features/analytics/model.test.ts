import { expect, test } from 'vitest';
import { buckets, byKey, change, currenciesOf, total, valuesOf, type PerformanceRow } from './model';

const row = (key: string, currency: string | null, values: Partial<PerformanceRow>): PerformanceRow => ({ key, label: key, currency, visits: 0, leads: 0, sales: 0, revenue: 0, taken_back: 0, commission: 0, ...values });
const rows = [row('2026-11-01', null, { visits: 7, sales: 2 }), row('2026-11-01', 'GBP', { revenue: 500, commission: 25 }), row('2026-11-01', 'USD', { revenue: 900 }), row('2026-11-03', 'GBP', { revenue: 100 })];

test('currencies are never added', () => {
  expect(currenciesOf(rows, 'EUR')).toEqual(['USD', 'GBP']);
  expect(currenciesOf([], 'EUR')).toEqual(['EUR']);
  expect(total(rows, 'revenue', 'GBP')).toBe(600);
  expect(total(rows, 'visits', 'GBP')).toBe(7);
  expect(byKey(rows, 'GBP').map((one) => [one.key, one.visits, one.revenue])).toEqual([['2026-11-01', 7, 500], ['2026-11-03', 0, 100]]);
});

test('days without anything are nought, not left out', () => {
  const keys = buckets({ from: '2026-11-01', to: '2026-11-04' }, 'day');
  expect(valuesOf(rows, keys, 'revenue', 'GBP')).toEqual([500, 0, 100]);
  expect(buckets({ from: '2026-11-05', to: '2026-11-17' }, 'week')).toEqual(['2026-11-02', '2026-11-09', '2026-11-16']);
  expect(buckets({ from: '2026-11-30', to: '2027-01-02' }, 'month')).toEqual(['2026-11-01', '2026-12-01', '2027-01-01']);
});

test('nothing is compared with nothing', () => {
  expect(change(5, 0)).toBeNull();
  expect(change(5, 4)).toBeCloseTo(0.25);
});
