import { expect, test } from 'vitest';
import { bodyOf, checkSettings, conflictsOf, groups, valuesOf, type Values } from './settings';

const before = { ...Object.fromEntries(Object.values(groups).flat().map((name) => [name, ''])), name: 'Shop', payout_day: '5', payout_minimums: '50.00 GBP', approves_partners: false, currencies: 'GBP' } as Values;

test('what was changed alone is sent, as the wire has it', () => {
  const names = [...groups.organization, ...groups.payouts, ...groups.brand];
  expect(bodyOf(names, before, before)).toEqual({});
  expect(bodyOf(names, before, { ...before, payout_day: ' 10 ', payout_minimums: '50 GBP\n10 000 jpy', currencies: 'gbp, eur', brand_accent: '' })).toEqual({ payout_day: 10, payout_minimums: [{ amount: 5_000, currency: 'GBP' }, { amount: 10_000, currency: 'JPY' }], currencies: ['GBP', 'EUR'] });
  expect(bodyOf(names, { ...before, brand_accent: '#fff' }, before)).toEqual({ brand_accent: null });
});

test('what is no number or amount is told at its field', () => {
  const wrong = checkSettings([...groups.payouts], { ...before, payout_day: 'five', payout_cutoff_day: '1', payout_minimums: '50', payout_approval_limits: '' }, { number: 'n', money: 'm', required: 'r' });
  expect(wrong).toEqual({ '/payout_day': 'n', '/payout_minimums': 'm' });
});

test('only what both changed, and differently, is a conflict', () => {
  const mine = { ...before, name: 'Mine', payout_day: '6', currencies: 'EUR' };
  expect(conflictsOf(['name', 'payout_day', 'currencies'], before, mine, { ...before, name: 'Theirs', currencies: 'EUR' })).toEqual(['name']);
});

test('settings are shown as they are typed', () => {
  const shown = valuesOf({ payout_minimums: [{ amount: 5_000, currency: 'GBP' }], payout_approval_limits: [], currencies: ['GBP', 'EUR'], coupon_sites: ['deals.example', 'codes.example'], payout_day: 5, brand_accent: null, approves_partners: true } as never);
  expect(shown).toMatchObject({ payout_minimums: '50.00 GBP', payout_approval_limits: '', currencies: 'GBP, EUR', payout_day: '5', brand_accent: '', approves_partners: true, coupon_sites: 'deals.example\ncodes.example' });
  expect(bodyOf(['coupon_sites'], before, { ...before, coupon_sites: 'Deals.example\n' })).toEqual({ coupon_sites: ['deals.example'] });
});
