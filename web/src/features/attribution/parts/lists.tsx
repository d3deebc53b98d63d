// Lists of links, leads and sales; alone on their pages, and of one partner on its record.
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, CopyButton, Money, Status, Time } from '../../../ui/basic';
import { List, type Filter } from '../../../ui/list-page';
import type { BulkAct } from '../../../ui/lists/bulk';
import { useOrganization } from '../../../ui/organization';
import type { Column } from '../../../ui/table';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';
import { leadName } from '../model';
import { LinkSheet } from './link-sheet';

type Link = schemas['Link'];
type Lead = schemas['Lead'];
type Conversion = schemas['Conversion'];
export const leadStates = ['new', 'contacted', 'qualified', 'converted', 'lost'] as const;

const usePartnerFilter = (): Filter => {
  const { t } = useTexts('attribution');
  return { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id: string) => <PartnerName id={id} /> };
};

export function LinkList({ partner }: { partner?: string | undefined }) {
  const { t } = useTexts('attribution');
  const byPartner = usePartnerFilter();
  const can = useCan();
  const [search, set] = useUrlState();
  const add = can('links.manage') && <Button variant="primary" onClick={() => set({ new: '1' })}>{t('newLink')}</Button>;
  const columns: Column<Link>[] = [
    { id: 'code', head: t('link'), sort: 'code', cell: (one) => <span className="two"><button type="button" className="link" style={{ textAlign: 'start' }} onClick={() => set({ link: one.id }, true)}>{one.label ?? one.code}</button><span className="faint small">/r/{one.code}</span></span> },
    ...(partner ? [] : [{ id: 'partner', head: t('partner'), cell: (one: Link) => <PartnerName id={one.partner_id} link /> }]),
    { id: 'destination', head: t('destination'), alone: true, cell: (one) => <span className="two"><span title={one.destination}>{one.destination}</span></span> },
    { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
    { id: 'created', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
    { id: 'copy', head: t('copyLink'), cell: (one) => <CopyButton text={`${location.origin}/r/${one.code}`} label={t('copyLink')} /> },
  ];
  const bulk: BulkAct<Link>[] = can('links.manage') ? [
    { id: 'archive', label: t('archive'), fits: (one) => one.state === 'active', ask: (count) => t('archiveLinks', { count }), what: t('archiveLinkWhat'), danger: true,
      run: (one, key) => api('post', '/api/links/{link_id}/archiving', { path: { link_id: one.id }, key }) },
  ] : [];
  return (
    <>
      <List<Link> name="links" label={t('links')} path="/api/links" fixed={partner ? { partner_id: partner } : {}} columns={columns} id={(one) => one.id} usualSort="-created_at" searchBy="code" bulk={bulk}
        filters={[...(partner ? [] : [byPartner]), { name: 'state', label: t('state'), options: (['active', 'paused', 'archived'] as const).map((one) => [one, t(`status.${one}`)]) }]}
        {...(partner ? { actions: add } : {})} empty={{ title: t('noLinks'), text: t('noLinksWhat'), action: add }} />
      {(search['new'] || search['link']) && <LinkSheet id={search['link']} partner={partner} onClose={() => set({ new: undefined, link: undefined })} />}
    </>
  );
}

export function LeadList({ partner, views = true }: { partner?: string | undefined; views?: boolean }) {
  const { t } = useTexts('attribution');
  const { base, side } = useOrganization();
  const byPartner = usePartnerFilter();
  const columns: Column<Lead>[] = [
    { id: 'email', head: t('lead'), cell: (one) => <span className="two"><A className="link" href={`${base}/leads/${one.id}`}>{leadName(one, t)}</A>{one.name && <span className="faint small">{one.email ?? one.phone}</span>}</span> },
    ...(partner ? [] : [{ id: 'partner', head: t('partner'), cell: (one: Lead) => (one.partner_id ? <PartnerName id={one.partner_id} link /> : <span className="faint">{t('nobodys')}</span>) }]),
    { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
    { id: 'source', head: t('source'), cell: (one) => t(`source.${one.source}`) },
    { id: 'created', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} as="time" /> },
  ];
  return (
    <List<Lead> name="leads" label={t('leads')} path="/api/leads" fixed={partner ? { partner_id: partner } : {}} columns={columns} id={(one) => one.id} live
      {...(views ? { views: [{ id: 'all', label: t('view.all'), search: {} }, ...leadStates.map((one) => ({ id: one, label: t(`status.${one}`), search: { state: one } }))] } : {})}
      filters={[...(partner || side === 'portal' ? [] : [byPartner]), { name: 'dates', label: t('dates'), dates: true }]}
      empty={{ title: t('noLeads'), text: t('noLeadsWhat') }} />
  );
}

export function ConversionList({ partner }: { partner?: string | undefined }) {
  const { t } = useTexts('attribution');
  const { base } = useOrganization();
  const byPartner = usePartnerFilter();
  const columns: Column<Conversion>[] = [
    { id: 'id', head: t('conversion'), cell: (one) => <span className="two"><A className="link" href={`${base}/conversions/${one.id}`}>{one.external_id}</A><span className="faint small">{one.source}</span></span> },
    { id: 'kind', head: t('kind'), cell: (one) => t(`kind.${one.kind}`) },
    ...(partner ? [] : [{ id: 'partner', head: t('partner'), cell: (one: Conversion) => (one.partner_id ? <PartnerName id={one.partner_id} link /> : <span className="faint">{t('nobodys')}</span>) }]),
    { id: 'product', head: t('product'), cell: (one) => one.product ?? one.plan },
    { id: 'country', head: t('country'), cell: (one) => one.country },
    { id: 'at', head: t('occurredAt'), sort: 'occurred_at', cell: (one) => <Time at={one.occurred_at} as="time" /> },
    { id: 'amount', head: t('amount'), num: true, cell: (one) => <Money minor={one.amount} currency={one.currency} /> },
  ];
  return (
    <List<Conversion> name="conversions" label={t('conversions')} path="/api/conversions" fixed={partner ? { partner_id: partner } : {}} columns={columns} id={(one) => one.id} usualSort="-occurred_at" live
      filters={[...(partner ? [] : [byPartner]), { name: 'kind', label: t('kind'), options: (['lead', 'sale', 'subscription'] as const).map((one) => [one, t(`kind.${one}`)]) }, { name: 'dates', label: t('dates'), dates: true }]}
      empty={{ title: t('noConversions'), text: t('noConversionsWhat') }} />
  );
}

export function ContentList({ what, partner }: { what: 'links' | 'leads' | 'sales'; partner: { id: string } }) {
  return what === 'links' ? <LinkList partner={partner.id} /> : what === 'leads' ? <LeadList partner={partner.id} views={false} /> : <ConversionList partner={partner.id} />;
}
