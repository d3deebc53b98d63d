import type { schemas } from '../../lib/api/schema';

export type Payout = schemas['Payout'];
export type PayoutMethod = schemas['PayoutMethod'];
export type PayeeForm = schemas['PayeeForm'];
export type Rail = schemas['Rail'];

export const rails: Rail[] = ['bank', 'sepa', 'paypal', 'wise', 'stripe'];
export const payoutStates = ['approved', 'submitting', 'submitted', 'paid', 'failed', 'returned', 'unclaimed'] as const;

/** A method that is in use or will be when its cool-down ends. */
export const activeMethods = (methods: PayoutMethod[]) => methods.filter((one) => one.state === 'active');
export const isCoolingDown = (method: PayoutMethod) => Date.parse(method.usable_at) > Date.now();
