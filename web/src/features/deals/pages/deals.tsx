import { Plus } from 'lucide-react';
import { useRouter } from '@tanstack/react-router';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Page } from '../../../ui/page';
import { DealList } from '../parts/deal-list';
import { SimulationSheet } from '../parts/simulation';

export function Deals() {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const can = useCan();
  const router = useRouter();
  const [search, set] = useUrlState();
  useKeys({ c: can('deals.manage') ? () => router.history.push(`${base}/deals/new`) : undefined });
  return (
    <Page title={t('deals')} context={t('dealsWhat')} actions={<><Button onClick={() => set({ simulate: '1' })}>{t('simulate')}</Button><A className="btn btn-secondary" href={`${base}/deals/templates`}>{t('templates')}</A>
      {can('deals.manage') && <A className="btn btn-primary" href={`${base}/deals/new`}><Plus size={16} aria-hidden />{t('newDeal')}</A>}</>}>
      <DealList />
      {search['simulate'] && <SimulationSheet onClose={() => set({ simulate: undefined, model: undefined, range: undefined, from: undefined, to: undefined })} />}
    </Page>
  );
}
