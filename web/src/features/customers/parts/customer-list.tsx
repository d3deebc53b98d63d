import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import type { Column } from '../../../ui/table';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';

type Customer = schemas['PartnerCustomer'];

/** The customers that partners keep: of all partners, or of one on its record. */
export function CustomerList({ partner }: { partner?: string }) {
  const { t } = useTexts('customers');
  const columns: Column<Customer>[] = [
    { id: 'name', head: t('name'), cell: (one) => <span className="two"><span>{[one.first_name, one.last_name].filter(Boolean).join(' ') || one.email || one.phone || one.id}</span><span className="faint small">{one.email}</span></span> },
    ...(partner ? [] : [{ id: 'partner', head: t('partner'), cell: (one: Customer) => <PartnerName id={one.partner_id} link /> }]),
    { id: 'phone', head: t('phone'), cell: (one) => one.phone },
    { id: 'tags', head: t('tags'), cell: (one) => one.tags.join(', ') },
    { id: 'external', head: t('externalId'), cell: (one) => one.external_id },
    { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
  ];
  return (
    <List<Customer> name="partner-customers" label={t('customers')} path="/api/partner-customers" fixed={partner ? { partner_id: partner } : {}} searchBy="q" columns={columns} id={(one) => one.id}
      {...(partner ? {} : { filters: [{ name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id: string) => <PartnerName id={id} /> }] })}
      empty={{ title: t('noCustomers'), text: t('noCustomersWhat') }} />
  );
}
