import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, ProblemNotice } from '../../../ui/basic';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import type { Run } from '../model';
import { CandidateRow } from './candidate-row';

/** Who is owed something in the run's currency and is not in it: why, and the way in. */
export function LeftOut({ run }: { run: Run }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const others = useRead('/api/payout-candidates', { query: { currency: run.currency, cutoff_at: run.cutoff_at, limit: 50 } });
  const include = useAct((partner: string, key) => api('post', '/api/payout-runs/{payout_run_id}/inclusion', { path: { payout_run_id: run.id }, key, body: { partner_id: partner } }), () => toast(t('included')));
  return (
    <Card title={t('leftOut')}>
      {include.error ? <ProblemNotice error={include.error} /> : null}
      <Loaded from={others} lines={2}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('nobodyLeftOut')}</p> : (
        <ul className="list">{page.items.map((one) => <CandidateRow key={one.id} one={one} currency={run.currency}
          end={one.reason === null && can('payouts.manage') && <Button variant="ghost" busy={include.isPending && include.variables === one.id} onClick={() => include.mutate(one.id)}>{t('include')}</Button>} />)}</ul>
      ))}</Loaded>
    </Card>
  );
}
