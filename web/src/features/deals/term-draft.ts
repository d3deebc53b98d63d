// A term as it is typed, and the way from and to the wire: rates in percent, amounts in the currency, lists with commas.
import { exponentOf, parseAmount, parseRate } from '../../lib/format/money';
import type { AnyTerm, TermInput } from './model';

export interface ConditionDraft { field: string; key: string; op: string; values: string }
export interface TierDraft { from: string; value: string }
export interface ShareDraft { partner: string; share: string }
type Groups = NonNullable<AnyTerm['any_of']>;
/** `kept`: alternatives inside an alternative, which no form shows; they are saved as they were. */
export interface GroupDraft { conditions: ConditionDraft[]; kept: Groups[number]['any_of'] }
export interface TermDraft {
  kind: string; trigger: string; method: string; rate: string; amount: string; currency: string; base: string; duration: string; duration_months: string;
  window_days: string; model: string; coupon_wins: boolean; hold_days: string; level: string;
  cap_per_conversion: string; cap_per_month: string; cap_per_year: string; cap_per_deal: string; cap_per_partner: string;
  tier_by: string; tier_period: string; tiers: TierDraft[]; conditions: ConditionDraft[]; any_of: GroupDraft[]; split: ShareDraft[];
}

export const caps = ['cap_per_conversion', 'cap_per_month', 'cap_per_year', 'cap_per_deal', 'cap_per_partner'] as const;
/** Conditions whose value is one number, compared by size. */
export const isNumber = (field: string) => field === 'amount' || field === 'tenure';

export const freshTerm = (currency: string): TermDraft => ({
  kind: 'commission', trigger: 'sale', method: 'percentage', rate: '10', amount: '', currency, base: 'gross', duration: 'lifetime', duration_months: '12',
  window_days: '90', model: 'last', coupon_wins: true, hold_days: '30', level: '1', cap_per_conversion: '', cap_per_month: '', cap_per_year: '', cap_per_deal: '', cap_per_partner: '',
  tier_by: 'volume', tier_period: 'month', tiers: [], conditions: [], any_of: [], split: [],
});

const typed = (minor: number | null, currency: string) => (minor === null ? '' : (minor / 10 ** exponentOf(currency)).toFixed(exponentOf(currency)));
const text = (value: number | null) => (value === null ? '' : String(value));
type Condition = NonNullable<AnyTerm['conditions']>[number];
const conditionDraft = (one: Condition): ConditionDraft => ({ field: one.field, key: one.key ?? '', op: one.op, values: one.values.join(', ') });

export function draftOf(term: AnyTerm, usual: string): TermDraft {
  const currency = term.currency ?? usual;
  return {
    kind: term.kind ?? 'commission', trigger: term.trigger, method: term.method, rate: term.rate_ppm === null ? '' : String(term.rate_ppm / 10_000), amount: typed(term.amount, currency), currency,
    base: term.base ?? 'gross', duration: term.duration ?? 'lifetime', duration_months: text(term.duration_months), window_days: text(term.window_days), model: term.model ?? 'last',
    coupon_wins: term.coupon_wins ?? true, hold_days: text(term.hold_days), level: term.level === null ? '1' : String(term.level),
    cap_per_conversion: typed(term.cap_per_conversion, currency), cap_per_month: typed(term.cap_per_month, currency), cap_per_year: typed(term.cap_per_year, currency), cap_per_deal: typed(term.cap_per_deal, currency), cap_per_partner: typed(term.cap_per_partner, currency),
    tier_by: term.tier_by ?? 'volume', tier_period: term.tier_period ?? 'month',
    tiers: (term.tiers ?? []).map((tier) => ({ from: term.tier_by === 'volume' ? typed(tier.from, currency) : String(tier.from), value: tier.rate_ppm === null ? typed(tier.amount, currency) : String(tier.rate_ppm / 10_000) })),
    conditions: (term.conditions ?? []).map(conditionDraft), any_of: (term.any_of ?? []).map((group) => ({ conditions: group.conditions.map(conditionDraft), kept: group.any_of })),
    split: (term.split ?? []).map((one) => ({ partner: one.partner_id, share: String(one.share_ppm / 10_000) })),
  };
}

const listOf = (one: ConditionDraft) => (isNumber(one.field) ? [one.values.trim()] : one.values.split(',').map((value) => value.trim())).filter(Boolean);
const tierFrom = (tier: TierDraft, term: TermDraft) => (term.tier_by === 'volume' ? parseAmount(tier.from, term.currency) : /^\d{1,9}$/.test(tier.from.trim()) ? Number(tier.from) : null);
const tierValue = (tier: TierDraft, term: TermDraft) => (methodOf(term) === 'percentage' ? parseRate(tier.value) : parseAmount(tier.value, term.currency));
/** A bonus is fixed amounts, an override a percentage of what was earned. */
export const methodOf = (term: TermDraft) => (term.kind === 'bonus' ? 'fixed' : term.kind === 'override' ? 'percentage' : term.method);

/** Texts that are no numbers and lists that are empty, by pointer: the server cannot see what was typed. */
export function checkTerms(terms: TermDraft[], words: { number: string; amount: string; required: string }): Record<string, string> {
  const out: Record<string, string> = {};
  terms.forEach((term, i) => {
    const at = `/terms/${i}`;
    const method = methodOf(term);
    if (method === 'percentage' && parseRate(term.rate) === null) out[`${at}/rate_ppm`] = words.number;
    if (method === 'fixed' && term.kind !== 'bonus' && parseAmount(term.amount, term.currency) === null) out[`${at}/amount`] = words.amount;
    for (const name of ['window_days', 'hold_days'] as const) if (!/^\d{0,5}$/.test(term[name].trim())) out[`${at}/${name}`] = words.number;
    if (term.duration === 'months' && !/^\d{1,4}$/.test(term.duration_months.trim())) out[`${at}/duration_months`] = words.number;
    if (term.kind === 'override' && !/^\d{1,2}$/.test(term.level.trim())) out[`${at}/level`] = words.number;
    for (const name of caps) if (term[name].trim() && parseAmount(term[name], term.currency) === null) out[`${at}/${name}`] = words.amount;
    if (term.kind === 'commission') term.split.forEach((one, k) => {
      if (!one.partner) out[`${at}/split/${k}/partner_id`] = words.required;
      if (parseRate(one.share) === null) out[`${at}/split/${k}/share_ppm`] = words.number;
    });
    if (term.kind === 'bonus' && term.tiers.length === 0) out[`${at}/tiers`] = words.required;
    if (term.kind !== 'override') term.tiers.forEach((tier, k) => {
      if (tierFrom(tier, term) === null) out[`${at}/tiers/${k}/from`] = term.tier_by === 'volume' ? words.amount : words.number;
      if (tierValue(tier, term) === null) out[`${at}/tiers/${k}/${method === 'percentage' ? 'rate_ppm' : 'amount'}`] = words.number;
    });
    const lists: [string, ConditionDraft[]][] = [[`${at}/conditions`, term.conditions], ...term.any_of.map((group, k): [string, ConditionDraft[]] => [`${at}/any_of/${k}/conditions`, group.conditions])];
    for (const [where, list] of lists) list.forEach((one, k) => {
      if (listOf(one).length === 0) out[`${where}/${k}/values`] = words.required;
      if (one.field === 'metadata' && !one.key.trim()) out[`${where}/${k}/key`] = words.required;
    });
  });
  return out;
}

const conditionInput = (one: ConditionDraft) => ({ field: one.field, op: one.op, values: listOf(one), ...(one.field === 'metadata' ? { key: one.key.trim() } : {}) });

export function inputOf(term: TermDraft): TermInput {
  const method = methodOf(term);
  const tiers = term.kind === 'override' ? [] : term.tiers;
  const capped = caps.filter((name) => term[name].trim() !== '');
  const needsCurrency = method === 'fixed' || capped.length > 0 || (tiers.length > 0 && term.tier_by === 'volume');
  return {
    trigger: term.trigger, method, duration: term.duration, model: term.model, coupon_wins: term.coupon_wins, base: term.kind === 'override' ? 'gross' : term.base,
    ...(term.kind === 'commission' ? {} : { kind: term.kind }), ...(term.kind === 'override' ? { level: Number(term.level) } : {}),
    ...(term.window_days.trim() ? { window_days: Number(term.window_days) } : {}), ...(term.hold_days.trim() ? { hold_days: Number(term.hold_days) } : {}),
    ...(method === 'percentage' ? { rate_ppm: parseRate(term.rate) } : term.kind === 'bonus' ? {} : { amount: parseAmount(term.amount, term.currency) }),
    ...(needsCurrency ? { currency: term.currency } : {}),
    ...(term.duration === 'months' ? { duration_months: Number(term.duration_months) } : {}),
    ...Object.fromEntries(capped.map((name) => [name, parseAmount(term[name], term.currency)])),
    ...(tiers.length > 0 ? { tier_by: term.tier_by, tier_period: term.tier_period, tiers: tiers.map((tier) => ({ from: tierFrom(tier, term), [method === 'percentage' ? 'rate_ppm' : 'amount']: tierValue(tier, term) })) } : {}),
    ...(term.kind === 'commission' && term.split.length > 0 ? { split: term.split.map((one) => ({ partner_id: one.partner, share_ppm: parseRate(one.share) })) } : {}),
    ...(term.conditions.length > 0 ? { conditions: term.conditions.map(conditionInput) } : {}),
    ...(term.any_of.length > 0 ? { any_of: term.any_of.map((group) => ({ conditions: group.conditions.map(conditionInput), ...(group.kept?.length ? { any_of: group.kept } : {}) })) } : {}),
  } as TermInput;
}
