// A deal in words with its versions, and its editor: what is changed is a new version from an instant on.
import { useParams, useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { startOfDay } from '../../../lib/range';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { Field, Form, TextField, useForm } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { dealMoves, termWords } from '../model';
import { Moves } from '../parts/moves';
import { PartnerName, searchPartners, usePartnerName } from '../parts/partner-name';
import { checkTerms, draftOf, freshTerm, inputOf, TermsEditor, type TermDraft } from '../parts/term-editor';

type DealRow = schemas['Deal'];

export function Deal() {
  const { id } = useParams({ strict: false }) as { id: string };
  return id === 'new' ? <NewDeal /> : <OneDeal id={id} />;
}

function OneDeal({ id }: { id: string }) {
  const { t, locale } = useTexts('partners');
  const { base } = useOrganization();
  const [search, set] = useUrlState();
  const can = useCan();
  const deal = useRead('/api/deals/{deal_id}', { path: { deal_id: id } });
  const one = deal.data;
  const moves = one ? dealMoves[one.state] : [];
  const now = Date.now();
  const versions = one ? [...one.versions].sort((a, b) => b.version - a.version) : [];
  const inForce = versions.find((version) => Date.parse(version.valid_from) <= now);
  return (
    <Page title={one?.name ?? '…'} badge={one && <Status of={one.state} />} context={one && <PartnerName id={one.partner_id} link />} back={{ href: `${base}/deals`, label: t('deals') }}
      actions={one && can('deals.manage') && <><Moves name={one.name} moves={moves} call={(move, key) => api('post', `/api/deals/{deal_id}/${move}` as '/api/deals/{deal_id}/activation', { path: { deal_id: id }, key })} />
        {one.state !== 'archived' && <Button onClick={() => set({ edit: '1' })}><Pencil size={16} aria-hidden />{t('changeTerms')}</Button>}</>}>
      <Loaded from={deal}>{(data) => (search['edit'] ? <EditDeal deal={data} onClose={() => set({ edit: undefined })} /> : (
        <div className="stack">{versions.map((version) => (
          <Card key={version.id} title={t('version', { n: version.version })} actions={<>{version === inForce && data.state === 'active' && <Status of="active" text={t('inForce')} />}<span className="quiet">{t('from')} <Time at={version.valid_from} as="time" /></span></>}>
            <ol className="stack">{version.terms.map((term) => {
              const [first, ...rest] = termWords(term, t, locale);
              return <li key={term.id} className="stack tight"><strong>{first}</strong><ul className="quiet">{rest.map((line) => <li key={line}>{line}</li>)}</ul></li>;
            })}</ol>
          </Card>
        ))}</div>
      ))}</Loaded>
    </Page>
  );
}

function EditDeal({ deal, onClose }: { deal: DealRow; onClose: () => void }) {
  const { t } = useTexts('partners');
  const { currency, zone } = useOrganization();
  const client = useQueryClient();
  const latest = deal.versions.reduce((most, one) => (one.version > most.version ? one : most));
  const form = useForm({
    initial: { terms: latest.terms.map((term) => draftOf(term, currency)), from: '' },
    pointers: pointersOf(latest.terms.length + 5),
    check: (values) => checkTerms(values.terms, { number: t('field.number'), amount: t('field.amount') }),
    send: (values, key) => api('post', '/api/deals/{deal_id}/versions', { path: { deal_id: deal.id }, key, body: { terms: values.terms.map(inputOf), ...(values.from ? { valid_from: startOfDay(values.from, zone) } : {}) } }),
    done: () => { toast(t('versionSaved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Form form={form}>
      <div className="notice"><div>{t('versionWhat')}</div></div>
      <TermsEditor terms={form.values.terms} onChange={(terms) => form.set('terms', terms)} error={form.error} currency={currency} />
      <div className="card"><TextField label={t('validFromDay')} help={t('validFromHelp')} optional type="date" value={form.values.from} onChange={(value) => form.set('from', value)} error={form.error('/valid_from')} /></div>
      <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('saveVersion')}</Button><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button></div>
    </Form>
  );
}

function NewDeal() {
  const { t } = useTexts('partners');
  const { base, currency } = useOrganization();
  const router = useRouter();
  const client = useQueryClient();
  const [search] = useUrlState();
  const [partner, setPartner] = useState(search['partner'] ?? '');
  const name = usePartnerName(partner);
  const form = useForm<{ name: string; partner: string; terms: TermDraft[] }, DealRow>({
    initial: { name: '', partner, terms: [freshTerm(currency)] }, pointers: ['/name', '/partner', ...pointersOf(8)],
    check: (values) => ({
      ...(values.partner ? {} : { '/partner': t('field.required') }), ...(values.name.trim() ? {} : { '/name': t('field.required') }),
      ...checkTerms(values.terms, { number: t('field.number'), amount: t('field.amount') }),
    }),
    send: (values, key) => api('post', '/api/partners/{partner_id}/deals', { path: { partner_id: values.partner }, key, body: { name: values.name.trim(), terms: values.terms.map(inputOf) } }),
    done: (deal) => { toast(t('dealSaved')); void client.invalidateQueries(); router.history.push(`${base}/deals/${deal.id}`); },
  });
  return (
    <Page title={t('newDeal')} context={t('newDealWhat')} back={{ href: `${base}/deals`, label: t('deals') }}>
      <Form form={form}>
        <div className="card form">
          <Field label={t('partner')} error={form.error('/partner')}>{(attributes) => <Combobox label={t('partner')} attributes={attributes} value={partner ? name : ''} searchKey="partners" search={searchPartners} placeholder={t('searchPartner')} onPick={(choice) => { setPartner(choice.id); form.set('partner', choice.id); }} />}</Field>
          <TextField label={t('dealName')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        </div>
        <TermsEditor terms={form.values.terms} onChange={(terms) => form.set('terms', terms)} error={form.error} currency={currency} />
        <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('saveDraft')}</Button></div>
      </Form>
    </Page>
  );
}

const termFields = ['trigger', 'method', 'rate_ppm', 'amount', 'currency', 'base', 'duration', 'duration_months', 'window_days', 'model', 'hold_days', 'cap_per_conversion', 'cap_per_month'];
const pointersOf = (count: number) => ['/valid_from', ...Array.from({ length: count }, (_, i) => termFields.map((name) => `/terms/${i}/${name}`)).flat()];
