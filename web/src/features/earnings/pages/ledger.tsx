// What the accounts hold: by partner, each leading to its statement, and the organization's chart.
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { useRead } from '../../../lib/query';
import type { Range } from '../../../lib/range';
import { printSearch, useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Empty, Money, Status } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page, Tabs } from '../../../ui/page';
import { Table, type Column } from '../../../ui/table';
import { ChartStatement } from '../parts/chart-statement';

type Row = schemas['EarningsReportRow'];

export function Ledger() {
  const { t } = useTexts('earnings');
  const { base } = useOrganization();
  const [search] = useUrlState();
  const tab = search['tab'] === 'accounts' ? 'accounts' : 'partners';
  const { range } = useRange('last12');
  const { tab: _, ...kept } = search;
  return (
    <Page title={t('ledger')} context={t(tab === 'accounts' ? 'organizationStatementWhat' : 'ledgerWhat')}
      actions={<><DateRange usual="last12" compares={false} />{tab === 'accounts' && <DownloadButton label={t('exportCsv')} path="/api/ledger/statement" query={{ ...range, format: 'csv' }} name={`accounts-${range.from}-${range.to}.csv`} />}</>}>
      <Tabs label={t('ledger')} current={tab} tabs={[
        { id: 'partners', label: t('byPartner'), href: `${base}/ledger${printSearch(kept)}` },
        { id: 'accounts', label: t('organizationStatement'), href: `${base}/ledger${printSearch({ ...kept, tab: 'accounts' })}` },
      ]} />
      {tab === 'accounts' ? <Accounts range={range} /> : <ByPartner range={range} />}
    </Page>
  );
}

function Accounts({ range }: { range: Range }) {
  const statement = useRead('/api/ledger/statement', { query: range });
  return <Loaded from={statement} lines={8}>{(page) => <ChartStatement rows={page.items} />}</Loaded>;
}

function ByPartner({ range }: { range: Range }) {
  const { t } = useTexts('earnings');
  const { base } = useOrganization();
  const report = useRead('/api/analytics/earnings', { query: { group_by: 'partner', ...range } });
  const columns: Column<Row>[] = [
    { id: 'partner', head: t('partner'), cell: (one) => <A className="link" href={`${base}/ledger/${one.key}`}>{one.label}</A> },
    { id: 'earned', head: t('earned'), num: true, cell: (one) => <Money minor={one.earned} currency={one.currency} /> },
    { id: 'back', head: t('takenBack'), num: true, cell: (one) => <Money minor={one.taken_back} currency={one.currency} /> },
    { id: 'net', head: t('net'), num: true, cell: (one) => <Money minor={one.net} currency={one.currency} /> },
    { id: 'count', head: t('count'), num: true, cell: (one) => one.earnings },
  ];
  return (
    <Loaded from={report} lines={8}>{(page) => (page.items.length === 0
      ? <div className="card"><Empty title={t('none')}>{t('noneInRange')}</Empty></div>
      : <><Totals rows={page.items} /><Card flush><Table caption={t('ledger')} columns={columns} rows={page.items} id={(one) => one.key + one.currency} /></Card></>)}</Loaded>
  );
}

function Totals({ rows }: { rows: Row[] }) {
  const { t } = useTexts('earnings');
  const currencies = [...new Set(rows.map((row) => row.currency))];
  const sum = (currency: string, name: 'earned' | 'taken_back' | 'net') => rows.filter((row) => row.currency === currency).reduce((all, row) => all + row[name], 0);
  return (
    <dl className="figures">{currencies.flatMap((currency) => (['earned', 'taken_back', 'net'] as const).map((name) => (
      <div key={currency + name} className="card figure"><dt className="quiet">{t(name === 'taken_back' ? 'takenBack' : name)}</dt><dd className="figure-value"><Money minor={sum(currency, name)} currency={currency} /></dd>{name === 'net' && <dd><Status of="ok" text={t('byPostings')} /></dd>}</div>
    )))}</dl>
  );
}
