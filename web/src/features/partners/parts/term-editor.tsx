// The terms of a deal, one card each. Rates are typed in percent, amounts in the currency; the wire has ppm and minor units.
import { Plus, Trash2 } from 'lucide-react';
import { exponentOf, parseAmount, parseRate } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { CheckField, SelectField, TextField } from '../../../ui/form';
import type { DealTerm, TermInput } from '../model';

/** A term as it is typed. */
export interface TermDraft {
  trigger: string; method: string; rate: string; amount: string; currency: string; base: string; duration: string; duration_months: string;
  window_days: string; model: string; coupon_wins: boolean; hold_days: string; cap_per_conversion: string; cap_per_month: string;
  conditions: TermInput['conditions'];
  /** What this form does not show: it is saved as it was. */
  kept: Partial<TermInput>;
}

const keptOf = (term: DealTerm): Partial<TermInput> => ({
  ...(term.kind === 'commission' ? {} : { kind: term.kind }), ...(term.level === null ? {} : { level: term.level }),
  ...(term.tiers.length > 0 ? { tiers: term.tiers, tier_by: term.tier_by, tier_period: term.tier_period } : {}),
  ...(term.cap_per_deal === null ? {} : { cap_per_deal: term.cap_per_deal }), ...(term.cap_per_partner === null ? {} : { cap_per_partner: term.cap_per_partner }),
  ...(term.any_of.length > 0 ? { any_of: term.any_of } : {}),
} as Partial<TermInput>);

export const freshTerm = (currency: string): TermDraft => ({
  trigger: 'sale', method: 'percentage', rate: '10', amount: '', currency, base: 'gross', duration: 'lifetime', duration_months: '12',
  window_days: '90', model: 'last', coupon_wins: true, hold_days: '30', cap_per_conversion: '', cap_per_month: '', conditions: null, kept: {},
});

const typed = (minor: number | null, currency: string) => (minor === null ? '' : (minor / 10 ** exponentOf(currency)).toFixed(exponentOf(currency)));

export const draftOf = (term: DealTerm, currency: string): TermDraft => ({
  trigger: term.trigger, method: term.method, rate: term.rate_ppm === null ? '' : String(term.rate_ppm / 10_000),
  amount: typed(term.amount, term.currency ?? currency), currency: term.currency ?? currency, base: term.base, duration: term.duration,
  duration_months: term.duration_months === null ? '' : String(term.duration_months), window_days: String(term.window_days), model: term.model,
  coupon_wins: term.coupon_wins, hold_days: String(term.hold_days), cap_per_conversion: typed(term.cap_per_conversion, term.currency ?? currency),
  cap_per_month: typed(term.cap_per_month, term.currency ?? currency),
  conditions: term.conditions.map((one) => ({ field: one.field, op: one.op, values: one.values, ...(one.key === null ? {} : { key: one.key }) })),
  kept: keptOf(term),
});

/** Texts that are no numbers, by pointer: the server cannot see what was typed. */
export function checkTerms(terms: TermDraft[], words: { number: string; amount: string }): Record<string, string> {
  const out: Record<string, string> = {};
  terms.forEach((term, i) => {
    if (term.method === 'percentage' && parseRate(term.rate) === null) out[`/terms/${i}/rate_ppm`] = words.number;
    if (term.method === 'fixed' && term.kept.kind !== 'bonus' && parseAmount(term.amount, term.currency) === null) out[`/terms/${i}/amount`] = words.amount;
    for (const name of ['window_days', 'hold_days'] as const) if (!/^\d{1,5}$/.test(term[name].trim())) out[`/terms/${i}/${name}`] = words.number;
    if (term.duration === 'months' && !/^\d{1,4}$/.test(term.duration_months.trim())) out[`/terms/${i}/duration_months`] = words.number;
    for (const name of ['cap_per_conversion', 'cap_per_month'] as const) if (term[name].trim() && parseAmount(term[name], term.currency) === null) out[`/terms/${i}/${name}`] = words.amount;
  });
  return out;
}

export function inputOf(term: TermDraft): TermInput {
  const needsCurrency = term.method === 'fixed' || Object.keys(term.kept).length > 0 || term.cap_per_conversion.trim() !== '' || term.cap_per_month.trim() !== '';
  return {
    trigger: term.trigger, method: term.method, base: term.base, duration: term.duration, model: term.model, coupon_wins: term.coupon_wins,
    window_days: Number(term.window_days), hold_days: Number(term.hold_days),
    ...(term.method === 'percentage' ? { rate_ppm: parseRate(term.rate) } : term.kept.kind === 'bonus' ? {} : { amount: parseAmount(term.amount, term.currency) }),
    ...(needsCurrency ? { currency: term.currency } : {}),
    ...(term.duration === 'months' ? { duration_months: Number(term.duration_months) } : {}),
    ...(term.cap_per_conversion.trim() ? { cap_per_conversion: parseAmount(term.cap_per_conversion, term.currency) } : {}),
    ...(term.cap_per_month.trim() ? { cap_per_month: parseAmount(term.cap_per_month, term.currency) } : {}),
    ...(term.conditions && term.conditions.length > 0 ? { conditions: term.conditions } : {}),
    ...term.kept,
  } as TermInput;
}

export function TermsEditor({ terms, onChange, error, currency }: { terms: TermDraft[]; onChange: (terms: TermDraft[]) => void; error: (pointer: string) => string | undefined; currency: string }) {
  const { t } = useTexts('partners');
  const change = (i: number, patch: Partial<TermDraft>) => onChange(terms.map((term, k) => (k === i ? { ...term, ...patch } : term)));
  return (
    <div className="stack">
      {terms.map((term, i) => (
        // Terms have no id before they are saved, and are changed in place.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={i} className="card stack">
          <div className="card-head"><legend className="grow"><h2>{t('termN', { n: i + 1 })}</h2></legend>{terms.length > 1 && <Button variant="ghost" onClick={() => onChange(terms.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeTerm')}</Button>}</div>
          <OneTerm term={term} at={`/terms/${i}`} error={error} change={(patch) => change(i, patch)} />
        </fieldset>
      ))}
      <div><Button onClick={() => onChange([...terms, freshTerm(currency)])}><Plus size={16} aria-hidden />{t('addTerm')}</Button></div>
    </div>
  );
}

function OneTerm({ term, at, error, change }: { term: TermDraft; at: string; error: (pointer: string) => string | undefined; change: (patch: Partial<TermDraft>) => void }) {
  const { t } = useTexts('partners');
  const choice = (name: 'trigger' | 'method' | 'base' | 'duration' | 'model', values: string[]) => (
    <SelectField label={t(`term.${name}`)} value={term[name]} onChange={(value) => change({ [name]: value })} options={values.map((one) => [one, t(`${name}.${one}`)])} error={error(`${at}/${name}`)} />
  );
  const text = (name: 'rate' | 'amount' | 'currency' | 'duration_months' | 'window_days' | 'hold_days' | 'cap_per_conversion' | 'cap_per_month', optional = false) => (
    <TextField label={t(`term.${name}`)} inputMode={name === 'currency' ? undefined as never : 'decimal'} optional={optional} value={term[name]} onChange={(value) => change({ [name]: name === 'currency' ? value.toUpperCase() : value })} error={error(`${at}/${name === 'rate' ? 'rate_ppm' : name}`)} />
  );
  return (
    <>
      <div className="inputs">{choice('trigger', ['sale', 'subscription', 'lead'])}{choice('method', ['percentage', 'fixed'])}{term.method === 'percentage' ? text('rate') : <>{text('amount')}{text('currency')}</>}{term.method === 'percentage' && choice('base', ['gross', 'net_of_discount', 'net_of_tax', 'net_of_cost'])}</div>
      <div className="inputs">{choice('duration', ['lifetime', 'first', 'months'])}{term.duration === 'months' && text('duration_months')}{choice('model', ['last', 'first', 'linear'])}{text('window_days')}{text('hold_days')}</div>
      <div className="inputs">{text('cap_per_conversion', true)}{text('cap_per_month', true)}{term.method === 'percentage' && (term.cap_per_conversion || term.cap_per_month) ? text('currency') : null}</div>
      <CheckField label={t('term.coupon_wins')} checked={term.coupon_wins} onChange={(value) => change({ coupon_wins: value })} />
      {term.conditions && term.conditions.length > 0 && <p className="quiet small">{t('keepsConditions', { count: term.conditions.length })}</p>}
      {Object.keys(term.kept).length > 0 && <p className="quiet small">{t('keepsMore')}</p>}
    </>
  );
}
