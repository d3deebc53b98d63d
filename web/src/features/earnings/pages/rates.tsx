// Official exchange rates of a day, and of which published rates one is made.
import { useTexts } from '../../../lib/i18n';
import { formatDay } from '../../../lib/format/date';
import { numberFormat } from '../../../lib/format/number';
import { useRead } from '../../../lib/query';
import { useUrlState } from '../../../lib/url-state';
import { Empty, Time } from '../../../ui/basic';
import { TextField } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { Problem } from '../../../lib/api/problem';

export function Rates() {
  const { t, locale } = useTexts('earnings');
  const { currency } = useOrganization();
  const [search, set] = useUrlState();
  const from = (search['of'] ?? (currency === 'USD' ? 'EUR' : 'USD')).toUpperCase(), to = (search['in'] ?? currency).toUpperCase();
  const isReady = /^[A-Z]{3}$/.test(from) && /^[A-Z]{3}$/.test(to);
  const rate = useRead('/api/rates', { query: { from, to, ...(search['on'] ? { date: search['on'] } : {}) } }, { enabled: isReady });
  const figure = (text: string) => numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 10 }).format(Number(text));
  const isUnknown = rate.error instanceof Problem && rate.error.code === 'no_rate';
  return (
    <Page title={t('rates')} context={t('ratesWhat')}>
      <Card><div className="inputs">
        <TextField label={t('oneOf')} value={search['of'] ?? from} onChange={(value) => set({ of: value.toUpperCase().slice(0, 3) || ' ' })} error={/^[A-Z]{3}$/.test(from) ? undefined : t('field.currency')} />
        <TextField label={t('inCurrency')} value={search['in'] ?? to} onChange={(value) => set({ in: value.toUpperCase().slice(0, 3) || ' ' })} error={/^[A-Z]{3}$/.test(to) ? undefined : t('field.currency')} />
        <TextField label={t('onDay')} optional type="date" value={search['on'] ?? ''} onChange={(value) => set({ on: value || undefined })} />
      </div></Card>
      {isUnknown ? <div className="card"><Empty title={t('noRate')}>{t('noRateWhat')}</Empty></div> : isReady && (
        <Loaded from={rate}>{(one) => (
          <Card title={t('rateOf', { from: one.from, to: one.to, day: formatDay(locale, one.date) })}>
            <div className="stack">
              <p className="figure-value">{figure(one.rate)} <small>{one.to}</small></p>
              {one.path.length > 0 && <section className="stack tight"><h3>{t('madeOf')}</h3><ol className="timeline">{one.path.map((step) => (
                <li key={step.rate_id}><div>{t(`use.${step.use}`, { base: step.base, quote: step.quote, rate: figure(step.rate) })}</div><div className="small quiet">{t(`source.${step.source}`)}, {formatDay(locale, step.effective_on)} · {t('fetchedAt')} <Time at={step.fetched_at} as="time" /></div></li>
              ))}</ol></section>}
            </div>
          </Card>
        )}</Loaded>
      )}
    </Page>
  );
}
