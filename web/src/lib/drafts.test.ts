import { beforeEach, describe, expect, it } from 'vitest';
import { credentials } from './api/client';
import { dropDraft, dropDrafts, readDraft, writeDraft } from './drafts';

describe('drafts', () => {
  beforeEach(() => { sessionStorage.clear(); credentials.membership = 'm1'; });

  it('are there after a reload', () => {
    writeDraft({ name: 'deal', of: 'v1' }, { name: 'Half' });
    expect(readDraft({ name: 'deal', of: 'v1' })).toEqual({ name: 'Half' });
    dropDraft({ name: 'deal' });
    expect(readDraft({ name: 'deal', of: 'v1' })).toBeNull();
  });

  it('are of one version of a record and of one membership', () => {
    writeDraft({ name: 'deal', of: 'v1' }, { name: 'Half' });
    expect(readDraft({ name: 'deal', of: 'v2' })).toBeNull();
    credentials.membership = 'm2';
    expect(readDraft({ name: 'deal', of: 'v1' })).toBeNull();
  });

  it('end with the sign-out, and nothing else does', () => {
    sessionStorage.setItem('sso-next', '/console');
    writeDraft({ name: 'claim' }, { reason: 'because' });
    dropDrafts();
    expect(readDraft({ name: 'claim' })).toBeNull();
    expect(sessionStorage.getItem('sso-next')).toBe('/console');
  });

  it('that cannot be read are none', () => {
    sessionStorage.setItem('draft m1 deal', '{');
    expect(readDraft({ name: 'deal' })).toBeNull();
  });
});
