// What some days would have been: under a deal's draft, or under another attribution model for everybody. Reads only.
import type { schemas } from '../../../lib/api/schema';
import { formatMoney } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useUrlState } from '../../../lib/url-state';
import { Empty, Money } from '../../../ui/basic';
import { DateRange, useRange } from '../../../ui/date-range';
import { SelectField } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { Loaded } from '../../../ui/page';
import { Table, type Column } from '../../../ui/table';
import { PartnerName } from '../../partners/parts/partner-name';

type Partner = schemas['SimulatedPartner'];
const models = ['first', 'last', 'linear'] as const;
/** Partners for whom something changes are listed, most first; totals count all of them. */
const shown = 50;

/** With a deal its draft is the first choice; without one a model is. The choice and the days are in the URL. */
export function Simulation({ deal }: { deal?: string }) {
  const { t } = useTexts('deals');
  const [search, set] = useUrlState();
  const { range } = useRange('last_month');
  const chosen = models.find((one) => one === search['model']) ?? (deal ? null : 'linear');
  const answer = useRead('/api/simulations', { query: { ...range, ...(chosen ? { model: chosen } : { deal_id: deal }) } });
  return (
    <div className="stack">
      <p className="quiet">{t('simulationWhat')}</p>
      <div className="row end">
        <div className="field"><span className="label">{t('dates')}</span><DateRange usual="last_month" compares={false} /></div>
        <SelectField label={t('simulateWhat')} value={chosen ?? ''} onChange={(value) => set({ model: value || undefined })}
          options={[...(deal ? [['', t('thisDraft')] as [string, string]] : []), ...models.map((one): [string, string] => [one, t('modelForAll', { model: t(`model.${one}`) })])]} />
      </div>
      <Loaded from={answer}>{(data) => <Result of={data} busy={answer.isFetching} />}</Loaded>
    </div>
  );
}

function Result({ of, busy }: { of: schemas['Simulation']; busy: boolean }) {
  const { t, locale } = useTexts('deals');
  if (of.partners.length === 0) return <Empty title={t('simulatedNothing')}>{t('simulatedNothingWhat')}</Empty>;
  const rows = of.partners.filter((one) => one.difference !== 0).toSorted((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
  const change = ({ difference, currency }: { difference: number; currency: string }) =>
    <span className={difference > 0 ? 'num up' : difference < 0 ? 'num negative' : 'num'}>{difference > 0 ? '+' : ''}{formatMoney(locale, difference, currency, true)}</span>;
  const columns: Column<Partner>[] = [
    { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
    { id: 'earned', head: t('earnedThen'), num: true, alone: true, cell: (one) => <Money minor={one.earned} currency={one.currency} full /> },
    { id: 'simulated', head: t('wouldHaveEarned'), num: true, alone: true, cell: (one) => <Money minor={one.simulated} currency={one.currency} full /> },
    { id: 'difference', head: t('difference'), num: true, alone: true, cell: change },
  ];
  return (
    <div className="stack tight">
      <Table caption={t('simulation')} columns={columns} rows={rows.slice(0, shown)} id={(one) => one.partner_id + one.currency} loading={busy}
        foot={of.totals.map((one) => (
          <tr key={one.currency}><th scope="row">{t('inAll', { currency: one.currency })}</th>
            <td className="num" data-head={t('earnedThen')}><Money minor={one.earned} currency={one.currency} full /></td>
            <td className="num" data-head={t('wouldHaveEarned')}><Money minor={one.simulated} currency={one.currency} full /></td>
            <td className="num" data-head={t('difference')}>{change(one)}</td></tr>
        ))} />
      <p className="faint small">{t('simulatedFrom', { count: of.conversions })}{rows.length === 0 && ` ${t('nobodyDiffers')}`}{rows.length > shown && ` ${t('mostChanged', { count: shown, all: rows.length })}`}</p>
    </div>
  );
}

export function SimulationSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('deals');
  return <Sheet wide title={t('simulation')} onClose={onClose}><Simulation /></Sheet>;
}
