// A statement of the chart of accounts: in each commodity its classes and their accounts, opening + debits - credits = closing,
// and whether it all sums to nothing, as it must.
import { useTexts } from '../../../lib/i18n';
import { Empty, Money, Status } from '../../../ui/basic';
import { Card } from '../../../ui/page';
import { Table, type Column } from '../../../ui/table';
import { byCommodity, sumOf, type AccountRow, type Figures } from '../chart';

interface Line extends Figures { id: string; account: string | null; of: string }

export function ChartStatement({ rows }: { rows: AccountRow[] }) {
  const { t } = useTexts('earnings');
  if (rows.length === 0) return <div className="card"><Empty title={t('noPostings')}>{t('noChartPostingsWhat')}</Empty></div>;
  return <>{byCommodity(rows).map((one) => <Commodity key={one.commodity} {...one} />)}</>;
}

function Commodity({ commodity, classes }: ReturnType<typeof byCommodity>[number]) {
  const { t, has } = useTexts('earnings');
  const money = (name: keyof Figures) => (line: Line) => {
    const figure = <Money minor={line[name]} currency={commodity} full />;
    return line.account ? figure : <strong>{figure}</strong>;
  };
  const columns: Column<Line>[] = [
    { id: 'account', head: t('account'), cell: (line) => (line.account
      ? <span className="two indented"><span>{has(`account.${line.account}`) ? t(`account.${line.account}`) : line.account}</span><span className="faint small">{line.account}</span></span>
      : <strong>{t(`class.${line.of}`)}</strong>) },
    { id: 'opening', head: t('opening'), num: true, cell: money('opening') },
    { id: 'debits', head: t('debits'), num: true, cell: money('debits') },
    { id: 'credits', head: t('credits'), num: true, cell: money('credits') },
    { id: 'closing', head: t('closing'), num: true, cell: money('closing') },
  ];
  const lines: Line[] = classes.flatMap(({ of, accounts }) => [
    { id: of, of, account: null, ...sumOf(accounts) },
    ...accounts.map((one) => ({ ...one, id: one.account, of })),
  ]);
  const all = sumOf(classes.flatMap((one) => one.accounts));
  const isEven = all.opening === 0 && all.closing === 0 && all.debits === all.credits;
  return (
    <Card title={commodity} flush actions={<Status of={isEven ? 'ok' : 'failed'} text={t(isEven ? 'sumsToZero' : 'doesNotSum')} />}>
      <Table caption={t('chartIn', { commodity })} columns={columns} rows={lines} id={(line) => line.id} />
    </Card>
  );
}
