// What a partner does until its first commission reaches it. Each step is done when the data say so, not when a box is ticked.
import { useRead } from '../../../lib/query';
import { useSession } from '../../../lib/session';

export type StepState = 'done' | 'open' | 'waiting' | 'refused' | 'optional';
export interface Step { id: string; state: StepState; path: string; note?: string | null }

/** Without data until all of it is known; steps whose pages the role does not show are left out. */
export function useSteps(): { data: Step[] | undefined; error: unknown; isPending: boolean; refetch: () => void } {
  const { membership: { partner: own, permissions } } = useSession();
  const id = own?.id ?? '';
  const one = { partner_id: id, limit: 1 };
  const partner = useRead('/api/partners/{partner_id}', { path: { partner_id: id } });
  const documents = useRead('/api/partner-documents', { query: one });
  const methods = useRead('/api/payout-methods', { query: { ...one, state: 'active' } }, { enabled: permissions.includes('payouts.read') });
  const forms = useRead('/api/payee-forms', { query: one }, { enabled: permissions.includes('payouts.read') });
  const links = useRead('/api/links', { query: one }, { live: true });
  const visits = useRead('/api/visits', { query: one }, { live: true });
  const earnings = useRead('/api/earnings', { query: one }, { live: true });
  const all = [partner, documents, links, visits, earnings];
  const answer = { error: all.find((read) => read.error)?.error ?? null, isPending: all.some((read) => read.isPending), refetch: () => all.forEach((read) => void read.refetch()) };
  if (!partner.data || !documents.data || !links.data || !visits.data || !earnings.data) return { ...answer, data: undefined };
  const [document] = documents.data.items;
  const [form] = forms.data?.items ?? [];
  const { contact_name: name, contact_email: email, contact_phone: phone } = partner.data;
  const done = (is: boolean): StepState => (is ? 'done' : 'open');
  const data: Step[] = [
    { id: 'profile', state: done(Boolean(name && email && phone)), path: '/profile?edit=1' },
    { id: 'documents', state: document ? checked(document.state) : 'optional', note: document?.state_reason ?? null, path: '/profile?document=1' },
    ...(methods.data ? [{ id: 'method', state: done(methods.data.items.length > 0), path: '/payout-details?new=1' }] : []),
    ...(forms.data ? [{ id: 'form', state: form ? checked(form.state) : 'open' as const, note: form?.state_reason ?? null, path: '/payout-details?form=1' }] : []),
    { id: 'link', state: done(links.data.items.length > 0), path: '/links?new=1' },
    { id: 'visit', state: done(visits.data.items.length > 0), path: '/links' },
    { id: 'sale', state: done(earnings.data.items.length > 0), path: '/earnings' },
  ];
  return { ...answer, data };
}

const checked = (state: 'pending' | 'submitted' | 'approved' | 'rejected' | 'expired'): StepState =>
  (state === 'approved' ? 'done' : state === 'rejected' || state === 'expired' ? 'refused' : 'waiting');

export const isOpen = (step: Step) => step.state === 'open' || step.state === 'refused';
