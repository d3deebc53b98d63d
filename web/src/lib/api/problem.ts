/** A refusal of the server (RFC 9457), or of the network: then `status` is 0 and `code` is `network`. */
export interface FieldError { pointer: string; code: string; detail: string }

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    title: string,
    readonly detail: string = '',
    readonly errors: FieldError[] = [],
    readonly requestId: string | null = null,
    /** Seconds that the server asks to wait (429, 503). */
    readonly retryAfter: number | null = null,
  ) {
    super(title);
  }

  static async from(response: Response): Promise<Problem> {
    const body = (await response.json().catch(() => ({}))) as Partial<{
      code: string; title: string; detail: string; errors: FieldError[]; request_id: string;
    }>;
    const wait = Number(response.headers.get('retry-after'));
    return new Problem(
      response.status, body.code ?? 'http', body.title ?? response.statusText, body.detail ?? '', body.errors ?? [],
      body.request_id ?? response.headers.get('x-request-id'), Number.isFinite(wait) && wait > 0 ? wait : null,
    );
  }
}

/** What a repeated attempt may mend: the network, a limit, a busy server. */
export const isPassing = (error: unknown): error is Problem =>
  error instanceof Problem && [0, 429, 502, 503, 504].includes(error.status);
