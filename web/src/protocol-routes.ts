// The requests of the SDK (powerbi-client, src/report.ts and src/page.ts) and what each one asks of the page.
import { notSupported, Refusal } from './errors';
import type { LoadConfig, Settings } from './wire';

/** App is the page as the protocol sees it. Its methods throw a Refusal when they cannot. */
export interface App {
  /** Tells the origin of the window that embeds the page, before that window's first token is used. */
  embeddedBy(origin: string): void;
  preload(config: LoadConfig): void;
  load(config: LoadConfig, phased: boolean): void;
  render(config: LoadConfig | undefined): void;
  unsupported(what: string): void;
  setToken(token: string): void;
  pages(): unknown[];
  setPage(name: string): () => void;
  visuals(page: string): unknown[];
  settings(): Settings;
  updateSettings(settings: Settings): void;
  refresh(): void;
  correlationId(): string;
}

export interface Call {
  params: string[];
  body: unknown;
}

export interface Answer {
  status: number;
  body?: unknown;
  /** What is done once the answer is on its way. */
  then?: () => void;
}

export interface Route {
  method: string;
  url: RegExp;
  run: (call: Call) => Answer;
  /** The body holds a token: the first such request settles whom the page talks to. */
  carriesToken?: boolean;
  /** The request begins an embedding: its uid names the receiver of events. */
  starts?: boolean;
}

/** match finds the route of a request. Names in urls are not encoded by the SDK, so a parameter may hold anything. */
export function match(table: Route[], method: string, url: string): { route: Route; params: string[] } | undefined {
  const path = '/' + url.replace(/^\//, '');
  for (const route of table) {
    const found = route.method === method && route.url.exec(path);
    if (found) return { route, params: found.slice(1) };
  }
  return undefined;
}

/** routes is the table of requests, most special first. */
export function routes(app: App): Route[] {
  return [...lifecycle(app), ...report(app), ...pages(app), ...refused()];
}

function lifecycle(app: App): Route[] {
  const begin = { carriesToken: true, starts: true };
  return [
    // The configuration comes early and then again with the load that follows, phased or not.
    { ...begin, ...post('/frontload/config', ({ body }) => accepted(() => app.preload(config(body)))) },
    { ...begin, ...post('/report/load', ({ body }) => start(config(body), (c) => app.load(c, false))) },
    { ...begin, ...post('/report/prepare', ({ body }) => start(config(body), (c) => app.load(c, true))) },
    post('/report/render', ({ body }) => start(body === undefined || body === null ? undefined : config(body), (c) => app.render(c))),
    { carriesToken: true, ...post('/report/token', ({ body }) => accepted(() => app.setToken(token(body)))) },
    ...['/report/create', '/quickcreate', '/dashboard/load', '/dashboard/prepare', '/tile/load', '/qna/load', '/qna/prepare'].map((url) => ({
      ...begin,
      ...post(url, () => ({ status: 202, body: {}, then: () => app.unsupported(url) })),
    })),
    get('/getCorrelationId', () => ok(app.correlationId())),
  ];
}

function report(app: App): Route[] {
  return [
    get('/report/settings', () => ok(app.settings())),
    { method: 'PATCH', url: exact('/report/settings'), run: ({ body }) => accepted(() => app.updateSettings(record(body, 'settings') as Settings)) },
    get('/report/hasUnsavedChanges', () => ok(false)),
    post('/report/switchMode/view', () => ({ status: 202, body: {} })),
    post('/report/closeAllOverlays', () => ({ status: 202, body: {} })),
    // The SDK hands the body on as the result, and refresh() has none.
    post('/report/refresh', () => {
      app.refresh();
      return { status: 202 };
    }),
  ];
}

function pages(app: App): Route[] {
  return [
    get('/report/pages', () => ok(app.pages())),
    {
      method: 'PUT',
      url: exact('/report/pages/active'),
      run({ body }) {
        const { name } = record(body, 'page');
        if (typeof name !== 'string' || name === '') throw invalid('page has no name');
        return { status: 202, body: {}, then: app.setPage(name) };
      },
    },
    { method: 'GET', url: /^\/report\/pages\/(.+)\/visuals$/, run: ({ params }) => ok(app.visuals(params[0] ?? '')) },
    // Nothing can be filtered by the host yet (setting a filter is refused), so this is the truth.
    get('/report/filters', () => ok([])),
    { method: 'GET', url: /^\/report\/pages\/.+\/filters$/, run: () => ok([]) },
  ];
}

/** refused are requests of the SDK that are known and not carried out: 400, where the unknown is 404. */
function refused(): Route[] {
  const known = /^\/(report\/(filters|pages|addPage|zoom|switchMode|print|clearSelectedVisuals|save|saveAs|theme|bookmarks|userState|isUserStateApplied|availableVisualTypes|visuals)|qna\/interpret|dashboard\/token|tile\/token)(\/.*)?$/;
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
    method,
    url: known,
    run({ params }) {
      throw notSupported(`${method} /${params[0] ?? ''}${params[2] ?? ''}`.slice(0, 200));
    },
  }));
}

function get(url: string, run: Route['run']): Route {
  return { method: 'GET', url: exact(url), run };
}

function post(url: string, run: Route['run']): Route {
  return { method: 'POST', url: exact(url), run };
}

function exact(url: string): RegExp {
  return new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** accepted carries a command out before it is answered, so that what it refuses is refused. */
function accepted(run: () => void): Answer {
  run();
  return { status: 202, body: {} };
}

/** start answers first: what comes of a load is told by events, never by the answer. */
function start<T>(value: T, run: (value: T) => void): Answer {
  return { status: 202, body: {}, then: () => run(value) };
}

function config(body: unknown): LoadConfig {
  return record(body, 'configuration') as LoadConfig;
}

function token(body: unknown): string {
  if (typeof body !== 'string' || body === '') throw invalid('access token is not a text');
  return body;
}

function record(body: unknown, what: string): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid(`${what} is not an object`);
  return body as Record<string, unknown>;
}

function invalid(what: string): Refusal {
  return new Refusal(400, { message: 'Invalid parameters', detailedMessage: what, errorCode: '400' });
}
