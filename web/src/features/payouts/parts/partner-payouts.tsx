// The money of one partner: what waits and why, where it goes, who it is, and what was paid.
import { useState } from 'react';
import type { schemas } from '../../../lib/api/schema';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Money, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { owedBalances } from '../../earnings/model';
import { CandidateReason } from './candidate-row';
import { PayeeFormSheet } from './payee-forms';
import { PayoutList } from './payout-list';
import { RequestWriteOff } from '../../earnings/parts/write-offs';

type Method = schemas['PayoutMethod'];

export function PartnerPayouts({ partner, name }: { partner: string; name: string }) {
  return (
    <div className="stack">
      <div className="grid"><Waits partner={partner} /><Methods partner={partner} name={name} /><Forms partner={partner} /></div>
      <PayoutList fixed={{ partner_id: partner }} />
    </div>
  );
}

/** What would be paid now in each currency in which something is owed, and what is owed back. */
function Waits({ partner }: { partner: string }) {
  const { t } = useTexts('payouts');
  const { currency: usual } = useOrganization();
  const can = useCan();
  const [asking, setAsking] = useState(false);
  const balances = useRead('/api/partners/{partner_id}/balances', { path: { partner_id: partner } });
  const kinds = owedBalances(balances.data?.items ?? [], usual);
  const currencies = [...new Set(kinds.map((one) => one.currency))];
  const back = kinds.filter((one) => one.kind === 'owed_back' && one.minor > 0);
  return (
    <Card title={t('toBePaid')} actions={back.length > 0 && can('earnings.manage') && <Button variant="ghost" onClick={() => setAsking(true)}>{t('requestWriteOff')}</Button>}>
      <Loaded from={balances} lines={2}>{() => (
        <ul className="list">
          {currencies.map((one) => <Waiting key={one} partner={partner} currency={one} />)}
          {back.map((one) => <li key={`back-${one.currency}`}><span className="grow">{t('owedBack')}</span><strong><Money minor={-one.minor} currency={one.currency} /></strong></li>)}
        </ul>
      )}</Loaded>
      {asking && <RequestWriteOff partner={partner} owed={back} onClose={() => setAsking(false)} />}
    </Card>
  );
}

function Waiting({ partner, currency }: { partner: string; currency: string }) {
  const { t } = useTexts('payouts');
  const found = useRead('/api/payout-candidates', { query: { currency, partner_id: partner, limit: 1 } });
  const one = found.data?.items[0];
  if (!one) return <li><span className="grow quiet">{t('nothingWaits', { currency })}</span></li>;
  return (
    <li><div className="grow stack tight"><span>{one.reason === null ? t('payable') : t('waits')}</span><span className="small quiet"><CandidateReason one={one} currency={currency} /></span></div>
      <strong><Money minor={one.amount} currency={currency} /></strong></li>
  );
}

function Methods({ partner, name }: { partner: string; name: string }) {
  const { t } = useTexts('payouts');
  const methods = useRead('/api/payout-methods', { query: { partner_id: partner, state: 'active', limit: 20 } });
  return (
    <Card title={t('methods')}>
      <Loaded from={methods} lines={2}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noMethodsOf')}</p> : <ul className="list">{page.items.map((one) => <OneMethod key={one.id} method={one} name={name} />)}</ul>)}</Loaded>
    </Card>
  );
}

function OneMethod({ method, name }: { method: Method; name: string }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const [removing, setRemoving] = useState(false);
  const reveal = useAct(() => api('get', '/api/payout-methods/{payout_method_id}/account', { path: { payout_method_id: method.id } }));
  const remove = useAct((_: void, key) => api('post', '/api/payout-methods/{payout_method_id}/removal', { path: { payout_method_id: method.id }, key }), () => { setRemoving(false); toast(t('methodRemoved')); });
  const isCooling = Date.parse(method.usable_at) > Date.now();
  return (
    <li>
      <div className="grow stack tight">
        <span>{t(`rail.${method.rail}`)}, {method.currency}</span>
        <span className="small quiet">{method.holder_name} · {reveal.data ? <code>{reveal.data.account}</code> : method.account_hint}{method.bank_name && <> · {method.bank_name}</>}{method.bic && <> · {method.bic}</>}</span>
        {method.connected_account_state && method.connected_account_state !== 'ready' && <span className="small">{t(`connected.${method.connected_account_state}`)}</span>}
        {isCooling && <span className="small">{t('coolsUntil')} <Time at={method.usable_at} as="time" /></span>}
        {reveal.error ? <ProblemNotice error={reveal.error} /> : null}
      </div>
      {can('payouts.manage') && <>
        {!reveal.data && <Button variant="ghost" busy={reveal.isPending} onClick={() => reveal.mutate(undefined)}>{t('show')}</Button>}
        <Button variant="ghost" onClick={() => setRemoving(true)}>{t('remove')}</Button></>}
      {removing && <Confirm danger title={t('removeMethodOf', { name })} verb={t('remove')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setRemoving(false)}>{t('removeMethodOfWhat')}</Confirm>}
    </li>
  );
}

function Forms({ partner }: { partner: string }) {
  const { t } = useTexts('payouts');
  const [search, set] = useUrlState();
  const forms = useRead('/api/payee-forms', { query: { partner_id: partner, limit: 5 } });
  return (
    <Card title={t('tab.forms')}>
      <Loaded from={forms} lines={2}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noFormsWhat')}</p> : (
        <ul className="list">{page.items.map((one) => <li key={one.id}><div className="grow stack tight"><button type="button" className="link" onClick={() => set({ form: one.id }, true)}>{one.legal_name}</button><span className="small quiet">{t(`formShort.${one.tax_form}`)} · <Time at={one.submitted_at} /></span></div><Status of={one.state} /></li>)}</ul>
      ))}</Loaded>
      {search['form'] && <PayeeFormSheet id={search['form']} onClose={() => set({ form: undefined })} />}
    </Card>
  );
}
