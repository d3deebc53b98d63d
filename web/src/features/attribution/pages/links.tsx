import { Plus } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button } from '../../../ui/basic';
import { Page } from '../../../ui/page';
import { LinkList } from '../parts/lists';

/** All links, or a partner's own in the portal. */
export function Links({ partner }: { partner?: string }) {
  const { t } = useTexts('attribution');
  const [, set] = useUrlState();
  const can = useCan();
  const start = () => set({ new: '1' });
  useKeys({ c: can('links.manage') ? start : undefined });
  return <Page title={t('links')} actions={can('links.manage') && !partner && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('newLink')}</Button>}><LinkList partner={partner} /></Page>;
}
