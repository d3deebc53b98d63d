import { Plus } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { A } from '../../../ui/anchor';
import { Button, Status, Time } from '../../../ui/basic';
import { CheckField, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Page } from '../../../ui/page';
import type { Column } from '../../../ui/table';
import { toast } from '../../../ui/toast';
import type { Partner } from '../model';

const states = ['applied', 'active', 'suspended', 'archived', 'rejected'] as const;
const kinds = ['affiliate', 'reseller', 'corporate'] as const;

export function Partners() {
  const { t } = useTexts('partners');
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const start = () => set({ new: '1' });
  useKeys({ c: can('partners.manage') ? start : undefined });
  const add = can('partners.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('addPartner')}</Button>;
  const columns: Column<Partner>[] = [
    { id: 'name', head: t('partner'), sort: 'name', cell: (one) => <span className="two"><A className="link" href={`${base}/partners/${one.id}`}>{one.name}</A><span className="faint small">{one.slug}</span></span> },
    { id: 'kind', head: t('kind'), cell: (one) => t(`kind.${one.kind}`) },
    { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
    { id: 'email', head: t('email'), cell: (one) => one.contact_email },
    { id: 'country', head: t('country'), cell: (one) => one.country },
    { id: 'created', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
  ];
  return (
    <Page title={t('partners')} actions={add}>
      <List<Partner> name="partners" label={t('partners')} path="/api/partners" columns={columns} id={(one) => one.id} searchBy="q" usualSort="name"
        views={[{ id: 'all', label: t('view.all'), search: {} }, ...states.slice(0, 3).map((one) => ({ id: one, label: t(`view.${one}`), search: { state: one } }))]}
        filters={[{ name: 'state', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) }, { name: 'kind', label: t('kind'), options: kinds.map((one) => [one, t(`kind.${one}`)]) }]}
        empty={{ title: t('none'), text: t('noneWhat'), action: add }} />
      {search['new'] && <AddPartner onClose={() => set({ new: undefined })} />}
    </Page>
  );
}

function AddPartner({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('partners');
  const { base } = useOrganization();
  const router = useRouter();
  const client = useQueryClient();
  const form = useForm({
    keep: { name: 'new-partner' },
    initial: { name: '', kind: 'affiliate', contact_email: '', website: '', country: '', approved: true },
    pointers: ['/name', '/contact_email', '/website', '/country'],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => api('post', '/api/partners', { key, body: {
      name: values.name.trim(), kind: values.kind as Partner['kind'], approved: values.approved,
      ...(values.contact_email ? { contact_email: values.contact_email.trim() } : {}), ...(values.website ? { website: values.website.trim() } : {}), ...(values.country ? { country: values.country.trim().toUpperCase() } : {}),
    } }),
    done: (partner) => { toast(t('added', { name: partner.name })); void client.invalidateQueries(); router.history.push(`${base}/partners/${partner.id}`); },
  });
  const { values, set, error } = form;
  return (
    <Sheet title={t('addPartner')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('addPartner')}</Button></>}>
      <Form form={form}>
        <TextField label={t('name')} value={values.name} onChange={(value) => set('name', value)} error={error('/name')} />
        <SelectField label={t('kind')} value={values.kind} onChange={(value) => set('kind', value)} options={kinds.map((one) => [one, t(`kind.${one}`)])} />
        <TextField label={t('email')} optional type="email" inputMode="email" value={values.contact_email} onChange={(value) => set('contact_email', value)} error={error('/contact_email')} />
        <TextField label={t('website')} optional type="url" inputMode="url" placeholder="https://" value={values.website} onChange={(value) => set('website', value)} error={error('/website')} />
        <TextField label={t('country')} optional help={t('countryHelp')} value={values.country} onChange={(value) => set('country', value)} error={error('/country')} />
        <CheckField label={t('approveNow')} help={t('approveNowHelp')} checked={values.approved} onChange={(value) => set('approved', value)} />
      </Form>
    </Sheet>
  );
}
