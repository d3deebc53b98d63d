// The organization's settings: what decides how every figure reads and what new deals begin with.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status } from '../../../ui/basic';
import { CheckField, Form, TextField, useForm } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page, Tabs } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { ApplicationFormEditor } from '../../applications/parts/form-editor';
import { RailAccounts } from '../../payout-runs/parts/rails';

export function SettingsPage() {
  const { t } = useTexts('identity');
  const { id } = useOrganization();
  const can = useCan();
  const organization = useRead('/api/organizations/{organization_id}', { path: { organization_id: id } });
  const { base } = useOrganization();
  const [search] = useUrlState();
  const tabs = ['organization', ...(can('payouts.read') ? ['payouts'] : []), ...(can('partners.read') ? ['application'] : [])];
  const tab = tabs.find((one) => one === search['tab']) ?? 'organization';
  return (
    <Page title={t('settings')} badge={organization.data && <Status of={organization.data.status} />}>
      <Tabs label={t('settings')} current={tab} tabs={tabs.map((one) => ({ id: one, label: t(`tab.${one}`), href: one === 'organization' ? `${base}/settings` : `${base}/settings?tab=${one}` }))} />
      {tab === 'payouts' ? <RailAccounts /> : tab === 'application' ? <ApplicationFormEditor /> : <Loaded from={organization}>{(one) => <Settings key={one.updated_at} organization={one} />}</Loaded>}
    </Page>
  );
}

function Settings({ organization }: { organization: schemas['Organization'] }) {
  const { t } = useTexts('identity');
  const can = useCan();
  const client = useQueryClient();
  const form = useForm({
    initial: { name: organization.name, time_zone: organization.time_zone, currency: organization.currency, default_hold_days: String(organization.default_hold_days), default_window_days: String(organization.default_window_days), approves_partners: organization.approves_partners, require_second_factor: organization.require_second_factor },
    pointers: ['/name', '/time_zone', '/currency', '/default_hold_days', '/default_window_days'],
    check: (values) => Object.fromEntries((['default_hold_days', 'default_window_days'] as const).filter((name) => !/^\d{1,5}$/.test(values[name].trim())).map((name) => [`/${name}`, t('field.number')])),
    send: (values, key) => api('patch', '/api/organizations/{organization_id}', { path: { organization_id: organization.id }, key, body: { name: values.name.trim(), time_zone: values.time_zone.trim(), currency: values.currency.trim().toUpperCase(), default_hold_days: Number(values.default_hold_days), default_window_days: Number(values.default_window_days), approves_partners: values.approves_partners, require_second_factor: values.require_second_factor } }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); },
  });
  const field = (name: 'name' | 'time_zone' | 'currency' | 'default_hold_days' | 'default_window_days', inputMode?: 'numeric') => (
    <TextField label={t(`setting.${name}`)} {...(inputMode ? { inputMode } : {})} help={t(`setting.${name}Help`)} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.error(`/${name}`)} />
  );
  return (
    <Card title={t('organization')}>
      <Form form={form} narrow>
        {field('name')}{field('time_zone')}{field('currency')}{field('default_hold_days', 'numeric')}{field('default_window_days', 'numeric')}
        <CheckField label={t('setting.approves_partners')} help={t('setting.approves_partnersHelp')} checked={form.values.approves_partners} onChange={(value) => form.set('approves_partners', value)} />
        <CheckField label={t('setting.require_second_factor')} help={t('setting.require_second_factorHelp')} checked={form.values.require_second_factor} onChange={(value) => form.set('require_second_factor', value)} />
        {can('settings.manage') && <div><Button variant="primary" type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>}
      </Form>
    </Card>
  );
}
