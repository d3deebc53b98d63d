// Who would be paid now in a currency, and why somebody would not.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Money, Status } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import type { Candidate } from '../model';
import { CandidateReason } from './candidate-row';

export function CandidateList() {
  const { t } = useTexts('payouts');
  const { id, base, currency: usual } = useOrganization();
  const [search, set] = useUrlState();
  const organization = useRead('/api/organizations/{organization_id}', { path: { organization_id: id } });
  const currency = search['currency'] ?? usual;
  const currencies = [...new Set([usual, ...(organization.data?.currencies ?? [])])];
  return (
    <List<Candidate> key={currency} name="payout-candidates" label={t('tab.waiting')} path="/api/payout-candidates" fixed={{ currency }} id={(one) => one.id} live
      columns={[
        { id: 'partner', head: t('partner'), cell: (one) => <A className="link" href={`${base}/partners/${one.id}?tab=payouts`}>{one.name}</A> },
        { id: 'state', head: t('state'), cell: (one) => (one.reason === null ? <Status of="ok" text={t('payable')} /> : <Status of="pending" text={t('waits')} />) },
        { id: 'why', head: t('whyOrWhere'), alone: true, cell: (one) => <CandidateReason one={one} currency={currency} /> },
        { id: 'earnings', head: t('earnings'), num: true, cell: (one) => one.earnings },
        { id: 'amount', head: t('amount'), num: true, cell: (one) => <Money minor={one.amount} currency={currency} /> },
      ]}
      filters={[{ name: 'payable', label: t('payable'), options: [['true', t('yes')], ['false', t('no')]] }]}
      actions={currencies.length > 1 && <select className="input" aria-label={t('currency')} value={currency} onChange={(event) => set({ currency: event.target.value === usual ? undefined : event.target.value, cursor: undefined })}>{currencies.map((one) => <option key={one}>{one}</option>)}</select>}
      empty={{ title: t('nobodyWaits'), text: t('nobodyWaitsWhat') }} />
  );
}
