// Filters, sort, page and open sheet are search parameters of the URL: a pasted link shows the same screen.
import { useRouter, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';

export type Search = Record<string, string | undefined>;

export const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text));
export function printSearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') out.set(name, value);
  return out.size > 0 ? `?${out}` : '';
}

export function useUrlState(): [Search, (patch: Search, push?: boolean) => void] {
  const router = useRouter();
  const search = useRouterState({ select: (state) => state.location.search as Search });
  const set = useCallback((patch: Search, push = false) => {
    const { pathname, search: now } = router.state.location;
    const href = pathname + printSearch({ ...(now as Search), ...patch });
    if (push) router.history.push(href);
    else router.history.replace(href);
  }, [router]);
  return [search, set];
}
