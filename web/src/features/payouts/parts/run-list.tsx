import { useTexts } from '../../../lib/i18n';
import { formatDay } from '../../../lib/format/date';
import type { Locale } from '../../../lib/locale';
import type { Translate } from '../../../lib/i18n';
import { A } from '../../../ui/anchor';
import { Money, Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { MemberName } from '../../identity/parts/member-name';
import { runStates, type Run } from '../model';

/** "October 2026, GBP" of the schedule; "On demand, GBP". */
export const runName = (run: Run, t: Translate, locale: Locale): string =>
  t('runOf', { what: run.period ? formatDay(locale, run.period, 'month') : t(`runKind.${run.kind}`), currency: run.currency });

export function RunList() {
  const { t, locale } = useTexts('payouts');
  const { base } = useOrganization();
  return (
    <List<Run> name="payout-runs" label={t('runs')} path="/api/payout-runs" id={(one) => one.id} live
      columns={[
        { id: 'run', head: t('run'), cell: (one) => <A className="link" href={`${base}/payouts/runs/${one.id}`}>{runName(one, t, locale)}</A> },
        { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
        { id: 'payouts', head: t('partnersPaid'), num: true, cell: (one) => one.payouts },
        { id: 'amount', head: t('amount'), num: true, cell: (one) => <Money minor={one.amount} currency={one.currency} /> },
        { id: 'by', head: t('requestedBy'), cell: (one) => <MemberName id={one.requested_by} /> },
        { id: 'cutoff', head: t('cutoff'), cell: (one) => <Time at={one.cutoff_at} /> },
        { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
      ]}
      views={[{ id: 'all', label: t('view.all'), search: {} }, ...(['draft', 'approved', 'submitted', 'settled'] as const).map((one) => ({ id: one, label: t(`status.${one}`), search: { state: one } }))]}
      filters={[{ name: 'state', label: t('state'), options: runStates.map((one) => [one, t(`status.${one}`)]) }, { name: 'kind', label: t('kind'), options: (['scheduled', 'on_demand'] as const).map((one) => [one, t(`runKind.${one}`)]) }]}
      empty={{ title: t('noRuns'), text: t('noRunsWhat') }} />
  );
}
