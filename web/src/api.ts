// The server's private routes. The token is passed to each call and kept by the caller alone.
import { ApiError } from './errors';
import type { Definition, Result, SlicerState } from './wire';

/** Fetched is a definition and what its answer said besides. */
export interface Fetched {
  definition: Definition;
  requestId: string;
  /** Milliseconds the token still lives, by the server's clock. */
  livesFor: number;
}

const patience = 120_000;

/** secret names this page to the server: a token for one use is good for the page that opened it. */
function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/** A header carries printable ASCII alone. */
const printable = /^[\x21-\x7e]+$/;

/** Api talks to the server the page came from. */
export class Api {
  /** Origin of the window that embeds the page, as the browser says it. */
  parent = '';
  readonly #session = secret();

  /** frame is the origin for which the address of the page asked to be served. */
  constructor(
    private readonly fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init),
    private readonly frame = '',
  ) {}

  async definition(token: string, id: string, signal: AbortSignal): Promise<Fetched> {
    const answer = await this.send(`/inlay/v1/embed/reports/${encodeURIComponent(id)}`, token, { signal });
    const definition = (await body(answer)) as Definition;
    const now = Date.parse(answer.headers.get('Date') ?? '') || Date.now();
    return {
      definition,
      requestId: answer.headers.get('RequestId') ?? '',
      livesFor: Date.parse(definition.expiration) - now,
    };
  }

  async query(token: string, path: { report: string; page: string; visual: string }, slicers: SlicerState[], signal: AbortSignal): Promise<Result> {
    const [report, page, visual] = [path.report, path.page, path.visual].map(encodeURIComponent);
    const answer = await this.send(`/inlay/v1/embed/reports/${report}/pages/${page}/visuals/${visual}/query`, token, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(slicers.length ? { slicers } : {}),
      signal,
    });
    return (await body(answer)) as Result;
  }

  private async send(path: string, token: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
    // A header cannot carry it, so it is no token of ours; saying so here keeps it out of the browser's own error text.
    if (!printable.test(token)) throw new ApiError(403, 'InvalidToken', 'The access token is not valid');
    const late = AbortSignal.timeout(patience);
    const headers: Record<string, string> = {
      ...(init.headers as Record<string, string>),
      Accept: 'application/json',
      Authorization: `EmbedToken ${token}`,
      'X-Inlay-Session': this.#session,
    };
    if (printable.test(this.parent)) headers['X-Inlay-Parent'] = this.parent;
    if (printable.test(this.frame)) headers['X-Inlay-Frame'] = this.frame;
    let answer: Response;
    try {
      answer = await this.fetch(path, {
        ...init,
        headers,
        signal: AbortSignal.any([init.signal, late]),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
    } catch (error) {
      if (init.signal.aborted) throw error;
      throw late.aborted
        ? new ApiError(0, 'Timeout', 'The server took too long to answer')
        : new ApiError(0, 'NetworkError', 'The server could not be reached');
    }
    if (!answer.ok) throw await failure(answer);
    return answer;
  }
}

async function body(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    throw new ApiError(answer.status, 'InvalidAnswer', 'The answer of the server could not be read', answer.headers.get('RequestId') ?? '');
  }
}

/** failure reads the error envelope; a body that is none becomes a plain error. */
async function failure(answer: Response): Promise<ApiError> {
  const requestId = answer.headers.get('RequestId') ?? '';
  const retryAfter = Number(answer.headers.get('Retry-After')) || 0;
  let said: { code?: string; message?: string; remedy?: string; rule?: string } = {};
  try {
    said = ((await answer.json()) as { error?: typeof said }).error ?? {};
  } catch {
    // The status alone says what happened.
  }
  return new ApiError(answer.status, said.code ?? 'ServerError', said.message ?? 'The server could not answer', requestId, retryAfter, said.remedy ?? '', said.rule ?? '');
}
