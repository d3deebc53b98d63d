import { useTexts } from '../../../lib/i18n';
import { Page } from '../../../ui/page';
import { ConversionList } from '../parts/lists';

export function Conversions() {
  const { t } = useTexts('attribution');
  return <Page title={t('conversions')} context={t('conversionsWhat')}><ConversionList /></Page>;
}
