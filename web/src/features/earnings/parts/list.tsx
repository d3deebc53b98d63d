import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { formatRate } from '../../../lib/format/number';
import { useCan, useSession } from '../../../lib/session';
import { Money, Status, Time } from '../../../ui/basic';
import { List, type Filter } from '../../../ui/list-page';
import type { BulkAct } from '../../../ui/lists/bulk';
import { useOrganization } from '../../../ui/organization';
import type { Column } from '../../../ui/table';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';
import { WhyButton } from './why';

type Earning = schemas['Earning'];
const states = ['pending', 'due', 'held', 'in_payout', 'paid', 'cancelled'] as const;

/** All earnings, a partner's (portal and record page) or a conversion's. */
export function EarningList({ fixed = {} }: { fixed?: Record<string, string> }) {
  const { t, locale } = useTexts('earnings');
  const { side } = useOrganization();
  const { membership } = useSession();
  const own: Record<string, string> = side === 'portal' && membership.partner ? { partner_id: membership.partner.id, ...fixed } : fixed;
  const can = useCan();
  const withPartner = !('partner_id' in own);
  const columns: Column<Earning>[] = [
    { id: 'at', head: t('occurredAt'), sort: 'occurred_at', cell: (one) => <Time at={one.occurred_at} /> },
    ...(withPartner ? [{ id: 'partner', head: t('partner'), cell: (one: Earning) => <PartnerName id={one.partner_id} link /> }] : []),
    { id: 'kind', head: t('kind'), cell: (one) => t(one.reverses_id || one.reversal_id ? 'kind.taken_back' : `kind.${one.kind}`) },
    { id: 'rate', head: t('rate'), num: true, cell: (one) => (one.rate_ppm === null ? t('fixed') : formatRate(locale, one.rate_ppm)) },
    { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
    { id: 'hold', head: t('holdUntil'), cell: (one) => <Time at={one.hold_until} /> },
    { id: 'amount', head: t('amount'), num: true, cell: (one) => <span className="num"><Money minor={one.amount} currency={one.currency} /> <WhyButton earning={one.id} /></span> },
  ];
  const filters: Filter[] = [
    { name: 'state', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) },
    ...(withPartner ? [{ name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id: string) => <PartnerName id={id} /> }] : []),
    { name: 'dates', label: t('dates'), dates: true },
  ];
  // What was taken back is held and released with what it was taken back of.
  const bulk: BulkAct<Earning>[] = side === 'console' && can('earnings.manage') ? [
    { id: 'hold', label: t('holdForReview'), fits: (one) => one.amount > 0 && (one.state === 'pending' || one.state === 'due'), ask: (count) => t('holdMany', { count }), what: t('holdAskWhat'), reasoned: { help: t('holdNoteHelp') },
      run: (one, key, note) => api('post', '/api/earnings/{earning_id}/hold', { path: { earning_id: one.id }, key, body: { note } }) },
    { id: 'release', label: t('release'), fits: (one) => one.amount > 0 && one.state === 'held', ask: (count) => t('releaseMany', { count }),
      run: (one, key) => api('post', '/api/earnings/{earning_id}/release', { path: { earning_id: one.id }, key }) },
  ] : [];
  return (
    <List<Earning> name="earnings" label={t('earnings')} path="/api/earnings" fixed={own} columns={columns} id={(one) => one.id} filters={filters} usualSort="-occurred_at" live bulk={bulk}
      views={[{ id: 'all', label: t('view.all'), search: {} }, { id: 'pending', label: t('status.pending'), search: { state: 'pending' } }, { id: 'due', label: t('status.due'), search: { state: 'due' } }, { id: 'held', label: t('heldForReview'), search: { state: 'held' } }, { id: 'paid', label: t('status.paid'), search: { state: 'paid' } }]}
      empty={{ title: t('none'), text: t('noneWhat') }} />
  );
}

export const EarningsOf = ({ partner }: { partner: string }) => <EarningList fixed={{ partner_id: partner }} />;
