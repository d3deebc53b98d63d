// The terms of a deal, one card each: what is earned, for how long, tiers, caps and conditions.
import { Plus, Trash2 } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { CheckField, SelectField, TextField } from '../../../ui/form';
import { caps, freshTerm, methodOf, type TermDraft } from '../term-draft';
import { Alternatives, Conditions } from './conditions';
import { Split } from './split';

type ErrorOf = (pointer: string) => string | undefined;

export function TermsEditor({ terms, onChange, error, currency, names = true }: { terms: TermDraft[]; onChange: (terms: TermDraft[]) => void; error: ErrorOf; currency: string; /** Whether terms may name further partners; a template names nobody. */ names?: boolean }) {
  const { t } = useTexts('deals');
  const change = (i: number, patch: Partial<TermDraft>) => onChange(terms.map((term, k) => (k === i ? { ...term, ...patch } : term)));
  return (
    <div className="stack">
      {terms.map((term, i) => (
        // Terms have no id before they are saved, and are changed in place.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={i} className="card stack">
          <div className="card-head"><legend className="grow"><h2>{t('termN', { n: i + 1 })}</h2></legend>{terms.length > 1 && <Button variant="ghost" onClick={() => onChange(terms.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeTerm')}</Button>}</div>
          <OneTerm term={term} at={`/terms/${i}`} error={error} names={names} change={(patch) => change(i, patch)} />
        </fieldset>
      ))}
      <div><Button onClick={() => onChange([...terms, freshTerm(currency)])}><Plus size={16} aria-hidden />{t('addTerm')}</Button></div>
    </div>
  );
}

type Choice = 'kind' | 'trigger' | 'method' | 'base' | 'duration' | 'model' | 'tier_by' | 'tier_period';
type Text = 'rate' | 'amount' | 'currency' | 'duration_months' | 'window_days' | 'hold_days' | 'level' | (typeof caps)[number];

function OneTerm({ term, at, error, names, change }: { term: TermDraft; at: string; error: ErrorOf; names: boolean; change: (patch: Partial<TermDraft>) => void }) {
  const { t } = useTexts('deals');
  const method = methodOf(term);
  const choice = (name: Choice, values: string[]) => (
    <SelectField label={t(`term.${name}`)} value={term[name]} onChange={(value) => change({ [name]: value })} options={values.map((one) => [one, t(`${name}.${one}`)])} error={error(`${at}/${name}`)} />
  );
  const text = (name: Text, optional = false) => (
    <TextField label={t(`term.${name}`)} {...(name === 'currency' ? {} : { inputMode: 'decimal' as const })} optional={optional} value={term[name]} onChange={(value) => change({ [name]: name === 'currency' ? value.toUpperCase() : value })} error={error(`${at}/${name === 'rate' ? 'rate_ppm' : name}`)} />
  );
  const needsCurrency = method === 'fixed' || term.tiers.length > 0 || caps.some((name) => term[name].trim() !== '');
  return (
    <>
      <p className="quiet small">{t(`kindWhat.${term.kind}`)}</p>
      <div className="inputs">{choice('kind', ['commission', 'bonus', 'override'])}{choice('trigger', ['sale', 'subscription', 'lead'])}{term.kind === 'commission' && choice('method', ['percentage', 'fixed'])}
        {term.kind === 'override' && text('level')}{method === 'percentage' ? text('rate') : term.kind !== 'bonus' && text('amount')}{needsCurrency && text('currency')}{term.kind === 'commission' && method === 'percentage' && choice('base', ['gross', 'net_of_discount', 'net_of_tax', 'net_of_cost'])}</div>
      <div className="inputs">{choice('duration', ['lifetime', 'first', 'months'])}{term.duration === 'months' && text('duration_months')}{choice('model', ['last', 'first', 'linear'])}{text('window_days')}{text('hold_days')}</div>
      <CheckField label={t('term.coupon_wins')} checked={term.coupon_wins} onChange={(value) => change({ coupon_wins: value })} />
      {term.kind !== 'override' && <Tiers term={term} at={at} error={error} change={change}>{<>{choice('tier_by', ['volume', 'count'])}{choice('tier_period', ['month', 'quarter', 'year', 'lifetime'])}</>}</Tiers>}
      <section className="stack tight"><h3>{t('caps')}</h3><div className="inputs">{caps.map((name) => <div key={name}>{text(name, true)}</div>)}</div></section>
      {names && term.kind === 'commission' && <Split shares={term.split} at={`${at}/split`} error={error} onChange={(split) => change({ split })} />}
      <section className="stack tight"><h3>{t('onlyWhere')}</h3><Conditions list={term.conditions} at={`${at}/conditions`} error={error} onChange={(conditions) => change({ conditions })} /></section>
      <section className="stack tight"><h3>{t('andOneOf')}</h3><Alternatives groups={term.any_of} at={`${at}/any_of`} error={error} onChange={(groups) => change({ any_of: groups })} /></section>
    </>
  );
}

function Tiers({ term, at, error, change, children }: { term: TermDraft; at: string; error: ErrorOf; change: (patch: Partial<TermDraft>) => void; children: React.ReactNode }) {
  const { t } = useTexts('deals');
  const value = methodOf(term) === 'percentage' ? 'rate_ppm' : 'amount';
  const patch = (i: number, part: object) => change({ tiers: term.tiers.map((tier, k) => (k === i ? { ...tier, ...part } : tier)) });
  return (
    <section className="stack tight"><h3>{t('tiers')}</h3>
      <p className="quiet small">{t(term.kind === 'bonus' ? 'bonusTiersWhat' : 'tiersWhat')}</p>
      {error(`${at}/tiers`) && <p className="error" role="alert">{error(`${at}/tiers`)}</p>}
      {term.tiers.length > 0 && <div className="inputs">{children}</div>}
      {term.tiers.map((tier, i) => (
        // Tiers are changed in place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className="inputs">
          <TextField label={t(term.tier_by === 'volume' ? 'tierFromAmount' : 'tierFromCount')} inputMode="decimal" value={tier.from} onChange={(from) => patch(i, { from })} error={error(`${at}/tiers/${i}/from`)} />
          <TextField label={t(value === 'rate_ppm' ? 'term.rate' : 'term.amount')} inputMode="decimal" value={tier.value} onChange={(to) => patch(i, { value: to })} error={error(`${at}/tiers/${i}/${value}`)} />
          <div><Button variant="ghost" onClick={() => change({ tiers: term.tiers.filter((_, k) => k !== i) })}><Trash2 size={16} aria-hidden />{t('removeTerm')}</Button></div>
        </div>
      ))}
      <div><Button onClick={() => change({ tiers: [...term.tiers, { from: '', value: '' }] })}><Plus size={16} aria-hidden />{t('addTier')}</Button></div>
    </section>
  );
}
