// Templates of deals: terms to begin with, and the one that a partner gets that becomes active without a deal.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Empty, Status } from '../../../ui/basic';
import { CheckField, Form, TextField, useForm } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { TermsEditor } from '../parts/term-editor';
import { Terms } from '../parts/terms';
import { checkTerms, draftOf, freshTerm, inputOf } from '../term-draft';

type Template = schemas['DealTemplate'];

export function Templates() {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const templates = useRead('/api/deal-templates', { query: { limit: 100 } });
  const edited = search['edit'];
  const close = () => set({ edit: undefined });
  return (
    <Page title={t('templates')} context={t('templatesWhat')} back={{ href: `${base}/deals`, label: t('deals') }}
      actions={!edited && can('deals.manage') && <Button variant="primary" onClick={() => set({ edit: 'new' })}><Plus size={16} aria-hidden />{t('newTemplate')}</Button>}>
      <Loaded from={templates}>{(page) => {
        const one = page.items.find((each) => each.id === edited);
        if (edited === 'new' || one) return <EditTemplate key={edited} template={one} onClose={close} />;
        if (page.items.length === 0) return <div className="card"><Empty title={t('noTemplates')}>{t('noTemplatesWhat')}</Empty></div>;
        return <div className="stack">{page.items.map((each) => <OneTemplate key={each.id} template={each} />)}</div>;
      }}</Loaded>
    </Page>
  );
}

function OneTemplate({ template }: { template: Template }) {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const can = useCan();
  const [, set] = useUrlState();
  const [deleting, setDeleting] = useState(false);
  const remove = useAct((_: void, key) => api('delete', '/api/deal-templates/{deal_template_id}', { path: { deal_template_id: template.id }, key }), () => { setDeleting(false); toast(t('templateDeleted')); });
  return (
    <Card title={template.name} actions={<>{template.is_default && <Status of="active" text={t('isDefault')} />}{can('deals.manage') && <>
      <A className="btn btn-secondary" href={`${base}/deals/new?template=${template.id}`}>{t('newDeal')}</A>
      <Button variant="ghost" onClick={() => set({ edit: template.id })}>{t('edit')}</Button><Button variant="ghost" onClick={() => setDeleting(true)}>{t('delete')}</Button></>}</>}>
      <Terms terms={template.terms} />
      {deleting && <Confirm danger title={t('deleteTemplate', { name: template.name })} verb={t('delete')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setDeleting(false)}>{t('deleteTemplateWhat')}</Confirm>}
    </Card>
  );
}

function EditTemplate({ template, onClose }: { template: Template | undefined; onClose: () => void }) {
  const { t } = useTexts('deals');
  const { currency } = useOrganization();
  const client = useQueryClient();
  const form = useForm({
    keep: { name: `template ${template?.id ?? 'new'}`, of: template?.updated_at ?? '' },
    initial: { name: template?.name ?? '', is_default: template?.is_default ?? false, terms: template?.terms.map((term) => draftOf(term, currency)) ?? [freshTerm(currency)] }, pointers: ['/name'],
    check: (values) => ({ ...(values.name.trim() ? {} : { '/name': t('field.required') }), ...checkTerms(values.terms, { number: t('field.number'), amount: t('field.amount'), required: t('field.required') }) } as Record<string, string>),
    send: ({ name, is_default, terms }, key) => {
      const body = { name: name.trim(), is_default, terms: terms.map(inputOf) };
      return template ? api('patch', '/api/deal-templates/{deal_template_id}', { path: { deal_template_id: template.id }, key, body }) : api('post', '/api/deal-templates', { key, body });
    },
    done: () => { toast(t('templateSaved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Form form={form}>
      <div className="card form"><TextField label={t('templateName')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        <CheckField label={t('makeDefault')} help={t('makeDefaultHelp')} checked={form.values.is_default} onChange={(value) => form.set('is_default', value)} /></div>
      <TermsEditor names={false} terms={form.values.terms} onChange={(terms) => form.set('terms', terms)} error={form.error} currency={currency} />
      <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('save')}</Button><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button></div>
    </Form>
  );
}
