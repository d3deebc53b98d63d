import { Plus } from 'lucide-react';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import { Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import type { Column } from '../../../ui/table';
import type { Partner } from '../../partners/model';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';

type Deal = schemas['DealSummary'];
const states = ['draft', 'active', 'paused', 'archived'] as const;

export function DealList({ fixed = {}, partner }: { fixed?: Record<string, string>; partner?: Partner }) {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const can = useCan();
  const columns: Column<Deal>[] = [
    { id: 'name', head: t('deal'), cell: (one) => <A className="link" href={`${base}/deals/${one.id}`}>{one.name}</A> },
    ...(partner ? [] : [{ id: 'partner', head: t('partner'), cell: (one: Deal) => <PartnerName id={one.partner_id} link /> }]),
    { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
    { id: 'version', head: t('versionHead'), num: true, cell: (one) => one.version },
    { id: 'from', head: t('validFrom'), cell: (one) => <Time at={one.valid_from} /> },
    { id: 'updated', head: t('updated'), cell: (one) => <Time at={one.updated_at} /> },
  ];
  const add = can('deals.manage') && <A className="btn btn-primary" href={`${base}/deals/new${partner ? `?partner=${partner.id}` : ''}`}><Plus size={16} aria-hidden />{t('newDeal')}</A>;
  return (
    <List<Deal> name="deals" label={t('deals')} path="/api/deals" fixed={fixed} columns={columns} id={(one) => one.id}
      filters={[{ name: 'state', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) }, ...(partner ? [] : [{ name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id: string) => <PartnerName id={id} /> }])]}
      {...(partner ? { actions: add } : {})} empty={{ title: t('noDeals'), text: t('noDealsWhat'), action: add }} />
  );
}
