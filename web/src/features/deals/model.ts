import type { schemas } from '../../lib/api/schema';
import { formatMoney } from '../../lib/format/money';
import { formatRate } from '../../lib/format/number';
import type { Translate } from '../../lib/i18n';
import type { Locale } from '../../lib/locale';

export type DealTerm = schemas['DealTerm'];
export type TermInput = schemas['TermInput'];

export const dealMoves = {
  draft: ['activation'], active: ['pause'], paused: ['activation', 'archiving'], archived: [],
} as const satisfies Record<schemas['DealState'], readonly string[]>;

/** A term as it was kept or as it was sent: what is absent is the organization's default. A partner is told its own part, not whose the rest is. */
export type AnyTerm = schemas['TermInputAnswer'] & { own_share_ppm?: number };
export const sharersOf = (terms: AnyTerm[]): string[] => [...new Set(terms.flatMap((term) => (term.split ?? []).map((one) => one.partner_id)))];

/** A term in words: "20 % of net of discount on every sale, for 12 months". */
export function termWords(term: AnyTerm, t: Translate, locale: Locale, nameOf: (id: string) => string): string[] {
  const currency = term.currency ?? '';
  const what = term.kind === 'override'
    ? t('words.override', { rate: formatRate(locale, term.rate_ppm ?? 0), level: term.level ?? 1, trigger: t(`trigger.${term.trigger}`) })
    : term.kind === 'bonus' ? t('words.bonus', { trigger: t(`trigger.${term.trigger}`) })
    : term.method === 'percentage'
    ? t('words.percentage', { rate: formatRate(locale, term.rate_ppm ?? 0), base: t(`base.${term.base ?? 'gross'}`), trigger: t(`trigger.${term.trigger}`) })
    : t('words.fixed', { amount: formatMoney(locale, term.amount ?? 0, currency), trigger: t(`trigger.${term.trigger}`) });
  const out = [what];
  if (term.duration !== null) out.push(term.duration === 'months' ? t('words.months', { count: term.duration_months ?? 0 }) : t(`words.${term.duration}`));
  if (term.window_days !== null) out.push(t('words.window', { count: term.window_days, model: t(`model.${term.model ?? 'last'}`) }));
  if (term.hold_days !== null) out.push(term.hold_days > 0 ? t('words.hold', { count: term.hold_days }) : t('words.noHold'));
  if (term.coupon_wins) out.push(t('words.coupon'));
  const caps = [['capConversion', term.cap_per_conversion], ['capMonth', term.cap_per_month], ['capYear', term.cap_per_year], ['capDeal', term.cap_per_deal], ['capPartner', term.cap_per_partner]] as const;
  for (const [name, cap] of caps) if (cap !== null) out.push(t(`words.${name}`, { amount: formatMoney(locale, cap, currency) }));
  for (const one of term.split ?? []) out.push(t('words.split', { rate: formatRate(locale, one.share_ppm), partner: nameOf(one.partner_id) }));
  if (!term.split?.length && term.own_share_ppm !== undefined && term.own_share_ppm < 1_000_000) out.push(t('words.ownShare', { rate: formatRate(locale, term.own_share_ppm) }));
  for (const tier of term.tiers ?? [])
    out.push(t('words.tier', {
      from: term.tier_by === 'volume' ? formatMoney(locale, tier.from, currency) : String(tier.from),
      what: tier.rate_ppm === null ? formatMoney(locale, tier.amount ?? 0, currency) : formatRate(locale, tier.rate_ppm),
      period: t(`period.${term.tier_period ?? 'lifetime'}`),
    }));
  for (const condition of term.conditions ?? []) out.push(t('words.only', { condition: conditionWords(condition, t) }));
  if (term.any_of && term.any_of.length > 0)
    out.push(t('words.anyOf', { sets: term.any_of.map((group) => [...group.conditions.map((one) => conditionWords(one, t)), ...(group.any_of?.length ? [t('words.further', { count: group.any_of.length })] : [])].join(` ${t('words.and')} `)).join(` ${t('words.or')} `) }));
  return out;
}

type Condition = schemas['ConditionAnswer'];
const conditionWords = (one: Condition, t: Translate): string =>
  t('words.condition', { field: one.key ?? t(`condition.${one.field}`), op: t(`op.${one.op}`), values: one.values.join(', ') });
