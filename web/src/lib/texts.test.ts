import { expect, test } from 'vitest';
import { textOf } from './texts';

const texts = { rows_one: '{{count}} row', rows_other: '{{count}} rows', version: 'Version {{n}}', of: '{{done}} of {{all}}' };

test('how many of something is written as the language groups figures; a name is not', () => {
  expect(textOf(texts, 'en', 'rows', { count: 1 })).toBe('1 row');
  expect(textOf(texts, 'en', 'rows', { count: 1248 })).toBe('1,248 rows');
  expect(textOf(texts, 'id', 'rows', { count: 1248 })).toBe('1.248 rows');
  expect(textOf(texts, 'uz', 'rows', { count: 1248 })?.replace(/[\u00a0\u202f]/g, ' ')).toBe('1 248 rows');
  expect(textOf(texts, 'en', 'of', { done: 1200, all: 1248 })).toBe('1,200 of 1,248');
  expect(textOf(texts, 'en', 'version', { n: 2026 })).toBe('Version 2026');
});
