import { useTexts } from '../../../lib/i18n';
import { Page } from '../../../ui/page';
import { EarningList } from '../parts/list';

export function Earnings() {
  const { t } = useTexts('earnings');
  return <Page title={t('earnings')} context={t('earningsWhat')}><EarningList /></Page>;
}
