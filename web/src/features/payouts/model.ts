// Payouts: what the staff does about them, and what a partner sees of its own.
import type { schemas } from '../../lib/api/schema';
import { formatDay } from '../../lib/format/date';
import { numberFormat } from '../../lib/format/number';
import type { Locale } from '../../lib/locale';

export type Run = schemas['PayoutRun'];
export type Payout = schemas['Payout'];
export type Candidate = schemas['PayoutCandidate'];
export type PayoutMethod = schemas['PayoutMethod'];
export type PayeeForm = schemas['PayeeForm'];
export type Rail = schemas['Rail'];

export const rails: Rail[] = ['bank', 'sepa', 'paypal', 'wise', 'stripe'];
export const runStates = ['collecting', 'draft', 'approved', 'submitting', 'submitted', 'partially_settled', 'settled', 'failed', 'cancelled'] as const;
export const payoutStates = ['draft', 'approved', 'submitting', 'submitted', 'unclaimed', 'paid', 'failed', 'returned', 'removed'] as const;
/** Those that a partner's own list is filtered by: a draft is not told yet, and what was removed is due again. */
export const toldStates = payoutStates.filter((one) => one !== 'draft' && one !== 'removed');
export const formStates = ['pending', 'approved', 'rejected', 'expired'] as const;

/** A method that is in use or will be when its cool-down ends. */
export const activeMethods = (methods: PayoutMethod[]) => methods.filter((one) => one.state === 'active');
export const isCoolingDown = (method: PayoutMethod) => Date.parse(method.usable_at) > Date.now();

/** What a person may say became of a payout, by its state; each is a sub-resource of the API. */
export const payoutMoves: Record<Payout['state'], readonly ('payment' | 'failure' | 'return')[]> = {
  draft: [], removed: [], approved: [], submitting: [], submitted: ['payment', 'failure'], unclaimed: ['payment', 'failure'], paid: ['return'], failed: [], returned: [],
};

/** How many people approve a run: two above the organization's limit of its currency, else one. */
export function approvalsNeeded(run: Pick<Run, 'amount' | 'currency'>, limits: schemas['Money'][]): number {
  const limit = limits.find((one) => one.currency === run.currency);
  return limit !== undefined && run.amount > limit.amount ? 2 : 1;
}

/** Who would be paid of those that are listed, but for whom a person left out. */
export function chosenOf(candidates: Candidate[], without: ReadonlySet<string>): { partners: Candidate[]; amount: number; all: boolean } {
  const payable = candidates.filter((one) => one.reason === null);
  const partners = payable.filter((one) => !without.has(one.id));
  return { partners, amount: partners.reduce((sum, one) => sum + one.amount, 0), all: partners.length === payable.length };
}

/** The rates that a payout into another currency was sent by, as they were kept. */
export interface Exchange { path: Pick<schemas['RateStep'], 'rate_id' | 'source' | 'base' | 'quote' | 'rate' | 'effective_on'>[] }

/** "1 USD = 11 794,88 UZS (CBU, 10 mart 2026)" */
export function rateWords(step: Exchange['path'][number], locale: Locale): string {
  const rate = numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 10 }).format(Number(step.rate));
  return `1 ${step.base} = ${rate} ${step.quote} (${step.source.toUpperCase()}, ${formatDay(locale, step.effective_on)})`;
}
