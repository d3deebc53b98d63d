import { expect, test } from 'vitest';
import type { DealTerm } from './model';
import { checkTerms, draftOf, freshTerm, inputOf } from './term-draft';

const term: DealTerm = { id: 't', kind: 'commission', trigger: 'sale', method: 'percentage', rate_ppm: 125_000, amount: null, currency: 'GBP', base: 'gross', duration: 'months', duration_months: 12, window_days: 90, model: 'last', coupon_wins: true, hold_days: 30, cap_per_conversion: 5_000, cap_per_month: null, conditions: [{ field: 'country', key: null, op: 'in', values: ['GB'] }], any_of: [], level: null, tier_by: null, tier_period: null, tiers: [], cap_per_deal: null, cap_per_partner: null, cap_per_year: null, split: [], own_share_ppm: 1_000_000 };

test('what is shown and saved unchanged is what was there', () => {
    const { trigger, method, rate_ppm, currency, base, duration, duration_months, window_days, model, coupon_wins, hold_days, cap_per_conversion, conditions } = term;
  expect(inputOf(draftOf(term, 'USD'))).toEqual({ trigger, method, rate_ppm, currency, base, duration, duration_months, window_days, model, coupon_wins, hold_days, cap_per_conversion, conditions: conditions.map(({ field, op, values }) => ({ field, op, values })) });
});

test('tiers, caps and alternatives come back as they were', () => {
  const full: DealTerm = { ...term, tiers: [{ from: 10_000, rate_ppm: 150_000, amount: null }, { from: 50_000, rate_ppm: 200_000, amount: null }], tier_by: 'volume', tier_period: 'month', cap_per_deal: 9_000, cap_per_partner: 90_000, any_of: [{ conditions: term.conditions, any_of: [{ conditions: [{ field: 'product', op: 'in', values: ['x'] }] }] }] };
  expect(inputOf(draftOf(full, 'USD'))).toMatchObject({ tiers: [{ from: 10_000, rate_ppm: 150_000 }, { from: 50_000, rate_ppm: 200_000 }], tier_by: 'volume', tier_period: 'month', cap_per_deal: 9_000, cap_per_partner: 90_000, any_of: [{ conditions: [{ field: 'country', op: 'in', values: ['GB'] }], any_of: [{ conditions: [{ field: 'product', op: 'in', values: ['x'] }] }] }] });
});

test('a bonus has thresholds with fixed amounts, an override a level and no tiers', () => {
  const bonus = inputOf({ ...freshTerm('GBP'), kind: 'bonus', tier_by: 'count', tiers: [{ from: '10', value: '50' }] });
  expect(bonus).toMatchObject({ kind: 'bonus', method: 'fixed', currency: 'GBP', tiers: [{ from: 10, amount: 5_000 }] });
  expect(bonus).not.toHaveProperty('amount');
  const override = inputOf({ ...freshTerm('GBP'), kind: 'override', method: 'fixed', base: 'net_of_tax', rate: '2.5', level: '2', tiers: [{ from: '10', value: '50' }] });
  expect(override).toMatchObject({ kind: 'override', method: 'percentage', base: 'gross', rate_ppm: 25_000, level: 2 });
  expect(override).not.toHaveProperty('tiers');
});

test('a split comes back as it was, and is of a commission alone', () => {
  const split = [{ partner_id: 'a', share_ppm: 333_333 }, { partner_id: 'b', share_ppm: 500_000 }];
  const draft = draftOf({ ...term, cap_per_year: 700_000, split }, 'USD');
  expect(inputOf(draft)).toMatchObject({ split, cap_per_year: 700_000 });
  expect(inputOf({ ...draft, kind: 'override' })).not.toHaveProperty('split');
  const words = { number: 'n', amount: 'a', required: 'r' };
  expect(checkTerms([{ ...freshTerm('USD'), split: [{ partner: '', share: '12' }, { partner: 'a', share: 'half' }] }], words)).toEqual({ '/terms/0/split/0/partner_id': 'r', '/terms/0/split/1/share_ppm': 'n' });
});

test('what is no number is told at its field', () => {
  const wrong = checkTerms([freshTerm('USD'), { ...freshTerm('USD'), rate: 'a lot', hold_days: '-1', cap_per_month: '1.234' }], { number: 'n', amount: 'a', required: 'r' });
  expect(wrong).toEqual({ '/terms/1/rate_ppm': 'n', '/terms/1/hold_days': 'n', '/terms/1/cap_per_month': 'a' });
});

test('a list that must not be empty is told at its field', () => {
  const words = { number: 'n', amount: 'a', required: 'r' };
  expect(checkTerms([{ ...freshTerm('USD'), kind: 'bonus' }], words)).toEqual({ '/terms/0/tiers': 'r' });
  expect(checkTerms([{ ...freshTerm('USD'), conditions: [{ field: 'metadata', key: '', op: 'in', values: ' , ' }] }], words)).toEqual({ '/terms/0/conditions/0/values': 'r', '/terms/0/conditions/0/key': 'r' });
});
