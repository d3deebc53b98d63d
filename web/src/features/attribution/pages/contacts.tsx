import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { Page } from '../../../ui/page';

type Contact = schemas['Contact'];

export function Contacts() {
  const { t } = useTexts('attribution');
  return (
    <Page title={t('contacts')} context={t('contactsWhat')}>
      <List<Contact> name="contacts" label={t('contacts')} path="/api/contacts" searchBy="q" id={(one) => one.id}
        columns={[
          { id: 'email', head: t('email'), cell: (one) => one.email },
          { id: 'name', head: t('name'), cell: (one) => one.name },
          { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'updated', head: t('updated'), cell: (one) => <Time at={one.updated_at} /> },
        ]}
        empty={{ title: t('noContacts'), text: t('noContactsWhat') }} />
    </Page>
  );
}
