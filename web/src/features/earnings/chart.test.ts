import { expect, test } from 'vitest';
import { byCommodity, sumOf, type AccountRow } from './chart';

const row = (commodity: string, account: string, opening: number, debits: number, credits: number): AccountRow =>
  ({ commodity, account, opening, debits, credits, closing: opening + debits - credits });
const rows = [
  row('EUR', 'exp.commission', 900, 100, 0), row('EUR', 'liab.commission_held', -500, 200, 100), row('EUR', 'liab.commission_payable', -400, 0, 200),
  row('GBP', 'asset.bank', 0, 0, 7), row('GBP', 'liab.payout_in_transit', 0, 7, 0),
];

test('a statement is read by commodity and class, as a balance is', () => {
  const shown = byCommodity(rows);
  expect(shown.map((one) => [one.commodity, one.classes.map((part) => part.of)])).toEqual([['EUR', ['liab', 'exp']], ['GBP', ['asset', 'liab']]]);
  expect(shown[0]?.classes[0]?.accounts.map((one) => one.account)).toEqual(['liab.commission_held', 'liab.commission_payable']);
});

test('a class is the sum of its accounts, and all classes together are nothing', () => {
  const [eur] = byCommodity(rows);
  expect(sumOf(eur?.classes[0]?.accounts ?? [])).toEqual({ opening: -900, debits: 200, credits: 300, closing: -1000 });
  expect(sumOf(rows.filter((one) => one.commodity === 'EUR'))).toEqual({ opening: 0, debits: 300, credits: 300, closing: 0 });
});
