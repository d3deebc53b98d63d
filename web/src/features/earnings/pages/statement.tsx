// The statement of a partner: opening, movement and closing of each account, and whether it sums to nothing, as it must.
import { useParams } from '@tanstack/react-router';
import { Printer } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { useRead } from '../../../lib/query';
import { useSession } from '../../../lib/session';
import { Button, Empty, Money, Status } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { Table, type Column } from '../../../ui/table';
import { usePartnerName } from '../../partners/parts/partner-name';

type Line = schemas['StatementLine'];

export function StatementPage() {
  const { t, locale } = useTexts('earnings');
  const { base, side } = useOrganization();
  const { membership } = useSession();
  const params = useParams({ strict: false }) as { id?: string };
  const id = params.id ?? membership.partner?.id ?? '';
  const name = usePartnerName(id);
  const { range } = useRange('last12');
  const statement = useRead('/api/partners/{partner_id}/statement', { path: { partner_id: id }, query: { from: range.from, to: range.to } });
  return (
    <Page title={t('statement')} context={name} back={side === 'console' ? { href: `${base}/ledger`, label: t('ledger') } : undefined}
      actions={<><DateRange usual="last12" compares={false} /><DownloadButton label={t('statementPdf')} path="/api/partners/{partner_id}/statement.pdf" values={{ partner_id: id }} query={{ from: range.from, to: range.to, language: locale }} name={`statement-${range.from}.pdf`} /><Button onClick={() => print()}><Printer size={16} aria-hidden />{t('print')}</Button></>}>
      <Loaded from={statement} lines={6}>{(data) => (data.lines.length === 0
        ? <div className="card"><Empty title={t('noPostings')}>{t('noPostingsWhat')}</Empty></div>
        : data.totals.map((total) => <Currency key={total.currency} both={side === 'console'} total={total} lines={data.lines.filter((line) => line.currency === total.currency)} />))}</Loaded>
    </Page>
  );
}

/** `both`: with the organization's side, which a partner does not see. */
function Currency({ total, lines, both }: { total: schemas['StatementTotal']; lines: Line[]; both: boolean }) {
  const { t, has } = useTexts('earnings');
  const columns: Column<Line>[] = [
    { id: 'account', head: t('account'), cell: (line) => <span className="two"><span>{has(`account.${line.account}`) ? t(`account.${line.account}`) : line.account}</span><span className="faint small">{line.account}</span></span> },
    { id: 'opening', head: t('opening'), num: true, cell: (line) => <Money minor={line.opening} currency={line.currency} full /> },
    { id: 'movement', head: t('movement'), num: true, cell: (line) => <Money minor={line.movement} currency={line.currency} full /> },
    { id: 'closing', head: t('closing'), num: true, cell: (line) => <Money minor={line.closing} currency={line.currency} full /> },
  ];
  return (
    <>
      <dl className="figures">
        {([['owedBefore', total.owed_before], ['owedAfter', total.owed_after]] as const).map(([key, minor]) => <div key={key} className="card figure"><dt className="quiet">{t(key)}</dt><dd className="figure-value"><Money minor={minor} currency={total.currency} full /></dd></div>)}
        {both && <div className="card figure"><dt className="quiet">{t('reconciles')}</dt><dd>{total.sum === 0 ? <Status of="ok" text={t('sumsToZero')} /> : <Status of="failed" text={t('doesNotSum')} />}</dd><dd className="small faint">{t('reconcilesWhat')}</dd></div>}
      </dl>
      <Card title={t('partnersAccounts')} flush><Table caption={t('partnersAccounts')} columns={columns} rows={lines.filter((line) => line.of_partner)} id={(line) => line.account} /></Card>
      {both && <Card title={t('otherSide')} flush><Table caption={t('otherSide')} columns={columns} rows={lines.filter((line) => !line.of_partner)} id={(line) => line.account} /></Card>}
    </>
  );
}
