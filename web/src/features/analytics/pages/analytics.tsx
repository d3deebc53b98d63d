// Performance by partner, link, country or time; every line leads to the rows behind it.
import { Download } from 'lucide-react';
import { downloadCsv } from '../../../lib/download';
import { formatDay } from '../../../lib/format/date';
import { formatMoney } from '../../../lib/format/money';
import { formatNumber, numberFormat } from '../../../lib/format/number';
import { useTexts } from '../../../lib/i18n';
import { useKeys } from '../../../lib/shortcuts';
import { printSearch, useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Empty, Money, useProblemText } from '../../../ui/basic';
import { Bars } from '../../../ui/chart';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page, Tabs } from '../../../ui/page';
import { SavedViews, SaveView } from '../../../ui/lists/saved-views';
import { Table, type Column } from '../../../ui/table';
import { toast } from '../../../ui/toast';
import { byKey, currenciesOf, type KeyedSum } from '../model';
import { Overview, usePerformance } from '../parts/overview';

/** What a saved report is made of. */
const reportKeys = ['by', 'range', 'from', 'to', 'compare', 'partner_id', 'currency'];
const groups = { console: ['partner', 'link', 'country', 'day', 'month'], portal: ['link', 'country', 'day', 'month'] } as const;

export function Analytics() {
  const { t, locale } = useTexts('analytics');
  const { base, side, currency: usual } = useOrganization();
  const [search, setSearch] = useUrlState();
  const { range, comparison } = useRange('last28');
  const say = useProblemText();
  const all: readonly string[] = groups[side];
  const group = all.find((one) => one === search['by']) ?? all[0] ?? 'day';
  const partner = search['partner_id'];
  const answer = usePerformance(group, range, partner);
  const query = { group_by: group, from: range.from, to: range.to, partner_id: partner };
  const save = () => void downloadCsv('/api/analytics/performance', {}, query, `performance-${group}`).then(() => toast(t('exported')), (error: unknown) => toast(say(error).title));
  useKeys({ e: save });
  /** The rows that a line sums: the sales of the same days. */
  const below = (row: KeyedSum) => {
    const days = { from: range.from, to: range.to };
    if (group === 'partner' && row.key) return `${base}/analytics${printSearch({ ...search, by: 'link', partner_id: row.key })}`;
    if (side === 'portal') return `${base}/earnings${printSearch(days)}`;
    return `${base}/conversions${printSearch({ ...days, partner_id: partner })}`;
  };
  const name = (row: KeyedSum) => (row.key === '' ? t(`no.${group}`) : group === 'day' || group === 'month' ? formatDay(locale, row.key, group === 'day' ? 'day' : 'month') : row.label);
  return (
    <Page title={t(side === 'portal' ? 'performance' : 'analytics')} actions={<><DateRange usual="last28" /><SaveView page="analytics" keys={reportKeys} /><Button onClick={save}><Download size={16} aria-hidden />{t('exportCsv')}</Button></>}>
      <SavedViews page="analytics" keys={reportKeys} />
      <Overview range={range} comparison={comparison} {...(partner ? { partner } : {})} />
      <Loaded from={answer} lines={8}>{(page) => {
        const currencies = currenciesOf(page.items, usual);
        const currency = currencies.find((one) => one === search['currency']) ?? currencies[0] ?? usual;
        const rows = byKey(page.items, currency);
        const isTime = group === 'day' || group === 'month';
        if (!isTime) rows.sort((a, b) => b.revenue - a.revenue || b.visits - a.visits);
        const columns: Column<KeyedSum>[] = [
          { id: 'name', head: t(group), cell: (row) => <A className="link" href={below(row)}>{name(row)}</A> },
          { id: 'visits', head: t('measure.visits'), num: true, cell: (row) => formatNumber(locale, row.visits) },
          { id: 'leads', head: t('measure.leads'), num: true, cell: (row) => formatNumber(locale, row.leads) },
          { id: 'sales', head: t('measure.sales'), num: true, cell: (row) => formatNumber(locale, row.sales) },
          { id: 'rate', head: t('salesPerVisit'), num: true, cell: (row) => (row.visits > 0 ? numberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(row.sales / row.visits) : '—') },
          { id: 'revenue', head: t('measure.revenue'), num: true, cell: (row) => <Money minor={row.revenue} currency={currency} /> },
          { id: 'taken_back', head: t('takenBack'), num: true, cell: (row) => <Money minor={-row.taken_back} currency={currency} /> },
          { id: 'commission', head: t('measure.commission'), num: true, cell: (row) => <Money minor={row.commission} currency={currency} /> },
        ];
        return (
          <>
            <Tabs label={t('groupBy')} current={group} tabs={all.map((one) => ({ id: one, label: t(`by.${one}`), href: `${location.pathname}${printSearch({ ...search, by: one })}` }))} />
            {partner && <div className="row"><span className="chip on">{t('onePartner')}<button type="button" className="chip-clear" aria-label={t('clearFilter', { filter: t('partner') })} onClick={() => setSearch({ partner_id: undefined, by: undefined })}>×</button></span></div>}
            {currencies.length > 1 && <div className="row" role="group" aria-label={t('currency')}>{currencies.map((one) => <button key={one} type="button" className={one === currency ? 'chip on' : 'chip'} aria-pressed={one === currency} onClick={() => setSearch({ currency: one })}>{one}</button>)}</div>}
            {rows.length === 0 ? <div className="card"><Empty title={t('nothingInRange')}>{t('nothingInRangeWhat')}</Empty></div> : (
              <>
                {!isTime && rows.length > 1 && <Card title={t('topBy', { measure: t('measure.revenue') })}><Bars label={t('topBy', { measure: t('measure.revenue') })} rows={rows.slice(0, 8).map((row) => ({ id: row.key, name: name(row), value: row.revenue, text: formatMoney(locale, row.revenue, currency) }))} /></Card>}
                <Card flush><Table caption={t(`by.${group}`)} columns={columns} rows={rows} id={(row) => row.key} /></Card>
              </>
            )}
          </>
        );
      }}</Loaded>
    </Page>
  );
}
