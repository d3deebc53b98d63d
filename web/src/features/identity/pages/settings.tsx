// The organization's settings: what decides how every figure reads, how partners are let in and how they are paid.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Status } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Loaded, Page, Tabs } from '../../../ui/page';
import { ApplicationFormEditor } from '../../applications/parts/form-editor';
import { RailAccounts } from '../../payouts/parts/rails';
import { RiskRules } from '../../risk/parts/rules';
import { Logo } from '../parts/logo';
import { OrganizationSettings } from '../parts/organization-settings';
import { groups, type Group } from '../settings';

export function SettingsPage() {
  const { t } = useTexts('identity');
  const { id, base } = useOrganization();
  const can = useCan();
  const [search] = useUrlState();
  const organization = useRead('/api/organizations/{organization_id}', { path: { organization_id: id } });
  const tabs = [...(Object.keys(groups) as Group[]), ...(can('partners.read') ? ['application' as const] : []), 'risk' as const];
  const tab = tabs.find((one) => one === search['tab']) ?? 'organization';
  return (
    <Page title={t('settings')} badge={organization.data && <Status of={organization.data.status} />}>
      <Tabs label={t('settings')} current={tab} tabs={tabs.map((one) => ({ id: one, label: t(`tab.${one}`), href: one === 'organization' ? `${base}/settings` : `${base}/settings?tab=${one}` }))} />
      {tab === 'application' ? <ApplicationFormEditor /> : tab === 'risk' ? <RiskRules /> : <Loaded from={organization}>{(one) => <OrganizationSettings key={tab} organization={one} group={tab} />}</Loaded>}
      {tab === 'payouts' && can('payouts.read') && <RailAccounts />}
      {tab === 'brand' && <Logo organization={id} name={organization.data?.name ?? ''} />}
    </Page>
  );
}
