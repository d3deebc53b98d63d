// A deal's first draft: for a partner, from nothing or from a template.
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useUrlState } from '../../../lib/url-state';
import { Button } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { Field, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { searchPartners, usePartnerName } from '../../partners/parts/partner-name';
import { checkTerms, draftOf, freshTerm, inputOf, type TermDraft } from '../term-draft';
import { TermsEditor } from './term-editor';

export function NewDeal() {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const templates = useRead('/api/deal-templates', { query: { limit: 100 } });
  return (
    <Page title={t('newDeal')} context={t('newDealWhat')} back={{ href: `${base}/deals`, label: t('deals') }}>
      <Loaded from={templates}>{(page) => <Begin templates={page.items} />}</Loaded>
    </Page>
  );
}

function Begin({ templates }: { templates: schemas['DealTemplate'][] }) {
  const { t } = useTexts('deals');
  const { base, currency } = useOrganization();
  const router = useRouter();
  const client = useQueryClient();
  const [search] = useUrlState();
  const termsOf = (id: string): TermDraft[] => templates.find((one) => one.id === id)?.terms.map((term) => draftOf(term, currency)) ?? [freshTerm(currency)];
  const chosen = templates.find((one) => one.id === search['template']);
  const form = useForm<{ name: string; partner: string; template: string; terms: TermDraft[] }, schemas['Deal']>({
    keep: { name: 'new-deal', of: search['partner'] ?? '' },
    initial: { name: chosen?.name ?? '', partner: search['partner'] ?? '', template: chosen?.id ?? '', terms: termsOf(chosen?.id ?? '') }, pointers: ['/name', '/partner'],
    check: (values) => ({
      ...(values.partner ? {} : { '/partner': t('field.required') }), ...(values.name.trim() ? {} : { '/name': t('field.required') }),
      ...checkTerms(values.terms, { number: t('field.number'), amount: t('field.amount'), required: t('field.required') }),
    }),
    send: (values, key) => api('post', '/api/partners/{partner_id}/deals', { path: { partner_id: values.partner }, key, body: { name: values.name.trim(), terms: values.terms.map(inputOf) } }),
    done: (deal) => { toast(t('dealSaved')); void client.invalidateQueries(); router.history.push(`${base}/deals/${deal.id}`); },
  });
  const { partner } = form.values;
  const name = usePartnerName(partner);
  return (
    <Form form={form}>
      <div className="card form">
        <Field label={t('partner')} error={form.error('/partner')}>{(attributes) => <Combobox label={t('partner')} attributes={attributes} value={partner ? name : ''} searchKey="partners" search={searchPartners} placeholder={t('searchPartner')} onPick={(choice) => form.set('partner', choice.id)} />}</Field>
        <TextField label={t('dealName')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        {templates.length > 0 && <SelectField label={t('startFrom')} value={form.values.template} onChange={(value) => { form.set('template', value); form.set('terms', termsOf(value)); }} options={[['', t('fromNothing')], ...templates.map((one): [string, string] => [one.id, one.name])]} />}
      </div>
      <TermsEditor terms={form.values.terms} onChange={(terms) => form.set('terms', terms)} error={form.error} currency={currency} />
      <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('saveDraft')}</Button></div>
    </Form>
  );
}
