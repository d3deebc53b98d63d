// Rows of the performance report as series and sums. Counts stand in rows without a currency, amounts in one row each.
import { addDays, addMonths, format } from 'date-fns';
import type { schemas } from '../../lib/api/schema';
import { dayOf, type Bucket, type Range } from '../../lib/range';

export type PerformanceRow = schemas['PerformanceRow'];
export const measures = ['visits', 'leads', 'sales', 'revenue', 'commission'] as const;
export type Measure = (typeof measures)[number];
export const isMoney = (measure: Measure) => measure === 'revenue' || measure === 'commission';

/** The currencies that occur, the one with the most revenue first. */
export function currenciesOf(rows: PerformanceRow[], usual: string): string[] {
  const sums = new Map<string, number>();
  for (const row of rows) if (row.currency) sums.set(row.currency, (sums.get(row.currency) ?? 0) + row.revenue + Math.abs(row.commission));
  const found = [...sums].sort((a, b) => b[1] - a[1]).map(([currency]) => currency);
  return found.length > 0 ? found : [usual];
}

const fits = (row: PerformanceRow, measure: Measure, currency: string) => (isMoney(measure) ? row.currency === currency : row.currency === null);

export const total = (rows: PerformanceRow[], measure: Measure, currency: string): number =>
  rows.reduce((sum, row) => (fits(row, measure, currency) ? sum + row[measure] : sum), 0);

/** Every bucket of the range, also those in which nothing happened. */
export function buckets(range: Range, bucket: Bucket): string[] {
  const out: string[] = [];
  let day = dayOf(range.from);
  if (bucket === 'week') day = addDays(day, -((day.getDay() + 6) % 7));
  if (bucket === 'month') day = new Date(day.getFullYear(), day.getMonth(), 1);
  for (const end = dayOf(range.to); day < end && out.length < 500; )
    { out.push(format(day, 'yyyy-MM-dd')); day = bucket === 'month' ? addMonths(day, 1) : addDays(day, bucket === 'week' ? 7 : 1); }
  return out;
}

export function valuesOf(rows: PerformanceRow[], keys: string[], measure: Measure, currency: string): number[] {
  const at = new Map<string, number>();
  for (const row of rows) if (fits(row, measure, currency)) at.set(row.key, (at.get(row.key) ?? 0) + row[measure]);
  return keys.map((key) => at.get(key) ?? 0);
}

/** The change to the period before as a share; null when there is nothing to compare with. */
export const change = (now: number, before: number): number | null => (before === 0 ? null : (now - before) / Math.abs(before));

export interface KeyedSum { key: string; label: string; visits: number; leads: number; sales: number; revenue: number; taken_back: number; commission: number }

/** One line for each key, with amounts of one currency. */
export function byKey(rows: PerformanceRow[], currency: string): KeyedSum[] {
  const out = new Map<string, KeyedSum>();
  for (const row of rows) {
    if (row.currency !== null && row.currency !== currency) continue;
    const sum = out.get(row.key) ?? { key: row.key, label: row.label, visits: 0, leads: 0, sales: 0, revenue: 0, taken_back: 0, commission: 0 };
    for (const name of ['visits', 'leads', 'sales', 'revenue', 'taken_back', 'commission'] as const) sum[name] += row[name];
    out.set(row.key, sum);
  }
  return [...out.values()];
}
