// Payouts: all of them, a partner's or a run's.
import { useTexts } from '../../../lib/i18n';
import { A } from '../../../ui/anchor';
import { Money, Status, Time } from '../../../ui/basic';
import { List, type Filter } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import type { Column } from '../../../ui/table';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';
import { payoutStates, rails, type Payout } from '../model';

export function PayoutList({ fixed = {}, act }: { fixed?: Record<string, string>; act?: Column<Payout> | undefined }) {
  const { t, has } = useTexts('payouts');
  const { base } = useOrganization();
  const withPartner = !('partner_id' in fixed);
  const columns: Column<Payout>[] = [
    { id: 'payout', head: t(withPartner ? 'partner' : 'payout'), cell: (one) => <span className="two"><A className="link" href={`${base}/payouts/${one.id}`}>{withPartner ? <PartnerName id={one.partner_id} /> : <Time at={one.created_at} />}</A><span className="faint small" title={one.reference}>{withPartner ? <Time at={one.created_at} /> : t('referenceEnds', { end: one.reference.slice(-8) })}</span></span> },
    { id: 'to', head: t('paidTo'), cell: (one) => <span className="two"><span>{one.holder_name}</span><span className="faint small">{t(`rail.${one.rail}`)} {one.account_hint}</span></span> },
    { id: 'state', head: t('state'), cell: (one) => <span className="two"><span><Status of={one.state} /></span>{one.reason && <span className="faint small">{has(`reason.${one.reason}`) ? t(`reason.${one.reason}`) : one.reason}</span>}</span> },
    { id: 'earnings', head: t('earnings'), num: true, cell: (one) => one.earnings },
    { id: 'amount', head: t('amount'), num: true, cell: (one) => <span className="num"><Money minor={one.amount} currency={one.currency} /> <A className="why" href={`${base}/payouts/${one.id}`}>{t('why')}</A></span> },
    ...(act ? [act] : []),
  ];
  const filters: Filter[] = [
    { name: 'state', label: t('state'), options: payoutStates.map((one) => [one, t(`status.${one}`)]) },
    { name: 'rail', label: t('rail'), options: rails.map((one) => [one, t(`rail.${one}`)]) },
    ...(withPartner ? [{ name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id: string) => <PartnerName id={id} /> }] : []),
    { name: 'dates', label: t('dates'), dates: true },
  ];
  return (
    <List<Payout> name="payouts" label={t('payouts')} path="/api/payouts" fixed={fixed} columns={columns} id={(one) => one.id} live
      filters={'payout_run_id' in fixed ? filters.filter((one) => one.name !== 'dates') : filters} empty={{ title: t('noPayoutsOfAll'), text: t('noPayoutsOfAllWhat') }} />
  );
}
