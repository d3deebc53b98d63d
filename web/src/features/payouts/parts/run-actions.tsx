// The moves of a run as buttons, and in words who may approve it.
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { formatMoney } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { Button } from '../../../ui/basic';
import { CheckField } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { toast } from '../../../ui/toast';
import { useMemberName } from '../../identity/parts/member-name';
import { approvalsNeeded, type Run } from '../model';

function useLimits() {
  const { id } = useOrganization();
  return useRead('/api/organizations/{organization_id}', { path: { organization_id: id } }).data?.payout_approval_limits ?? [];
}

export const useApprovalsNeeded = (run: Run): number => approvalsNeeded(run, useLimits());

/** Who asked does not approve; above the limit two others do. */
export function ApprovalWords({ run }: { run: Run }) {
  const { t, locale } = useTexts('payouts');
  const { user } = useSession();
  const name = useMemberName(run.requested_by);
  const limit = useLimits().find((one) => one.currency === run.currency);
  const isLarge = limit !== undefined && run.amount > limit.amount;
  const who = run.requested_by === user.id ? t('approve.notYou') : run.requested_by === null ? t('approve.anybody') : t('approve.notThem', { name });
  return (
    <div className="notice"><div>{who}{' '}
      {isLarge && limit ? t('approve.two', { limit: formatMoney(locale, limit.amount, limit.currency), given: run.approvals }) : t('approve.one')}</div></div>
  );
}

type Move = 'approval' | 'refresh' | 'cancellation' | 'submission';

export function RunActions({ run }: { run: Run }) {
  const { t, locale } = useTexts('payouts');
  const can = useCan();
  const { user } = useSession();
  const isLast = run.approvals + 1 >= useApprovalsNeeded(run);
  const [asked, setAsked] = useState<Move | null>(null);
  const [sends, setSends] = useState(false);
  const send = (move: Move, key: string) => api('post', `/api/payout-runs/{payout_run_id}/${move}`, { path: { payout_run_id: run.id }, key });
  const act = useAct(async (move: Move, key) => {
    const moved = await send(move, key);
    // A reply that was lost is asked for again under the same keys: nothing is approved or sent twice.
    return move === 'approval' && sends && moved.state === 'approved' ? send('submission', `${key}-send`) : moved;
  }, (moved, move) => { setAsked(null); toast(t(moved.submitted_at !== null ? 'done.submission' : `done.${move}`)); });
  const moves: { move: Move; main: boolean; reason?: string | undefined }[] = [];
  if (run.state === 'draft' && can('payouts.approve')) moves.push({ move: 'approval', main: true, reason: run.requested_by === user.id ? t('approve.notYou') : run.payouts === 0 ? t('problem.nothing_payable') : undefined });
  if (run.state === 'approved' && can('payouts.manage')) moves.push({ move: 'submission', main: true });
  if (run.state === 'draft' && can('payouts.manage')) moves.push({ move: 'refresh', main: false });
  if (['collecting', 'draft', 'approved'].includes(run.state) && can('payouts.manage')) moves.push({ move: 'cancellation', main: false });
  const values = { amount: formatMoney(locale, run.amount, run.currency, true), count: run.payouts };
  return (
    <>
      {moves.map(({ move, main, reason }) => <Button key={move} variant={main ? 'primary' : 'secondary'} busy={act.isPending} reason={reason}
        onClick={() => { act.reset(); if (move === 'refresh') act.mutate(move, { onError: () => setAsked(move) }); else setAsked(move); }}>{t(`run.${move}`)}</Button>)}
      {asked && <Confirm title={t(`askRun.${asked}`, values)} verb={t(`run.${asked}`)} danger={asked === 'cancellation'} busy={act.isPending} error={act.error} onConfirm={() => act.mutate(asked)} onClose={() => { act.reset(); setAsked(null); }}>{t(`askRun.${asked}What`)}
        {asked === 'approval' && isLast && can('payouts.manage') && <CheckField label={t('sendsAtOnce')} help={t('askRun.submissionWhat')} checked={sends} onChange={setSends} />}</Confirm>}
    </>
  );
}
