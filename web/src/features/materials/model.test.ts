import { expect, test } from 'vitest';
import { fillText, missingIn, withCode } from './model';

const own = { link: 'https://t.example/r/ann', coupon: '', partner: 'Ann & Co' };

test('a text has the partner’s own where the placeholders stood', () => {
  expect(fillText('{partner}: {link} and {link}, {other}', own)).toBe('Ann & Co: https://t.example/r/ann and https://t.example/r/ann, {other}');
  expect(fillText('Use {coupon}', own)).toBe('Use {coupon}');
  expect(fillText('{partner}', { ...own, partner: '{link} $&' })).toBe('{link} $&');
  expect(missingIn('Use {coupon} at {link}', own)).toEqual(['coupon']);
});

test('a page gets the code beside what it had', () => {
  expect(withCode('https://shop.example/a?x=1&ref=old#top', 'ann')).toBe('https://shop.example/a?x=1&ref=ann#top');
  expect(withCode('not an address', 'ann')).toBe('not an address');
});
