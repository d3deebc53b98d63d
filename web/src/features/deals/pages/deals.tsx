import { Plus } from 'lucide-react';
import { useRouter } from '@tanstack/react-router';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { A } from '../../../ui/anchor';
import { useOrganization } from '../../../ui/organization';
import { Page } from '../../../ui/page';
import { DealList } from '../parts/deal-list';

export function Deals() {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const can = useCan();
  const router = useRouter();
  useKeys({ c: can('deals.manage') ? () => router.history.push(`${base}/deals/new`) : undefined });
  return <Page title={t('deals')} context={t('dealsWhat')} actions={<><A className="btn btn-secondary" href={`${base}/deals/templates`}>{t('templates')}</A>{can('deals.manage') && <A className="btn btn-primary" href={`${base}/deals/new`}><Plus size={16} aria-hidden />{t('newDeal')}</A>}</>}><DealList /></Page>;
}
