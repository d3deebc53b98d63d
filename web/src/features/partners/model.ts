import type { schemas } from '../../lib/api/schema';
import { formatMoney } from '../../lib/format/money';
import { formatRate } from '../../lib/format/number';
import type { Translate } from '../../lib/i18n';
import type { Locale } from '../../lib/locale';

export type Partner = schemas['Partner'];
export type DealTerm = schemas['DealTerm'];
export type TermInput = schemas['TermInput'];

/** Which moves a partner's state allows; each is a sub-resource of the API. The server decides anyway. */
export const partnerMoves = {
  applied: ['approval', 'rejection'], active: ['suspension'], suspended: ['reactivation', 'archiving'], rejected: [], archived: [],
} as const satisfies Record<Partner['state'], readonly string[]>;

export const dealMoves = {
  draft: ['activation'], active: ['pause'], paused: ['activation', 'archiving'], archived: [],
} as const satisfies Record<schemas['DealState'], readonly string[]>;

/** A term in words: "20 % of net of discount on every sale, for 12 months". */
export function termWords(term: DealTerm, t: Translate, locale: Locale): string[] {
  const currency = term.currency ?? '';
  const what = term.kind === 'override'
    ? t('words.override', { rate: formatRate(locale, term.rate_ppm ?? 0), level: term.level ?? 1, trigger: t(`trigger.${term.trigger}`) })
    : term.kind === 'bonus' ? t('words.bonus', { trigger: t(`trigger.${term.trigger}`) })
    : term.method === 'percentage'
    ? t('words.percentage', { rate: formatRate(locale, term.rate_ppm ?? 0), base: t(`base.${term.base}`), trigger: t(`trigger.${term.trigger}`) })
    : t('words.fixed', { amount: formatMoney(locale, term.amount ?? 0, currency), trigger: t(`trigger.${term.trigger}`) });
  const out = [what];
  out.push(term.duration === 'months' ? t('words.months', { count: term.duration_months ?? 0 }) : t(`words.${term.duration}`));
  out.push(t('words.window', { count: term.window_days, model: t(`model.${term.model}`) }));
  out.push(term.hold_days > 0 ? t('words.hold', { count: term.hold_days }) : t('words.noHold'));
  if (term.coupon_wins) out.push(t('words.coupon'));
  if (term.cap_per_conversion !== null) out.push(t('words.capConversion', { amount: formatMoney(locale, term.cap_per_conversion, currency) }));
  if (term.cap_per_month !== null) out.push(t('words.capMonth', { amount: formatMoney(locale, term.cap_per_month, currency) }));
  if (term.cap_per_deal !== null) out.push(t('words.capDeal', { amount: formatMoney(locale, term.cap_per_deal, currency) }));
  if (term.cap_per_partner !== null) out.push(t('words.capPartner', { amount: formatMoney(locale, term.cap_per_partner, currency) }));
  for (const tier of term.tiers)
    out.push(t('words.tier', {
      from: term.tier_by === 'volume' ? formatMoney(locale, tier.from, currency) : String(tier.from),
      what: tier.rate_ppm === null ? formatMoney(locale, tier.amount ?? 0, currency) : formatRate(locale, tier.rate_ppm),
      period: t(`period.${term.tier_period ?? 'lifetime'}`),
    }));
  if (term.any_of.length > 0) out.push(t('words.anyOf', { sets: term.any_of.length }));
  for (const condition of term.conditions)
    out.push(t('words.condition', { field: condition.key ?? t(`condition.${condition.field}`), op: t(`op.${condition.op}`), values: condition.values.join(', ') }));
  return out;
}
