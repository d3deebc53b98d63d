import { expect, test } from 'vitest';
import { grantable, scopesOf } from './key-rights';

test('a key has at most what its maker and its kind have', () => {
  expect(grantable(['links.read', 'audit.read', 'links.manage'], 'partner')).toEqual(['links.read', 'links.manage']);
  expect(grantable(['links.read', 'audit.read'], 'staff')).toEqual(['links.read', 'audit.read']);
});

test('reading only, all, or those chosen that may be chosen', () => {
  expect(scopesOf('all', [], ['links.read', 'links.manage'])).toEqual(['links.read', 'links.manage']);
  expect(scopesOf('read', ['links.manage'], ['links.read', 'links.manage'])).toEqual(['links.read']);
  // What was chosen before the kind was changed.
  expect(scopesOf('choose', ['audit.read', 'links.manage'], ['links.read', 'links.manage'])).toEqual(['links.manage']);
});
