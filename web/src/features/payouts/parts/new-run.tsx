// A payout run on demand: who would be paid in a currency, who would not and why, and who is left out by hand.
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { formatMoney } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { startOfDay } from '../../../lib/range';
import { Button, Empty, ProblemNotice } from '../../../ui/basic';
import { SelectField, TextField } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Loaded } from '../../../ui/page';
import { Sheet } from '../../../ui/overlay';
import { chosenOf } from '../model';
import { CandidateRow } from './candidate-row';

export function NewRun({ onClose }: { onClose: () => void }) {
  const { t, locale } = useTexts('payouts');
  const { id, base, currency: usual, zone } = useOrganization();
  const router = useRouter();
  const organization = useRead('/api/organizations/{organization_id}', { path: { organization_id: id } });
  const [currency, setCurrency] = useState(usual);
  const [day, setDay] = useState('');
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const cutoff = day ? { cutoff_at: startOfDay(day, zone) } : {};
  const candidates = useRead('/api/payout-candidates', { query: { currency, ...cutoff, limit: 200 } });
  const all = candidates.data?.items ?? [];
  const isMore = Boolean(candidates.data?.next_cursor);
  const chosen = chosenOf(all, isMore ? new Set() : without);
  const begin = useAct((_: void, key) => api('post', '/api/payout-runs', { key, body: { currency, ...cutoff, ...(chosen.all ? {} : { partner_ids: chosen.partners.map((one) => one.id) }) } }),
    (run) => router.history.push(`${base}/payouts/runs/${run.id}`));
  const flip = (partner: string) => setWithout((old) => { const next = new Set(old); if (!next.delete(partner)) next.add(partner); return next; });
  const currencies = [...new Set([usual, ...(organization.data?.currencies ?? [])])];
  return (
    <Sheet wide title={t('newRun')} onClose={onClose} foot={<>
      <span className="grow quiet" role="status">{t('chosen', { count: chosen.partners.length, amount: formatMoney(locale, chosen.amount, currency) })}</span>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button variant="primary" busy={begin.isPending} reason={chosen.partners.length === 0 ? t('problem.nothing_payable') : undefined} onClick={() => begin.mutate()}>{t('beginRun')}</Button></>}>
      <div className="stack">
        {begin.error ? <ProblemNotice error={begin.error} /> : null}
        <div className="inputs">
          <SelectField label={t('currency')} value={currency} onChange={(value) => { setCurrency(value); setWithout(new Set()); }} options={currencies.map((one) => [one, one])} />
          <TextField label={t('earnedBefore')} optional type="date" value={day} onChange={setDay} />
        </div>
        <p className="quiet">{t('newRunWhat')}</p>
        <Loaded from={candidates}>{() => {
          const left = all.filter((one) => one.reason !== null);
          if (all.length === 0) return <Empty title={t('nobodyWaits')}>{t('nobodyWaitsWhat')}</Empty>;
          return (
            <>
              {isMore && <div className="notice"><div>{t('moreCandidates', { count: all.length })}</div></div>}
              <section className="stack tight"><h3>{t('wouldBePaid')}</h3>{all.length === left.length && <p className="quiet">{t('problem.nothing_payable')}</p>}
                <ul className="list">{all.filter((one) => one.reason === null).map((one) => <CandidateRow key={one.id} one={one} currency={currency}
                  start={isMore ? null : <input type="checkbox" className="tick" aria-label={t('pay', { name: one.name })} checked={!without.has(one.id)} onChange={() => flip(one.id)} />} />)}</ul></section>
              {left.length > 0 && <section className="stack tight"><h3>{t('wouldNot')}</h3><ul className="list">{left.map((one) => <CandidateRow key={one.id} one={one} currency={currency} />)}</ul></section>}
            </>
          );
        }}</Loaded>
      </div>
    </Sheet>
  );
}
