// The partner's own profile in the portal: what is known of it, its documents and its terms.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status, Time } from '../../../ui/basic';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { DealsInWords } from '../../deals/parts/deals-in-words';
import { Documents } from '../parts/documents';
import { EditProfile } from '../parts/edit-profile';

export function Profile() {
  const { t } = useTexts('partners');
  const { membership } = useSession();
  const can = useCan();
  const [search, set] = useUrlState();
  const id = membership.partner?.id ?? '';
  const partner = useRead('/api/partners/{partner_id}', { path: { partner_id: id } });
  return (
    <Page title={t('profile')} context={membership.organization.name} actions={can('partners.manage') && <Button variant="primary" onClick={() => set({ edit: '1' })}>{t('editProfile')}</Button>}>
      <Loaded from={partner}>{(one) => (
        <Card title={one.name} actions={<Status of={one.state} />}>
          <Facts rows={[[t('kind'), t(`kind.${one.kind}`)], [t('contactName'), one.contact_name], [t('email'), one.contact_email], [t('contactPhone'), one.contact_phone], [t('website'), one.website],
            one.address !== null && [t('address'), [one.address.street, one.address.postal_code, one.address.city, one.address.region].filter(Boolean).join(', ')], [t('country'), one.country], [t('currency'), one.currency], [t('since'), <Time key="s" at={one.created_at} />]]} />
        </Card>
      )}</Loaded>
      <Documents partner={id} />
      {search['edit'] && partner.data && <EditProfile partner={partner.data} onClose={() => set({ edit: undefined })} />}
      <DealsInWords partner={id} />
    </Page>
  );
}
