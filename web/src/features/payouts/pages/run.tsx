// One payout run from draft to settled: who is in it, who may approve it, its files and what the bank answered.
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { AskReason } from '../../../ui/ask';
import { Button, Money, Status, Time } from '../../../ui/basic';
import { Menu } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { payoutMoves, type Payout, type Run as RunRow } from '../model';
import { PayoutList } from '../parts/payout-list';
import { MovePayout, type PayoutMove } from '../parts/payout-moves';
import { ApprovalWords, RunActions, useApprovalsNeeded } from '../parts/run-actions';
import { RunFiles } from '../parts/run-files';
import { LeftOut } from '../parts/left-out';
import { runName } from '../parts/run-list';

export function Run() {
  const { t, locale } = useTexts('payouts');
  const { base } = useOrganization();
  const { id } = useParams({ strict: false }) as { id: string };
  const run = useRead('/api/payout-runs/{payout_run_id}', { path: { payout_run_id: id } }, { live: true });
  const one = run.data;
  return (
    <Page title={one ? runName(one, t, locale) : t('run')} badge={one && <Status of={one.state} />} back={{ href: `${base}/payouts`, label: t('payouts') }} actions={one && <RunActions run={one} />}>
      <Loaded from={run}>{(data) => <OneRun run={data} />}</Loaded>
    </Page>
  );
}

function OneRun({ run }: { run: RunRow }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const needed = useApprovalsNeeded(run);
  return (
    <>
      {run.state === 'collecting' && <div className="notice"><div>{t('collectingWhat')}</div></div>}
      {run.state === 'draft' && <ApprovalWords run={run} />}
      <dl className="figures">
        <div className="card figure"><dt className="quiet">{t('amount')}</dt><dd className="figure-value"><Money minor={run.amount} currency={run.currency} full /></dd></div>
        <div className="card figure"><dt className="quiet">{t('partnersPaid')}</dt><dd className="figure-value num">{run.payouts}</dd></div>
        <div className="card figure"><dt className="quiet">{t('approvals')}</dt><dd className="figure-value num">{t('ofNeeded', { given: run.approvals, needed })}</dd></div>
      </dl>
      <div className="split">
        <RunPayouts run={run} />
        <div className="stack">
          {can('payouts.manage') && ['submitted', 'partially_settled', 'settled'].includes(run.state) && <RunFiles run={run} />}
          <Card title={t('facts')}><Facts rows={[
            [t('requestedBy'), <MemberName key="b" id={run.requested_by} />], [t('kind'), t(`runKind.${run.kind}`)], [t('cutoff'), <Time key="c" at={run.cutoff_at} as="time" />],
            [t('created'), <Time key="m" at={run.created_at} as="time" />], run.approved_at !== null && [t('approvedAt'), <Time key="a" at={run.approved_at} as="time" />],
            run.submitted_at !== null && [t('submittedAt'), <Time key="s" at={run.submitted_at} as="time" />], run.settled_at !== null && [t('settledAt'), <Time key="e" at={run.settled_at} as="time" />],
          ]} /></Card>
          {run.state === 'draft' && <LeftOut run={run} />}
        </div>
      </div>
    </>
  );
}

function RunPayouts({ run }: { run: RunRow }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const [excluding, setExcluding] = useState<Payout | null>(null);
  const [moving, setMoving] = useState<{ payout: Payout; move: PayoutMove } | null>(null);
  const exclude = useAct((input: { partner: string; reason: string }, key) => api('post', '/api/payout-runs/{payout_run_id}/exclusion', { path: { payout_run_id: run.id }, key, body: { partner_id: input.partner, reason: input.reason } }), () => { setExcluding(null); toast(t('excluded')); });
  const act = run.state === 'draft' && can('payouts.manage')
    ? { id: 'act', head: t('action'), cell: (one: Payout) => (one.state === 'draft' ? <Button variant="ghost" onClick={() => setExcluding(one)}>{t('exclude')}</Button> : null) }
    : can('payouts.approve') && run.submitted_at !== null
      ? { id: 'act', head: t('action'), cell: (one: Payout) => (payoutMoves[one.state].length > 0 ? <Menu label={`${t('action')}: ${one.holder_name}`} button={t('action')} buttonClass="btn btn-ghost" entries={payoutMoves[one.state].map((move) => ({ label: t(`move.${move}`), danger: move !== 'payment', onPick: () => setMoving({ payout: one, move }) }))} /> : null) }
      : undefined;
  return (
    <>
      <PayoutList fixed={{ payout_run_id: run.id }} act={act} />
      {excluding && <AskReason title={t('ask.exclude', { name: excluding.holder_name })} what={t('dueAgain')} verb={t('exclude')} busy={exclude.isPending} error={exclude.error} onConfirm={(reason) => exclude.mutate({ partner: excluding.partner_id, reason })} onClose={() => { exclude.reset(); setExcluding(null); }} />}
      {moving && <MovePayout payout={moving.payout} move={moving.move} onClose={() => setMoving(null)} />}
    </>
  );
}
