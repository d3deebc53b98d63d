// Partners and what their accounts hold; each leads to its statement.
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { useRead } from '../../../lib/query';
import { A } from '../../../ui/anchor';
import { Money, Status } from '../../../ui/basic';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { Table, type Column } from '../../../ui/table';
import { Empty } from '../../../ui/basic';

type Row = schemas['EarningsReportRow'];

export function Ledger() {
  const { t } = useTexts('earnings');
  const { base } = useOrganization();
  const { range } = useRange('last12');
  const report = useRead('/api/analytics/earnings', { query: { group_by: 'partner', from: range.from, to: range.to } });
  const columns: Column<Row>[] = [
    { id: 'partner', head: t('partner'), cell: (one) => <A className="link" href={`${base}/ledger/${one.key}`}>{one.label}</A> },
    { id: 'earned', head: t('earned'), num: true, cell: (one) => <Money minor={one.earned} currency={one.currency} /> },
    { id: 'back', head: t('takenBack'), num: true, cell: (one) => <Money minor={one.taken_back} currency={one.currency} /> },
    { id: 'net', head: t('net'), num: true, cell: (one) => <Money minor={one.net} currency={one.currency} /> },
    { id: 'count', head: t('count'), num: true, cell: (one) => one.earnings },
  ];
  return (
    <Page title={t('ledger')} context={t('ledgerWhat')} actions={<DateRange usual="last12" compares={false} />}>
      <Loaded from={report} lines={8}>{(page) => (page.items.length === 0
        ? <div className="card"><Empty title={t('none')}>{t('noneInRange')}</Empty></div>
        : <><Totals rows={page.items} /><Card flush><Table caption={t('ledger')} columns={columns} rows={page.items} id={(one) => one.key + one.currency} /></Card></>)}</Loaded>
    </Page>
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
