import { expect, test } from 'vitest';
import type { DealTerm } from './model';
import { checkTerms, draftOf, freshTerm, inputOf } from './parts/term-editor';

const term: DealTerm = { id: 't', kind: 'commission', trigger: 'sale', method: 'percentage', rate_ppm: 125_000, amount: null, currency: 'GBP', base: 'gross', duration: 'months', duration_months: 12, window_days: 90, model: 'last', coupon_wins: true, hold_days: 30, cap_per_conversion: 5_000, cap_per_month: null, conditions: [{ field: 'country', key: null, op: 'in', values: ['GB'] }] };

test('what is shown and saved unchanged is what was there', () => {
  const { id: _id, kind: _kind, amount: _amount, cap_per_month: _cap, conditions, ...rest } = term;
  expect(inputOf(draftOf(term, 'USD'))).toEqual({ ...rest, conditions: conditions.map(({ field, op, values }) => ({ field, op, values })) });
});

test('what is no number is told at its field', () => {
  const wrong = checkTerms([freshTerm('USD'), { ...freshTerm('USD'), rate: 'a lot', hold_days: '-1', cap_per_month: '1.234' }], { number: 'n', amount: 'a' });
  expect(wrong).toEqual({ '/terms/1/rate_ppm': 'n', '/terms/1/hold_days': 'n', '/terms/1/cap_per_month': 'a' });
});
