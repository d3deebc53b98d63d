import { expect, test } from 'vitest';
import { approvalsNeeded, chosenOf, type Candidate } from './model';

const candidate = (id: string, amount: number, reason: Candidate['reason'] = null): Candidate => ({ id, name: id, amount, earnings: 1, held: 0, reason, payout_currency: null, payout_method_id: null, rail: 'bank', account_hint: null, usable_at: null });

test('above the limit of its currency two people approve a run', () => {
  const limits = [{ amount: 100_000, currency: 'GBP' }];
  expect(approvalsNeeded({ amount: 100_000, currency: 'GBP' }, limits)).toBe(1);
  expect(approvalsNeeded({ amount: 100_001, currency: 'GBP' }, limits)).toBe(2);
  expect(approvalsNeeded({ amount: 100_001, currency: 'USD' }, limits)).toBe(1);
});

test('only who can be paid counts, and not who was left out', () => {
  const all = [candidate('a', 100), candidate('b', 250), candidate('c', 900, 'no_method')];
  expect(chosenOf(all, new Set())).toMatchObject({ amount: 350, all: true });
  expect(chosenOf(all, new Set(['a']))).toMatchObject({ amount: 250, all: false });
  expect(chosenOf(all, new Set(['c']))).toMatchObject({ amount: 350, all: true });
});
