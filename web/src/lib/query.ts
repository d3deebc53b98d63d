// Reads of the server: one key shape, one retry rule, the last data kept on screen while the next loads.
import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, newKey, type Method, type Path, type Result } from './api/client';
import { isPassing, Problem } from './api/problem';
import type { paths } from './api/schema';

export const makeQueryClient = () => new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (count, error) => isPassing(error) && count < 3,
      retryDelay: (count, error) => (error instanceof Problem && error.retryAfter ? error.retryAfter * 1_000 : 1_000 * 2 ** count),
    },
    mutations: { retry: (count, error) => error instanceof Problem && error.status === 0 && count < 2, retryDelay: 1_000 },
  },
});

interface ReadOptions { live?: boolean; enabled?: boolean }

/** A GET. `live`: asked again every 15 s while one looks. */
export function useRead<P extends Path>(path: P, input: { path?: Record<string, string>; query?: object } = {}, options: ReadOptions = {}): UseQueryResult<Result<P, 'get' & keyof paths[P]>> {
  return useQuery({
    queryKey: [path, input.path ?? {}, input.query ?? {}],
    queryFn: ({ signal }) => (api as unknown as (m: Method, p: Path, i: object) => Promise<Result<P, 'get' & keyof paths[P]>>)('get', path, { ...input, signal }),
    enabled: options.enabled ?? true,
    placeholderData: keepPreviousData,
    ...(options.live ? { refetchInterval: 15_000, staleTime: 5_000 } : {}),
  }) as UseQueryResult<Result<P, 'get' & keyof paths[P]>>;
}

/** A mutating call with one Idempotency-Key until it succeeded; then everything that is shown is asked again. */
export function useAct<V, R>(call: (input: V, key: string) => Promise<R>, done?: (result: R, input: V) => void) {
  const client = useQueryClient();
  const key = useRef(newKey());
  return useMutation({
    mutationFn: (input: V) => call(input, key.current),
    onSuccess: (result, input) => { key.current = newKey(); void client.invalidateQueries(); done?.(result, input); },
    onError: (error) => { if (error instanceof Problem && error.status >= 400 && error.status < 500) { key.current = newKey(); void client.invalidateQueries(); } },
  });
}
