// Every row that a list's filters match, beyond the page that is shown: read when somebody may want to act on them all, so that
// what is offered is counted and what is done is exactly what was counted.
import { useQuery } from '@tanstack/react-query';
import { api } from '../../lib/api/client';
import type { Path } from '../../lib/api/client';

const pageMax = 200;
/** More than this is no act of a person's moment. */
export const matchingMax = 2_000;

export interface Matching<R> { rows: R[]; /** There are more, and they are not among the rows. */ isCut: boolean }

export function useMatching<R>(path: Path, values: Record<string, string> | undefined, query: Record<string, string | undefined>, enabled: boolean): { data: Matching<R> | undefined; isFetching: boolean } {
  return useQuery({
    queryKey: [path, values ?? {}, query, 'matching'], enabled, staleTime: 0, gcTime: 0, refetchOnWindowFocus: false,
    queryFn: async ({ signal }): Promise<Matching<R>> => {
      const rows: R[] = [];
      let cursor: string | undefined;
      do {
        const page = await api('get', path as '/api/links', { ...(values ? { path: values } : {}), query: { ...query, cursor, limit: pageMax } as object, signal }) as unknown as { items: R[]; next_cursor: string | null };
        rows.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && rows.length < matchingMax);
      return { rows: rows.slice(0, matchingMax), isCut: cursor !== undefined };
    },
  });
}
