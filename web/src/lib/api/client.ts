// The only place that calls fetch: typed by the OpenAPI document, under the membership and CSRF token of the session.
import { Problem } from './problem';
import type { paths } from './schema';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Path = keyof paths;
type Operation<P extends Path, M extends Method> = M extends keyof paths[P] ? paths[P][M] : never;
export type Result<P extends Path, M extends Method = 'get'> = Operation<P, M> extends { result: infer R } ? R : never;
export type Query<P extends Path> = NonNullable<Operation<P, 'get'> extends { query?: infer Q } ? Q : never>;
export type Body<P extends Path, M extends Method> = Operation<P, M> extends { body?: infer B } ? B : never;
type Arguments<O> = (O extends { path: infer A } ? { path: A } : object) &
  (O extends { query?: infer A } ? { query?: A } : object) &
  (O extends { body: infer A } ? { body: A } : O extends { body?: infer A } ? { body?: A } : object) & {
    signal?: AbortSignal | undefined;
    /** The Idempotency-Key of a mutating call; a form keeps one through its retries. */
    key?: string | undefined;
    /** The body of a call that takes a file. */
    file?: Blob;
  };
type Wanted<O> = object extends Arguments<O> ? [Arguments<O>?] : [Arguments<O>];

/** Under which membership the page acts (from its URL), and the token that proves that the page is ours. */
export const credentials = { membership: '', csrf: '' };

/** Set by the shell: asks the person to sign in again, or to confirm the password, over the page; true when the call may be
 *  repeated. */
export const gate: { ask: ((what: 'session' | 'reauth') => Promise<boolean>) | null } = { ask: null };

/** The ETag of what was read last from an address: an edit says which version it is of. */
const versions = new Map<string, string>();

export const newKey = (): string => crypto.randomUUID();

export function address(path: string, values: Record<string, unknown> = {}, query: object = {}): string {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.append(name, String(value));
  return search.size > 0 ? `${url}?${search}` : url;
}

/** `body` goes out as JSON; a file (Blob) as it is, under its own type. */
export async function send(method: string, url: string, body?: unknown, signal?: AbortSignal, key = newKey()): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (credentials.membership) headers['x-membership'] = credentials.membership;
  if (body !== undefined) headers['content-type'] = body instanceof Blob ? body.type : 'application/json';
  if (method !== 'GET') {
    headers['idempotency-key'] = key;
    if (credentials.csrf) headers['x-csrf-token'] = credentials.csrf;
    if (method === 'PATCH') headers['if-match'] = versions.get(url) ?? '*';
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method, headers, credentials: 'same-origin', signal: signal ?? null,
      body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'network', 'The server cannot be reached');
  }
  if (response.ok) {
    const version = response.headers.get('etag');
    if (version && (method === 'GET' || method === 'PATCH')) versions.set(url, version);
    return response;
  }
  const problem = await Problem.from(response);
  const what = problem.status === 401 ? 'session' : problem.code === 'reauth' ? 'reauth' : null;
  // The work on the page stays, and the same call goes out again with the same key.
  if (what && gate.ask && !url.startsWith('/api/session') && (await gate.ask(what))) return send(method, url, body, signal, key);
  throw problem;
}

/** Calls the API; throws Problem for every answer but 2xx. */
export async function api<P extends Path, M extends Method & keyof paths[P]>(
  method: M, path: P, ...[input]: Wanted<Operation<P, M>>
): Promise<Result<P, M>> {
  const given = (input ?? {}) as {
    path?: Record<string, unknown>; query?: object; body?: unknown; file?: Blob; signal?: AbortSignal; key?: string;
  };
  const url = address(path, given.path, given.query);
  const response = await send(method.toUpperCase(), url, given.file ?? given.body, given.signal, given.key);
  const text = response.status === 204 ? '' : await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Result<P, M>;
}
