import { expect, test } from 'vitest';
import { verdict, type Condition } from './model';

const applicant = { kind: 'affiliate', country: 'GB', contact_email: 'Jo@Shop.example', website: 'https://WWW.Shop.example:8443/x' } as const;
const holds = (condition: Condition) => verdict([condition], applicant)[0]?.holds;

test('a condition of the rule is asked as the server asks it', () => {
  expect(holds({ field: 'country', op: 'in', values: ['gb', 'IE'] })).toBe(true);
  expect(holds({ field: 'country', op: 'not_in', values: ['GB'] })).toBe(false);
  expect(holds({ field: 'email_domain', op: 'in', values: ['shop.example'] })).toBe(true);
  expect(holds({ field: 'website_domain', op: 'in', values: ['shop.example'] })).toBe(true);
  expect(holds({ field: 'website_domain', op: 'is_given', values: null })).toBe(true);
});

test('what is not given is in no list, and in no list that it must not be in', () => {
  const bare = { kind: 'affiliate', country: null, contact_email: null, website: null } as const;
  expect(verdict([{ field: 'country', op: 'in', values: ['GB'] }, { field: 'country', op: 'not_in', values: ['GB'] }, { field: 'website_domain', op: 'is_given', values: null }], bare).map((one) => one.holds)).toEqual([false, true, false]);
});
