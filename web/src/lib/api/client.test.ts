import { afterEach, describe, expect, test, vi } from 'vitest';
import { address, api, credentials } from './client';
import { isPassing, Problem } from './problem';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => vi.fn((_url: string, _init: RequestInit) => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers })));
const sent = (mock: ReturnType<typeof answer>) => (mock.mock.calls[0]?.[1]?.headers ?? {}) as Record<string, string>;
afterEach(() => { vi.unstubAllGlobals(); credentials.membership = ''; credentials.csrf = ''; });

describe('calls', () => {
  test('fill the path and leave out what is not asked', () => {
    expect(address('/api/links/{link_id}', { link_id: 'a/b' }, { state: 'active', cursor: undefined, q: '' })).toBe('/api/links/a%2Fb?state=active');
  });
  test('of a change carry membership, token and key; of a read no key', async () => {
    credentials.membership = 'm1';
    credentials.csrf = 'token';
    const post = answer(201, { id: '1' });
    vi.stubGlobal('fetch', post);
    await api('post', '/api/partners', { body: { name: 'A' }, key: 'k1' });
    expect(sent(post)).toMatchObject({ 'x-membership': 'm1', 'x-csrf-token': 'token', 'idempotency-key': 'k1', 'content-type': 'application/json' });
    const get = answer(200, { items: [], next_cursor: null });
    vi.stubGlobal('fetch', get);
    await api('get', '/api/partners');
    expect(sent(get)['idempotency-key']).toBeUndefined();
  });
  test('tell a refusal by its code, its fields and how long to wait', async () => {
    vi.stubGlobal('fetch', answer(422, { code: 'invalid', title: 'T', errors: [{ pointer: '/name', code: 'required', detail: 'd' }], request_id: 'r' }));
    const problem = await api('post', '/api/partners', { body: { name: '' } }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ status: 422, code: 'invalid', requestId: 'r', errors: [{ pointer: '/name' }] });
    vi.stubGlobal('fetch', answer(503, {}, { 'retry-after': '7' }));
    expect(await api('get', '/api/partners').catch((error: unknown) => error)).toMatchObject({ status: 503, retryAfter: 7 });
  });
  test('say that the network is away, which may pass', async () => {
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('failed'))));
    const problem = await api('get', '/api/partners').catch((error: unknown) => error);
    expect(problem).toMatchObject({ status: 0, code: 'network' });
    expect(isPassing(problem)).toBe(true);
    expect(isPassing(new Problem(409, 'state', ''))).toBe(false);
  });
});
