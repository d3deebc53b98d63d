import { expect, test } from 'vitest';
import type { DealTerm } from './model';
import { checkTerms, draftOf, freshTerm, inputOf } from './parts/term-editor';

const term: DealTerm = { id: 't', kind: 'commission', trigger: 'sale', method: 'percentage', rate_ppm: 125_000, amount: null, currency: 'GBP', base: 'gross', duration: 'months', duration_months: 12, window_days: 90, model: 'last', coupon_wins: true, hold_days: 30, cap_per_conversion: 5_000, cap_per_month: null, conditions: [{ field: 'country', key: null, op: 'in', values: ['GB'] }], any_of: [], level: null, tier_by: null, tier_period: null, tiers: [], cap_per_deal: null, cap_per_partner: null };

test('what is shown and saved unchanged is what was there', () => {
    const { trigger, method, rate_ppm, currency, base, duration, duration_months, window_days, model, coupon_wins, hold_days, cap_per_conversion, conditions } = term;
  expect(inputOf(draftOf(term, 'USD'))).toEqual({ trigger, method, rate_ppm, currency, base, duration, duration_months, window_days, model, coupon_wins, hold_days, cap_per_conversion, conditions: conditions.map(({ field, op, values }) => ({ field, op, values })) });
});

test('what the form does not show is saved as it was', () => {
  const full: DealTerm = { ...term, tiers: [{ from: 10, rate_ppm: 150_000, amount: null }], tier_by: 'count', tier_period: 'month', cap_per_deal: 9_000, any_of: [{ conditions: term.conditions, any_of: null }] };
  expect(inputOf(draftOf(full, 'USD'))).toMatchObject({ tiers: full.tiers, tier_by: 'count', tier_period: 'month', cap_per_deal: 9_000, any_of: full.any_of });
  expect(inputOf(draftOf({ ...full, kind: 'bonus', method: 'fixed', rate_ppm: null }, 'USD'))).toMatchObject({ kind: 'bonus', currency: 'GBP' });
});

test('what is no number is told at its field', () => {
  const wrong = checkTerms([freshTerm('USD'), { ...freshTerm('USD'), rate: 'a lot', hold_days: '-1', cap_per_month: '1.234' }], { number: 'n', amount: 'a' });
  expect(wrong).toEqual({ '/terms/1/rate_ppm': 'n', '/terms/1/hold_days': 'n', '/terms/1/cap_per_month': 'a' });
});
