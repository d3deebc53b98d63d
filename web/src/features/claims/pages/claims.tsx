// The queue of claims: what partners say is missing or wrong, decided by a day, by another person than who filed it.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { exponentOf, parseAmount } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { AskReason } from '../../../ui/ask';
import { Button, Money, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';

type Claim = schemas['Claim'];
const states = ['open', 'under_review', 'accepted', 'rejected', 'withdrawn'] as const;
const kinds = ['missing', 'not_credited', 'wrong_amount'] as const;

export function Claims() {
  const { t } = useTexts('claims');
  const [search, set] = useUrlState();
  return (
    <Page title={t('claims')} context={t('queueWhat')}>
      <List<Claim> name="claims" label={t('claims')} path="/api/claims" id={(one) => one.id} usualSort="-created_at" live
        columns={[
          { id: 'claim', head: t('about'), cell: (one) => <span className="two"><button type="button" className="link" onClick={() => set({ claim: one.id }, true)}>{t(`kind.${one.kind}`)}</button><span className="faint small">{one.order_reference}</span></span> },
          { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'by', head: t('decideBy'), cell: (one) => (one.decided_at ? <Time at={one.decided_at} /> : <span className="row"><Time at={one.decide_by} />{one.is_overdue && <Status of="expired" text={t('overdue')} />}</span>) },
          { id: 'amount', head: t('amount'), num: true, cell: (one) => (one.amount !== null && one.currency !== null ? <Money minor={one.amount} currency={one.currency} /> : null) },
          { id: 'at', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
        ]}
        views={[{ id: 'all', label: t('view.all'), search: {} }, ...states.slice(0, 2).map((one) => ({ id: one, label: t(`status.${one}`), search: { state: one } })), { id: 'overdue', label: t('overdue'), search: { is_overdue: 'true' } }]}
        filters={[{ name: 'state', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) }, { name: 'kind', label: t('about'), options: kinds.map((one) => [one, t(`kind.${one}`)]) }, { name: 'is_overdue', label: t('overdue'), options: [['true', t('yes')], ['false', t('no')]] },
          { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }]}
        empty={{ title: t('noClaims'), text: t('noClaimsWhat') }} />
      {search['claim'] && <ClaimSheet id={search['claim']} onClose={() => set({ claim: undefined })} />}
    </Page>
  );
}

function ClaimSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts('claims');
  const { base } = useOrganization();
  const can = useCan();
  const [asked, setAsked] = useState<'accept' | 'reject' | null>(null);
  const path = { claim_id: id };
  const claim = useRead('/api/claims/{claim_id}', { path });
  const review = useAct((_: void, key) => api('post', '/api/claims/{claim_id}/review', { path, key }), () => toast(t('reviewed')));
  const reject = useAct((reason: string, key) => api('post', '/api/claims/{claim_id}/rejection', { path, key, body: { reason } }), () => { setAsked(null); toast(t('rejectedNow')); });
  const one = claim.data;
  const isOpen = one !== undefined && (one.state === 'open' || one.state === 'under_review') && can('earnings.manage');
  return (
    <Sheet wide title={one ? t(`kind.${one.kind}`) : t('claims')} onClose={onClose} foot={isOpen && <>
      {one.state === 'open' && <Button busy={review.isPending} onClick={() => review.mutate()}>{t('takeUp')}</Button>}
      <Button onClick={() => setAsked('reject')}>{t('reject')}</Button><Button variant="primary" onClick={() => setAsked('accept')}>{t('accept')}</Button></>}>
      <Loaded from={claim}>{(data) => (
        <div className="stack">
          {review.error ? <ProblemNotice error={review.error} /> : null}
          <div className="row"><Status of={data.state} />{data.is_overdue && <Status of="expired" text={t('overdue')} />}</div>
          <section className="stack tight"><h3>{t('evidence')}</h3><p className="pre">{data.evidence}</p>{data.evidence_references.map((line) => <p key={line} className="quiet small">{line}</p>)}</section>
          <Facts rows={[
            [t('partner'), <PartnerName key="p" id={data.partner_id} link />], data.order_reference !== null && [t('order'), data.order_reference],
            data.conversion_id !== null && [t('conversion'), <A key="c" className="link" href={`${base}/conversions/${data.conversion_id}`}>{t('open')}</A>], data.lead_id !== null && [t('lead'), <A key="l" className="link" href={`${base}/leads/${data.lead_id}`}>{t('open')}</A>],
            data.document_id !== null && [t('document'), <A key="f" className="link" href={`${base}/partners/${data.partner_id}?tab=documents`}>{t('open')}</A>],
            data.amount !== null && data.currency !== null && [t('expected'), <Money key="a" minor={data.amount} currency={data.currency} full />], [t('decideBy'), <Time key="b" at={data.decide_by} as="time" />],
            data.reviewed_by !== null && [t('takenUpBy'), <MemberName key="r" id={data.reviewed_by} />], data.decided_at !== null && [t('decidedBy'), <span key="d"><MemberName id={data.decided_by} />, <Time at={data.decided_at} as="time" /></span>],
            data.decision !== null && [t('decision'), data.decision], data.adjustment_id !== null && [t('adjustment'), <A key="j" className="link" href={`${base}/earnings?why=${data.adjustment_id}`}>{t('open')}</A>],
          ]} />
        </div>
      )}</Loaded>
      {asked === 'reject' && <AskReason danger keep={`reject-claim ${id}`} title={t('rejectAsk')} verb={t('reject')} help={t('partnerReads')} busy={reject.isPending} error={reject.error} onConfirm={(reason) => reject.mutate(reason)} onClose={() => { reject.reset(); setAsked(null); }} />}
      {asked === 'accept' && one && <Accept claim={one} onClose={() => setAsked(null)} />}
    </Sheet>
  );
}

/** The amount is that of the whole conversion: what was refunded of it comes off by itself. */
function Accept({ claim, onClose }: { claim: Claim; onClose: () => void }) {
  const { t } = useTexts('claims');
  const { currency: usual } = useOrganization();
  const client = useQueryClient();
  const currency = claim.currency ?? usual;
  const form = useForm({
    keep: { name: `accept-claim ${claim.id}`, of: claim.updated_at },
    initial: { amount: claim.amount === null ? '' : (claim.amount / 10 ** exponentOf(currency)).toFixed(exponentOf(currency)), currency, reason: '', conversion: '' },
    pointers: ['/amount', '/amount/amount', '/amount/currency', '/reason', '/conversion_id'],
    check: (values): Record<string, string> => ({ ...(parseAmount(values.amount, values.currency) ? {} : { '/amount': t('field.amount') }), ...(values.reason.trim() ? {} : { '/reason': t('field.required') }) }),
    send: (values, key) => api('post', '/api/claims/{claim_id}/acceptance', { path: { claim_id: claim.id }, key, body: { amount: { amount: parseAmount(values.amount, values.currency) ?? 0, currency: values.currency }, reason: values.reason.trim(), ...(values.conversion.trim() ? { conversion_id: values.conversion.trim() } : {}) } }),
    done: () => { toast(t('acceptedNow')); void client.invalidateQueries(); onClose(); },
  });
  const { values, set, error } = form;
  return (
    <Sheet title={t('acceptAsk')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('accept')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t('acceptWhat')}</p>
        <div className="inputs"><TextField label={t('amount')} inputMode="decimal" value={values.amount} onChange={(value) => set('amount', value)} error={error('/amount') ?? error('/amount/amount')} />
          <TextField label={t('currency')} value={values.currency} onChange={(value) => set('currency', value.toUpperCase())} error={error('/amount/currency')} /></div>
        {claim.conversion_id === null && <TextField label={t('conversionId')} help={t('conversionIdHelp')} optional value={values.conversion} onChange={(value) => set('conversion', value)} error={error('/conversion_id')} />}
        <TextField area label={t('reason')} help={t('partnerReads')} value={values.reason} onChange={(value) => set('reason', value)} error={error('/reason')} />
      </Form>
    </Sheet>
  );
}
