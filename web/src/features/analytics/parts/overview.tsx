// Figures with comparison and the trend behind them; home, portal home and analytics show it for their own scope.
import { useState } from 'react';
import { formatDay } from '../../../lib/format/date';
import { exponentOf, formatMoney } from '../../../lib/format/money';
import { formatChange, formatNumber, formatShort } from '../../../lib/format/number';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { bucketOf, compared, type Comparison, type Range } from '../../../lib/range';
import { ProblemNotice, Skeleton } from '../../../ui/basic';
import { LineChart, Spark, type Series } from '../../../ui/chart';
import { useOrganization } from '../../../ui/organization';
import { Card } from '../../../ui/page';
import { buckets, change, currenciesOf, isMoney, measures, total, valuesOf, type Measure, type PerformanceRow } from '../model';

export function usePerformance(group: string, range: Range | null, partner?: string, live = false) {
  return useRead('/api/analytics/performance', { query: { group_by: group, from: range?.from, to: range?.to, partner_id: partner } }, { enabled: range !== null, live });
}

export function Overview({ range, comparison, partner }: { range: Range; comparison: Comparison; partner?: string }) {
  const { t, locale } = useTexts('analytics');
  const { currency: usual } = useOrganization();
  const [measure, setMeasure] = useState<Measure>('revenue');
  const bucket = bucketOf(range);
  const before = compared(range, comparison);
  const now = usePerformance(bucket, range, partner, true);
  const then = usePerformance(bucket, before, partner);
  if (now.error && !now.data) return <ProblemNotice error={now.error} retry={() => void now.refetch()} />;
  const rows: PerformanceRow[] = now.data?.items ?? [];
  const old: PerformanceRow[] = before ? then.data?.items ?? [] : [];
  const [currency = usual] = currenciesOf(rows, usual);
  const keys = buckets(range, bucket);
  const oldKeys = before ? buckets(before, bucket) : [];
  const show = (one: Measure, value: number) => (isMoney(one) ? formatMoney(locale, value, currency) : formatNumber(locale, value));
  const axis = (value: number) => (isMoney(measure) ? formatShort(locale, value / 10 ** exponentOf(currency)) : formatShort(locale, value));
  const values = valuesOf(rows, keys, measure, currency);
  const series: Series[] = [{ id: 'now', label: t('thisPeriod'), values, tone: 1, area: true }];
  if (before && total(old, measure, currency) !== 0) {
    const past = valuesOf(old, oldKeys, measure, currency);
    series.unshift({ id: 'then', label: t(`compare.${comparison}`), values: keys.map((_, i) => past[i] ?? 0), tone: 'muted', dashed: true });
  }
  return (
    <>
      <dl className="figures">{measures.map((one) => {
        const value = total(rows, one, currency);
        const share = before ? change(value, total(old, one, currency)) : null;
        const text = formatShort(locale, isMoney(one) ? value / 10 ** exponentOf(currency) : value);
        return (
          <div key={one} className="card figure">
            <dt className="quiet">{t(`measure.${one}`)}</dt>
            <dd className="figure-line"><span className="figure-value" title={show(one, value)}>{now.data ? text : '…'}{isMoney(one) && <small> {currency}</small>}</span><Spark values={valuesOf(rows, keys, one, currency)} /></dd>
            <dd className="small faint">{share === null ? before ? t('nothingBefore') : '' : <><span className={share >= 0 ? 'up' : 'down'}>{share >= 0 ? '▲' : '▼'} {formatChange(locale, share)}</span> {t(`compare.${comparison}`)}</>}</dd>
          </div>
        );
      })}</dl>
      <Card title={t('trend')} actions={<div className="row tight" role="group" aria-label={t('measure')}>{measures.map((one) => <button key={one} type="button" className={one === measure ? 'chip on' : 'chip'} aria-pressed={one === measure} onClick={() => setMeasure(one)}>{t(`measure.${one}`)}</button>)}</div>}>
        {now.data ? (
          <LineChart label={t(`measure.${measure}`)} head={t(bucket)} points={keys} short={(key) => formatDay(locale, key, bucket === 'month' ? 'month' : 'short')}
            long={(key) => (bucket === 'week' ? t('weekOf', { day: formatDay(locale, key) }) : formatDay(locale, key, bucket === 'month' ? 'month' : 'day'))}
            figure={(value) => show(measure, value)} axis={axis} series={series}
            summary={`${t('thisPeriod')} ${show(measure, total(rows, measure, currency))}`} />
        ) : <Skeleton lines={5} height={32} />}
      </Card>
    </>
  );
}
