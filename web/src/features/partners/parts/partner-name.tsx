// A partner's name by its id. The first 200 come in one request, the rest one by one, and both are kept.
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useCan, useSession } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import type { Choice } from '../../../ui/combobox';
import { useOrganization } from '../../../ui/organization';

export function usePartnerName(id: string): string {
  const { membership } = useSession();
  const can = useCan();
  const own = membership.partner?.id === id ? membership.partner.name : undefined;
  const first = useQuery({
    queryKey: ['partner-names'], staleTime: 300_000, enabled: own === undefined && can('partners.read'),
    queryFn: async ({ signal }) => new Map((await api('get', '/api/partners', { query: { limit: 200, sort: 'name' }, signal })).items.map((one) => [one.id, one.name])),
  });
  const known = own ?? first.data?.get(id);
  const one = useQuery({
    queryKey: ['partner-name', id], staleTime: 300_000, enabled: known === undefined && first.isSuccess && id !== '', retry: false,
    queryFn: async ({ signal }) => (await api('get', '/api/partners/{partner_id}', { path: { partner_id: id }, signal })).name,
  });
  return known ?? one.data ?? '…';
}

/** Of a few partners, for texts. */
export function usePartnerNames(ids: string[]): (id: string) => string {
  const can = useCan();
  const found = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['partner-name', id], staleTime: 300_000, enabled: can('partners.read'), retry: false,
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await api('get', '/api/partners/{partner_id}', { path: { partner_id: id }, signal })).name,
    })),
  });
  return (id) => found[ids.indexOf(id)]?.data ?? '…';
}

export function PartnerName({ id, link = false }: { id: string; link?: boolean }) {
  const name = usePartnerName(id);
  const { base, side } = useOrganization();
  return link && side === 'console' ? <A className="link" href={`${base}/partners/${id}`}>{name}</A> : <span>{name}</span>;
}

export async function searchPartners(text: string): Promise<Choice[]> {
  const page = await api('get', '/api/partners', { query: { ...(text ? { q: text } : {}), limit: 8, sort: 'name' } });
  return page.items.map((one) => ({ id: one.id, label: one.name, hint: one.slug }));
}
