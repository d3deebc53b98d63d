import type { schemas } from '../../lib/api/schema';

export type WriteOff = schemas['WriteOff'];
export const writeOffStates = ['requested', 'approved', 'refused'] as const;

/** What a partner's balances say in its own words. */
export function owedBalances(balances: schemas['Balance'][], usual: string) {
  const kinds = [['held', 'liab.commission_held'], ['payable', 'liab.commission_payable'], ['in_transit', 'liab.payout_in_transit'], ['owed_back', 'asset.clawback_receivable']] as const;
  const currencies = [...new Set(balances.map((one) => one.currency))];
  return (currencies.length > 0 ? currencies : [usual]).flatMap((currency) => kinds
    .map(([kind, code]) => ({ kind, currency, minor: balances.filter((one) => one.code === code && one.currency === currency).reduce((sum, one) => sum + one.balance, 0) }))
    .filter((one) => one.minor !== 0 || one.kind === 'held' || one.kind === 'payable'));
}

/** The explanation that was kept with an earning, when its rule was applied. */
export interface Explanation {
  rule_version?: number;
  term?: { deal_id: string; version: number; trigger: string; method: string; rate_ppm?: number; amount?: number; currency?: string; base: string; duration: string; duration_months?: number; cap_per_conversion?: number; cap_per_month?: number };
  facts?: { currency: string; gross: string; discount?: string; tax?: string; cost?: string; occurred_at: string; earned_this_month?: number };
  base?: string;
  commission?: number;
  capped?: boolean;
  share?: number;
  weight?: number;
  weight_total?: number;
  steps?: string[];
  rule?: string;
  earned?: number;
  total?: string;
  taken_before?: string;
  taken_now?: string;
  taken_back?: number;
}
