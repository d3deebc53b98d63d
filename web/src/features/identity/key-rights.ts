// What a new key may do: nobody makes one that may do more than its maker, nor a partner's more than a partner.
import type { schemas } from '../../lib/api/schema';

type Permission = schemas['Permission'];
export type Rights = 'all' | 'read' | 'choose';

const notOfPartners: Permission[] = [
  'deals.manage', 'conversions.manage', 'integrations.read', 'integrations.manage', 'earnings.manage', 'payouts.approve', 'settings.manage', 'audit.read',
];

export const isReading = (one: Permission) => one.endsWith('.read');

/** Those of the maker's permissions that a key of this kind may have. */
export const grantable = (own: Permission[], kind: string): Permission[] =>
  (kind === 'partner' ? own.filter((one) => !notOfPartners.includes(one)) : own);

export function scopesOf(rights: Rights, chosen: Permission[], may: Permission[]): Permission[] {
  if (rights === 'all') return may;
  return rights === 'read' ? may.filter(isReading) : may.filter((one) => chosen.includes(one));
}
