// Payee forms: who a partner is, for tax and identity checks. Another person than who sent one decides.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { formatDay } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { AskReason } from '../../../ui/ask';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Sheet } from '../../../ui/overlay';
import { Facts, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';
import { formStates, type PayeeForm } from '../model';

export function PayeeFormList() {
  const { t } = useTexts('payouts');
  const [search, set] = useUrlState();
  return (
    <>
      <List<PayeeForm> name="payee-forms" label={t('tab.forms')} path="/api/payee-forms" id={(one) => one.id}
        columns={[
          { id: 'name', head: t('legalName'), cell: (one) => <button type="button" className="link" onClick={() => set({ form: one.id }, true)}>{one.legal_name}</button> },
          { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
          { id: 'kind', head: t('kind'), cell: (one) => t(`payee.${one.kind}`) },
          { id: 'form', head: t('taxForm'), cell: (one) => t(`formShort.${one.tax_form}`) },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'sent', head: t('sentAt'), cell: (one) => <Time at={one.submitted_at} /> },
        ]}
        views={[{ id: 'all', label: t('view.all'), search: { tab: 'forms' } }, ...formStates.map((one) => ({ id: one, label: t(`status.${one}`), search: { tab: 'forms', state: one } }))]}
        filters={[{ name: 'state', label: t('state'), options: formStates.map((one) => [one, t(`status.${one}`)]) }, { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }]}
        empty={{ title: t('noForms'), text: t('noFormsWhat') }} />
      {search['form'] && <PayeeFormSheet id={search['form']} onClose={() => set({ form: undefined })} />}
    </>
  );
}

/** One form with its decision; the tax number is shown on request, and each time stands in the audit. */
export function PayeeFormSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, locale } = useTexts('payouts');
  const can = useCan();
  const [deciding, setDeciding] = useState<'approval' | 'rejection' | null>(null);
  const form = useRead('/api/payee-forms/{payee_form_id}', { path: { payee_form_id: id } });
  const reveal = useAct(() => api('get', '/api/payee-forms/{payee_form_id}/tax-id', { path: { payee_form_id: id } }));
  const one = form.data;
  const isOpen = one?.state === 'pending' && can('payouts.approve');
  return (
    <Sheet title={t('payeeForm')} onClose={onClose} foot={isOpen && <><Button onClick={() => setDeciding('rejection')}>{t('reject')}</Button><Button variant="primary" onClick={() => setDeciding('approval')}>{t('approve')}</Button></>}>
      <Loaded from={form}>{(data) => (
        <div className="stack">
          <div className="row"><strong className="grow">{data.legal_name}</strong><Status of={data.state} /></div>
          {data.state_reason && <p className="quiet">{data.state_reason}</p>}
          <Facts rows={[
            [t('partner'), <PartnerName key="p" id={data.partner_id} link />], [t('kind'), t(`payee.${data.kind}`)], [t('country'), data.country], [t('address'), data.address],
            [t(data.kind === 'individual' ? 'bornOn' : 'registeredOn'), data.born_or_registered_on && formatDay(locale, data.born_or_registered_on)], [t('taxForm'), t(`formShort.${data.tax_form}`)],
            [t('taxId'), reveal.data ? <code key="t">{reveal.data.tax_id}</code> : <span key="t" className="row">{data.tax_id_hint ?? '—'}{data.tax_id_hint && can('payouts.manage') && <Button variant="ghost" busy={reveal.isPending} onClick={() => reveal.mutate(undefined)}>{t('show')}</Button>}</span>],
            ...Object.entries(data.details).map(([name, value]): [string, string] => [name, String(value)]),
            [t('sentAt'), <Time key="s" at={data.submitted_at} as="time" />], data.decided_at !== null && [t('decidedAt'), <Time key="d" at={data.decided_at} as="time" />],
            data.expires_on !== null && [t('expiresOn'), formatDay(locale, data.expires_on)],
          ]} />
          {reveal.error ? <ProblemNotice error={reveal.error} /> : null}
        </div>
      )}</Loaded>
      {deciding === 'approval' && one && <Approve form={one} onClose={() => setDeciding(null)} />}
      {deciding === 'rejection' && one && <Reject form={one} onClose={() => setDeciding(null)} />}
    </Sheet>
  );
}

function Approve({ form, onClose }: { form: PayeeForm; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const client = useQueryClient();
  const state = useForm({
    initial: { expires_on: '' }, pointers: ['/expires_on'],
    send: (values, key) => api('post', '/api/payee-forms/{payee_form_id}/approval', { path: { payee_form_id: form.id }, key, body: values.expires_on ? { expires_on: values.expires_on } : {} }),
    done: () => { toast(t('formApproved', { name: form.legal_name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Confirm title={t('approveForm', { name: form.legal_name })} verb={t('approve')} busy={state.busy} onConfirm={() => state.submit()} onClose={onClose}>
      <Form form={state}><TextField label={t('expiresOn')} help={t('expiresOnHelp')} optional type="date" value={state.values.expires_on} onChange={(value) => state.set('expires_on', value)} error={state.error('/expires_on')} /></Form>
    </Confirm>
  );
}

function Reject({ form, onClose }: { form: PayeeForm; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const act = useAct((reason: string, key) => api('post', '/api/payee-forms/{payee_form_id}/rejection', { path: { payee_form_id: form.id }, key, body: { reason } }), () => { toast(t('formRejected', { name: form.legal_name })); onClose(); });
  return <AskReason danger title={t('rejectForm', { name: form.legal_name })} verb={t('reject')} help={t('partnerReads')} busy={act.isPending} error={act.error} onConfirm={(reason) => act.mutate(reason)} onClose={onClose} />;
}
