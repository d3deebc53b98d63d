// The first page of Monday: figures, trend, what needs a person, what happened last.
import { Navigate } from '@tanstack/react-router';
import { formatDay } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Money, Time } from '../../../ui/basic';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { PartnerName } from '../../partners/parts/partner-name';
import { NeedsYou } from '../parts/needs-you';
import { Overview, usePerformance } from '../parts/overview';

export function Home() {
  const { base } = useOrganization();
  const can = useCan();
  // An operator of the platform has no figures, only organizations to look into.
  return can('earnings.read') ? <Figures /> : <Navigate to={`${base}/organizations` as never} replace />;
}

function Figures() {
  const { t } = useTexts('analytics');
  const { range, comparison } = useRange('last28');
  return (
    <Page title={t('home')} actions={<DateRange usual="last28" />}>
      <Quiet />
      <Overview range={range} comparison={comparison} />
      <div className="split"><Latest /><NeedsYou /></div>
    </Page>
  );
}

/** When the range holds nothing but there is older work: says so, and leads there. */
function Quiet() {
  const { t, locale } = useTexts('analytics');
  const { range } = useRange('last28');
  const [, setSearch] = useUrlState();
  const now = usePerformance('month', range);
  const isQuiet = now.data?.items.length === 0;
  const all = usePerformance('month', { from: '', to: '' });
  const last = all.data?.items.at(-1)?.key;
  if (!isQuiet || !last) return null;
  const next = new Date(`${last}T00:00:00`);
  next.setMonth(next.getMonth() + 1);
  const to = `${next.getFullYear()}-${String(next.getMonth() + 1).padStart(2, '0')}-01`;
  return (
    <div className="notice"><div>{t('quiet', { month: formatDay(locale, last, 'month') })}</div>
      <Button onClick={() => setSearch({ range: undefined, from: last, to })}>{t('showMonth', { month: formatDay(locale, last, 'month') })}</Button></div>
  );
}

function Latest() {
  const { t } = useTexts('analytics');
  const { base } = useOrganization();
  const latest = useRead('/api/conversions', { query: { limit: 8 } }, { live: true });
  return (
    <Card title={t('latestSales')} actions={<A className="link" href={`${base}/conversions`}>{t('all')}</A>}>
      <Loaded from={latest} lines={5}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noSales')}</p> : (
        <ul className="list">{page.items.map((one) => (
          <li key={one.id}><div className="grow stack tight"><A className="link" href={`${base}/conversions/${one.id}`}>{one.external_id}</A><span className="faint small">{one.partner_id ? <PartnerName id={one.partner_id} /> : t('nobodys')}</span></div>
            <div className="stack tight"><Money minor={one.amount} currency={one.currency} /><span className="faint small"><Time at={one.occurred_at} /></span></div></li>
        ))}</ul>
      ))}</Loaded>
    </Card>
  );
}
