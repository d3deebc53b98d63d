// Everything about paying partners: runs, payouts, who waits and why, and what a person has to decide.
import { Plus } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { CandidateList } from '../parts/candidate-list';
import { NewRun } from '../parts/new-run';
import { PayeeFormList } from '../parts/payee-forms';
import { PayoutList } from '../parts/payout-list';
import { RunList } from '../parts/run-list';
import { WriteOffList } from '../../earnings/parts/write-offs';

const tabs = { runs: RunList, payouts: PayoutList, waiting: CandidateList, forms: PayeeFormList, 'write-offs': WriteOffList } as const;
type Tab = keyof typeof tabs;

export function Payouts() {
  const { t } = useTexts('payouts');
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const tab: Tab = search['tab'] !== undefined && search['tab'] in tabs ? (search['tab'] as Tab) : 'runs';
  const start = () => set({ new: '1' });
  useKeys({ c: can('payouts.manage') ? start : undefined });
  const Shown = tabs[tab];
  return (
    <Page title={t('payouts')} context={t('payoutsOfAllWhat')} actions={can('payouts.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('newRun')}</Button>}>
      <Tabs label={t('payouts')} current={tab} tabs={(Object.keys(tabs) as Tab[]).map((id) => ({ id, label: t(`tab.${id}`), href: id === 'runs' ? `${base}/payouts` : `${base}/payouts?tab=${id}` }))} />
      <Shown />
      {search['new'] && <NewRun onClose={() => set({ new: undefined })} />}
    </Page>
  );
}
