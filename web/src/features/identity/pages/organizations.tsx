// The platform's operators: organizations of the installation, made with an invitation of the first owner, moved between
// plans, suspended and ended for a reason that the organization reads in its audit.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { localeNames, locales, type Locale } from '../../../lib/locale';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Menu, Sheet } from '../../../ui/overlay';
import { Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { OpenAccess } from '../parts/open-access';

type Organization = schemas['OrganizationIdentity'];
type State = Organization['status'];
type Plan = Organization['plan'];
const states: State[] = ['active', 'suspended', 'cancelled'];
const plans: Plan[] = ['free', 'starter', 'professional', 'enterprise'];
type Move = { status: State } | { plan: Plan };

export function Organizations() {
  const { t } = useTexts('identity');
  const can = useCan();
  const [search, set] = useUrlState();
  const [asked, setAsked] = useState<{ organization: Organization; move: Move } | null>(null);
  const start = () => set({ new: '1' });
  useKeys({ c: can('members.manage') ? start : undefined });
  const ask = (organization: Organization, move: Move) => () => setAsked({ organization, move });
  const entries = (one: Organization) => [
    ...states.filter((state) => state !== one.status).map((status) => ({ label: t(`organizationTo.${status}`), danger: status === 'cancelled', onPick: ask(one, { status }) })),
    ...plans.filter((plan) => plan !== one.plan).map((plan) => ({ label: t('toPlan', { plan: t(`plan.${plan}`) }), onPick: ask(one, { plan }) })),
    { label: t('openAccess'), onPick: () => set({ open: one.slug }) },
  ];
  return (
    <Page title={t('organizations')} context={t('organizationsWhat')} actions={can('members.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('newOrganization')}</Button>}>
      <List<Organization> name="organizations" label={t('organizations')} path="/api/platform/organizations" id={(one) => one.id} searchBy="q"
        columns={[
          { id: 'name', head: t('name'), cell: (one) => <span className="two"><span>{one.name}</span><span className="faint small">{one.slug}</span></span> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.status} /> },
          { id: 'plan', head: t('plan'), cell: (one) => t(`plan.${one.plan}`) },
          { id: 'currency', head: t('setting.currency'), cell: (one) => one.currency },
          { id: 'zone', head: t('setting.time_zone'), cell: (one) => one.time_zone },
          { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (can('members.manage') ? <Menu label={`${t('action')}: ${one.name}`} button={t('action')} buttonClass="btn btn-ghost" entries={entries(one)} /> : null) },
        ]}
        filters={[{ name: 'status', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) }, { name: 'plan', label: t('plan'), options: plans.map((one) => [one, t(`plan.${one}`)]) }]}
        empty={{ title: t('noOrganizations'), text: t('noOrganizationsWhat') }} />
      {search['new'] && <NewOrganization onClose={() => set({ new: undefined })} />}
      {search['open'] && <OpenAccess organization={search['open']} onClose={() => set({ open: undefined })} />}
      {asked && <MoveSheet {...asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function MoveSheet({ organization, move, onClose }: { organization: Organization; move: Move; onClose: () => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const isEnd = 'status' in move && move.status === 'cancelled';
  const verb = 'status' in move ? t(`organizationTo.${move.status}`) : t('toPlan', { plan: t(`plan.${move.plan}`) });
  const form = useForm({
    initial: { reason: '' }, pointers: ['/reason'],
    check: (values): Record<string, string> => (values.reason.trim().length < 10 ? { '/reason': t('accessReasonHelp') } : {}),
    send: (values, key) => api('post', '/api/platform/organizations/{organization_id}/moves', { path: { organization_id: organization.id }, key, body: { ...move, reason: values.reason.trim() } }),
    done: (moved) => { toast(t('organizationMoved', { name: moved.name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={`${organization.name}: ${verb}`} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant={isEnd ? 'danger' : 'primary'} type="submit" form={form.id} busy={form.busy}>{verb}</Button></>}>
      <Form form={form}>
        <p>{'status' in move ? t(`organizationTo.${move.status}What`) : t('toPlanWhat')}</p>
        <TextField label={t('accessReason')} help={t('accessReasonHelp')} area value={form.values.reason} onChange={(value) => form.set('reason', value.replace(/\n/g, ' '))} error={form.error('/reason')} />
      </Form>
    </Sheet>
  );
}

const slugOfName = (name: string) => name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);

function NewOrganization({ onClose }: { onClose: () => void }) {
  const { t, locale } = useTexts('identity');
  const client = useQueryClient();
  const form = useForm({
    initial: { name: '', slug: '', owner: '', currency: 'USD', zone: 'UTC', plan: 'free' as string, locale: locale as string },
    pointers: ['/name', '/slug', '/owner_email', '/currency', '/time_zone', '/plan', '/locale'],
    check: (values): Record<string, string> => Object.fromEntries(([['name', '/name'], ['slug', '/slug'], ['owner', '/owner_email'], ['currency', '/currency']] as const).filter(([name]) => !values[name].trim()).map(([, pointer]) => [pointer, t('field.required')])),
    send: (values, key) => api('post', '/api/platform/organizations', { key, body: {
      name: values.name.trim(), slug: values.slug.trim(), owner_email: values.owner.trim(), currency: values.currency.trim().toUpperCase(), time_zone: values.zone.trim() || 'UTC', plan: values.plan as Plan, locale: values.locale as Locale,
    } }),
    done: (made) => { toast(t('organizationMade', { name: made.name })); void client.invalidateQueries(); onClose(); },
  });
  const { values, set, error } = form;
  const rename = (name: string) => { if (values.slug === slugOfName(values.name)) set('slug', slugOfName(name)); set('name', name); };
  return (
    <Sheet title={t('newOrganization')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeOrganization')}</Button></>}>
      <Form form={form}>
        <TextField label={t('name')} value={values.name} onChange={rename} error={error('/name')} />
        <TextField label={t('organizationSlug')} help={t('organizationSlugHelp')} value={values.slug} onChange={(value) => set('slug', value)} error={error('/slug')} />
        <TextField label={t('ownerEmail')} help={t('ownerEmailHelp')} type="email" inputMode="email" value={values.owner} onChange={(value) => set('owner', value)} error={error('/owner_email')} />
        <TextField label={t('setting.currency')} help={t('setting.currencyHelp')} value={values.currency} onChange={(value) => set('currency', value)} error={error('/currency')} />
        <TextField label={t('setting.time_zone')} help={t('setting.time_zoneHelp')} value={values.zone} onChange={(value) => set('zone', value)} error={error('/time_zone')} />
        <SelectField label={t('plan')} value={values.plan} onChange={(value) => set('plan', value)} options={plans.map((one) => [one, t(`plan.${one}`)])} error={error('/plan')} />
        <SelectField label={t('setting.locale')} help={t('setting.localeHelp')} value={values.locale} onChange={(value) => set('locale', value)} options={locales.map((one) => [one, localeNames[one]])} error={error('/locale')} />
      </Form>
    </Sheet>
  );
}
