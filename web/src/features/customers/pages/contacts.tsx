// People known to the organization, and the customers that partners keep for themselves.
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { CustomerList } from '../parts/customer-list';

type Contact = schemas['Contact'];

export function Contacts() {
  const { t } = useTexts('customers');
  const { base } = useOrganization();
  const [search] = useUrlState();
  const tab = search['tab'] === 'customers' ? 'customers' : 'contacts';
  return (
    <Page title={t('contacts')} context={t('contactsWhat')}>
      <Tabs label={t('contacts')} current={tab} tabs={[{ id: 'contacts', label: t('contacts'), href: `${base}/contacts` }, { id: 'customers', label: t('customers'), href: `${base}/contacts?tab=customers` }]} />
      {tab === 'customers' ? <CustomerList /> : (
        <List<Contact> name="contacts" label={t('contacts')} path="/api/contacts" searchBy="q" id={(one) => one.id}
          columns={[
            { id: 'contact', head: t('contact'), cell: (one) => <span className="two"><A className="link" href={`${base}/contacts/${one.id}`}>{one.erased_at ? t('erasedPerson') : one.name ?? one.email ?? one.phone ?? one.id}</A>{one.name && <span className="faint small">{one.email ?? one.phone}</span>}</span> },
            { id: 'phone', head: t('phone'), cell: (one) => one.phone },
            { id: 'country', head: t('country'), cell: (one) => one.country },
            { id: 'state', head: t('state'), cell: (one) => (one.erased_at ? <Status of="archived" text={t('erased')} /> : one.merged_into ? <Status of="archived" text={t('merged')} /> : null) },
            { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
            { id: 'updated', head: t('updated'), cell: (one) => <Time at={one.updated_at} /> },
          ]}
          empty={{ title: t('noContacts'), text: t('noContactsWhat') }} />
      )}
    </Page>
  );
}
