// The platform's operators: the accounts of all organizations together in a period. Sums alone: nobody's are told apart.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { DateRange, useRange } from '../../../ui/date-range';
import { DownloadButton } from '../../../ui/download-button';
import { Loaded, Page } from '../../../ui/page';
import { ChartStatement } from '../parts/chart-statement';

export function PlatformStatement() {
  const { t } = useTexts('earnings');
  const { range } = useRange('last12');
  const statement = useRead('/api/platform/statement', { query: range });
  return (
    <Page title={t('platformStatement')} context={t('platformStatementWhat')}
      actions={<><DateRange usual="last12" compares={false} /><DownloadButton label={t('exportCsv')} path="/api/platform/statement" query={{ ...range, format: 'csv' }} name={`statement-${range.from}-${range.to}.csv`} /></>}>
      <Loaded from={statement} lines={8}>{(page) => <ChartStatement rows={page.items} />}</Loaded>
    </Page>
  );
}
