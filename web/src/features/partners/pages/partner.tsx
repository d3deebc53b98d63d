// One partner: its figures, and everything that belongs to it in tabs.
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Pencil } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { formatMoney } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { printSearch, useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Skeleton, Status, Time } from '../../../ui/basic';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page, Tabs } from '../../../ui/page';
import { Overview } from '../../analytics/parts/overview';
import { owedBalances } from '../../earnings/model';
import { Moves } from '../parts/moves';
import { partnerMoves, type Partner as PartnerRow } from '../model';

const ContentList = lazy(() => import('../../attribution/parts/lists').then((module) => ({ default: module.ContentList })));
const EarningsOf = lazy(() => import('../../earnings/parts/list').then((module) => ({ default: module.EarningsOf })));
const AuditOf = lazy(() => import('../../identity/parts/timeline').then((module) => ({ default: module.AuditOf })));
const DealList = lazy(() => import('../../deals/parts/deal-list').then((module) => ({ default: module.DealList })));
const PartnerPayouts = lazy(() => import('../../payouts/parts/partner-payouts').then((module) => ({ default: module.PartnerPayouts })));
const ApplicationCard = lazy(() => import('../../applications/parts/application-card').then((module) => ({ default: module.ApplicationCard })));
const CustomerList = lazy(() => import('../../customers/parts/customer-list').then((module) => ({ default: module.CustomerList })));
const TeamOf = lazy(() => import('../../identity/parts/team').then((module) => ({ default: module.TeamOf })));
const About = lazy(() => import('../parts/about').then((module) => ({ default: module.About })));
const Documents = lazy(() => import('../parts/documents').then((module) => ({ default: module.Documents })));
const EditProfile = lazy(() => import('../parts/edit-profile').then((module) => ({ default: module.EditProfile })));

const tabs = ['overview', 'about', 'deals', 'links', 'leads', 'sales', 'customers', 'earnings', 'payouts', 'documents', 'team', 'activity'] as const;

export function Partner() {
  const { t } = useTexts('partners');
  const { id } = useParams({ strict: false }) as { id: string };
  const { base } = useOrganization();
  const [search, set] = useUrlState();
  const can = useCan();
  const partner = useRead('/api/partners/{partner_id}', { path: { partner_id: id } });
  const tab = tabs.find((one) => one === search['tab']) ?? 'overview';
  const one = partner.data;
  return (
    <Page title={one?.name ?? t('partner')} badge={one && <Status of={one.state} />} context={one ? `${t(`kind.${one.kind}`)} · ${one.slug}` : undefined} back={{ href: `${base}/partners`, label: t('partners') }}
      actions={one && can('partners.manage') && <>
        <Moves name={one.name} moves={partnerMoves[one.state]} call={(move, key, reason) => (reason
          ? api('post', `/api/partners/{partner_id}/${move}` as '/api/partners/{partner_id}/rejection', { path: { partner_id: id }, key, body: { reason } })
          : api('post', `/api/partners/{partner_id}/${move}` as '/api/partners/{partner_id}/approval', { path: { partner_id: id }, key }))} />
        <Button onClick={() => set({ edit: '1' })}><Pencil size={16} aria-hidden />{t('edit')}</Button></>}>
      {!partner.isError && <Tabs label={t('partner')} current={tab} tabs={tabs.map((name) => ({ id: name, label: t(`tab.${name}`), href: `${base}/partners/${id}${printSearch({ tab: name === 'overview' ? undefined : name })}` }))} />}
      <Loaded from={partner}>{(data) => (<Suspense fallback={<div className="card"><Skeleton lines={6} /></div>}>{
        tab === 'overview' ? <OverviewTab partner={data} />
          : tab === 'deals' ? <DealList fixed={{ partner_id: id }} partner={data} />
          : tab === 'earnings' ? <EarningsOf partner={id} />
          : tab === 'about' ? <About partner={id} />
          : tab === 'customers' ? <CustomerList partner={id} />
          : tab === 'documents' ? <Documents partner={id} />
          : tab === 'team' ? <TeamOf partner={id} />
          : tab === 'payouts' ? <PartnerPayouts partner={id} name={data.name} />
          : tab === 'activity' ? <AuditOf subject={id} />
          : <ContentList what={tab} partner={data} />
      }</Suspense>)}</Loaded>
      {search['edit'] && one && <Suspense><EditProfile staff partner={one} onClose={() => set({ edit: undefined })} /></Suspense>}
    </Page>
  );
}

function OverviewTab({ partner }: { partner: PartnerRow }) {
  const { t, locale } = useTexts('partners');
  const { base, currency } = useOrganization();
  const { range, comparison } = useRange('last90');
  const balances = useRead('/api/partners/{partner_id}/balances', { path: { partner_id: partner.id } }, { live: true });
  return (
    <>
      {partner.state_reason && <div className="notice notice-warn"><div>{t('stateReason', { reason: partner.state_reason })}</div></div>}
      {(partner.state === 'applied' || partner.state === 'rejected') && <ApplicationCard partner={partner} />}
      <div className="row"><span className="grow" /><DateRange usual="last90" /></div>
      <Overview range={range} comparison={comparison} partner={partner.id} />
      <div className="split">
        <Card title={t('owed')} actions={<A className="link" href={`${base}/ledger/${partner.id}`}>{t('statement')}</A>}>
          <Loaded from={balances} lines={2}>{(page) => <ul className="list">{owedBalances(page.items, currency).map((one) => <li key={one.kind + one.currency}><span className="grow">{t(`balance.${one.kind}`)}</span><strong className="num">{formatMoney(locale, one.minor, one.currency)}</strong></li>)}</ul>}</Loaded>
        </Card>
        <Card title={t('profile')}><Facts rows={[
          [t('contactName'), partner.contact_name], [t('contactPhone'), partner.contact_phone],
          [t('email'), partner.contact_email ? <a key="e" className="inline-link" href={`mailto:${partner.contact_email}`}>{partner.contact_email}</a> : null],
          [t('website'), partner.website ? <a key="w" className="inline-link" href={partner.website} rel="noreferrer noopener" target="_blank">{partner.website}</a> : null],
          partner.address !== null && [t('address'), [partner.address.street, partner.address.postal_code, partner.address.city, partner.address.region].filter(Boolean).join(', ')],
          [t('legalName'), partner.legal_name], [t('taxId'), partner.tax_id], [t('registrationNumber'), partner.registration_number],
          [t('country'), partner.country], [t('currency'), partner.currency], [t('externalId'), partner.external_id],
          [t('created'), <Time key="c" at={partner.created_at} />],
        ]} /></Card>
      </div>
    </>
  );
}
