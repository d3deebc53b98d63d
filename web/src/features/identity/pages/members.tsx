// The organization's staff, or in the portal the partner's team.
import { Plus } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { useCan, useSession } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { Invite, Invited, Joined } from '../parts/team';

export function Members() {
  const { t } = useTexts('identity');
  const { base } = useOrganization();
  const { membership } = useSession();
  const partner = membership.partner?.id;
  const can = useCan();
  const [search, set] = useUrlState();
  const tab = search['tab'] === 'invited' ? 'invited' : 'members';
  const start = () => set({ new: '1' });
  useKeys({ c: can('members.manage') ? start : undefined });
  return (
    <Page title={t('members')} actions={can('members.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('invite')}</Button>}>
      <Tabs label={t('members')} current={tab} tabs={[{ id: 'members', label: t('members'), href: `${base}/members` }, { id: 'invited', label: t('invited'), href: `${base}/members?tab=invited` }]} />
      {tab === 'members' ? <Joined partner={partner} /> : <Invited partner={partner} />}
      {search['new'] && <Invite partner={partner} onClose={() => set({ new: undefined })} />}
    </Page>
  );
}
