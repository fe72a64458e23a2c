// One embedding: configuration, token, definition, pages. It is the App of the protocol and
// what the screen shows. The token lives in a private field and goes nowhere but to the API.
import type { Api, Fetched } from './api';
import { Board } from './board';
import { ApiError, Level, loadError, notSupported, Refusal, visualError, type IError } from './errors';
import type { App } from './protocol-routes';
import { mergeSettings } from './settings';
import type { Definition, LoadConfig, Page, Settings, Visual } from './wire';

/** Trouble is why no report is shown. */
export interface Trouble {
  kind: 'expired' | 'denied' | 'used' | 'elsewhere' | 'revoked' | 'narrowed' | 'missing' | 'invalid' | 'unsupported' | 'offline';
  detail: string;
}

export type Phase = 'idle' | 'loading' | 'ready' | 'troubled';

export interface Host {
  event(name: string, body: unknown): void;
  /** Address of this page: its query carries locale settings. */
  address: URL;
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export class Session implements App {
  phase: Phase = 'idle';
  trouble: Trouble | undefined;
  definition: Definition | undefined;
  /** The token ran out while the report was open. */
  expired = false;
  readonly board: Board;

  #token = '';
  private config: LoadConfig = {};
  private current: Settings = {};
  private phased = false;
  private early: { key: string; answer: Promise<Fetched> } | undefined;
  private work: AbortController | undefined;
  private loadingKey = '';
  private requestId = '';
  private clock: ReturnType<typeof setTimeout> | undefined;
  private toldExpired = false;
  private listeners = new Set<() => void>();

  constructor(
    private readonly api: Api,
    private readonly host: Host,
  ) {
    this.board = new Board({
      query: (page, visual, slicers, signal) => this.api.query(this.#token, { report: this.definition?.id ?? '', page: page.name, visual: visual.name }, slicers, signal),
      changed: () => this.changed(),
      settled: () => this.host.event('rendered', { initiator: 'sdk' }),
      drawn: (visual) => this.visualRendered(visual),
      failed: (visual, error) => this.visualFailed(visual, error),
    });
  }

  /** subscribe calls a listener at each change, until what it returns is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // -- protocol -------------------------------------------------------------------------

  embeddedBy(origin: string): void {
    this.api.parent = origin;
  }

  preload(config: LoadConfig): void {
    if (problem(config)) return;
    const key = keyOf(config);
    if (this.early?.key === key || this.loadingKey === key) return;
    const answer = this.api.definition(config.accessToken ?? '', config.id ?? '', new AbortController().signal);
    answer.catch(() => undefined); // told by the load that follows
    this.early = { key, answer };
  }

  load(config: LoadConfig, phased: boolean): void {
    const key = keyOf(config);
    if (this.phase === 'loading' && this.loadingKey === key) {
      // What it asks of the server is under way already.
      this.config = config;
      this.current = config.settings ?? {};
      this.phased &&= phased;
      return;
    }
    this.config = config;
    this.current = config.settings ?? {};
    this.phased = phased;
    this.#token = config.accessToken ?? '';
    this.board.reset();
    this.definition = undefined;
    void this.fetch(key);
  }

  render(config: LoadConfig | undefined): void {
    if (config?.settings) this.current = mergeSettings(this.current, config.settings);
    if (config?.pageName) this.config = { ...this.config, pageName: config.pageName };
    const waited = this.phased;
    this.phased = false;
    if (this.phase === 'ready' && (waited || config)) this.show();
  }

  unsupported(what: string): void {
    this.work?.abort();
    this.stopClock();
    this.#token = '';
    this.config = {};
    this.definition = undefined;
    this.board.reset();
    this.fail({ kind: 'unsupported', detail: '' }, { ...notSupported(what).body, level: Level.fatal });
  }

  setToken(token: string): void {
    this.#token = token;
    this.config = { ...this.config, accessToken: token };
    this.expired = false;
    this.toldExpired = false;
    this.stopClock();
    if (this.phase === 'ready') {
      this.board.forgetOtherPages();
      this.board.retryParked();
      void this.renew();
    } else if (this.config.id) {
      void this.fetch(keyOf(this.config));
    }
    this.changed();
  }

  pages(): unknown[] {
    return this.ready().pages.map((page) => ({
      name: page.name,
      displayName: page.displayName,
      isActive: page.name === this.activePage()?.name,
      visibility: page.visibility ?? 0,
      defaultSize: { type: page.width === 1280 && page.height === 720 ? 0 : 4, width: page.width, height: page.height },
      defaultDisplayOption: { FitToWidth: 1, ActualSize: 2 }[page.displayOption ?? ''] ?? 0,
    }));
  }

  setPage(name: string): () => void {
    const page = this.ready().pages.find((p) => p.name === name);
    if (!page) throw new Refusal(400, { message: 'PageNotFound', detailedMessage: `no page is named ${name}`, errorCode: '400' });
    return () => this.turn(page, 'sdk');
  }

  visuals(name: string): unknown[] {
    const page = this.ready().pages.find((p) => p.name === name);
    if (!page) throw new Refusal(404, { message: 'PageNotFound', detailedMessage: `no page is named ${name}`, errorCode: '404' });
    return page.visuals.map((v) => ({
      name: v.name,
      title: v.title ?? '',
      type: v.type,
      layout: { x: v.x, y: v.y, z: v.z, width: v.width, height: v.height, displayState: { mode: v.hidden ? 1 : 0 } },
    }));
  }

  settings(): Settings {
    return this.current;
  }

  updateSettings(settings: Settings): void {
    this.current = mergeSettings(this.current, settings);
    this.changed();
  }

  refresh(): void {
    this.ready();
    this.board.refresh();
  }

  correlationId(): string {
    return this.requestId;
  }

  // -- screen ---------------------------------------------------------------------------

  /** activePage is the page on screen, or the one that will be once render is called. */
  activePage(): Page | undefined {
    return this.board.page ?? this.firstPage();
  }

  /** choosePage is a viewer's click on a tab. */
  choosePage(name: string): void {
    const page = this.definition?.pages.find((p) => p.name === name);
    if (page) this.turn(page, 'user');
  }

  /** retry loads the report again after a failure that may pass. */
  retry(): void {
    void this.fetch(keyOf(this.config));
  }

  /** locale is that of numbers and dates: the host's wish before the model's culture. */
  locale(): string {
    const asked = this.current.localeSettings;
    const query = this.host.address.searchParams;
    const wishes = [asked?.formatLocale, query.get('formatLocale'), asked?.language, query.get('language'), this.definition?.culture];
    for (const wish of wishes) {
      if (wish && valid(wish)) return wish;
    }
    return 'en-US';
  }

  // -- inside ---------------------------------------------------------------------------

  private async fetch(key: string): Promise<void> {
    this.work?.abort();
    this.stopClock();
    this.expired = this.toldExpired = false;
    const work = (this.work = new AbortController());
    const wrong = problem(this.config);
    if (wrong) {
      this.fail(wrong.trouble, wrong.error);
      return;
    }
    this.phase = 'loading';
    this.trouble = undefined;
    this.loadingKey = key;
    this.changed();
    try {
      const answer = this.early?.key === key ? this.early.answer : this.api.definition(this.#token, this.config.id ?? '', work.signal);
      this.early = undefined;
      const fetched = await answer;
      if (work.signal.aborted) return;
      this.arrived(fetched);
    } catch (error) {
      if (work.signal.aborted) return;
      const failure = error instanceof ApiError ? error : new ApiError(0, 'InternalError', 'The report could not be loaded');
      this.requestId = failure.requestId || this.requestId;
      this.fail(troubleOf(failure), loadError(failure));
    }
  }

  private arrived({ definition, requestId, livesFor }: Fetched): void {
    this.definition = definition;
    this.requestId = requestId;
    this.phase = 'ready';
    this.trouble = undefined;
    this.watchClock(livesFor);
    this.host.event('loaded', { initiator: 'sdk' });
    const { pageName } = this.config;
    if (pageName && !definition.pages.some((p) => p.name === pageName)) {
      this.host.event('error', { message: 'PageNotFound', detailedMessage: `no page is named ${pageName}`, level: Level.expected });
    }
    if (!this.phased) this.show();
    this.changed();
  }

  private show(): void {
    const page = this.firstPage();
    if (page) this.board.open(page);
  }

  private firstPage(): Page | undefined {
    const pages = this.definition?.pages ?? [];
    const named = (name: string | undefined) => pages.find((p) => p.name === name);
    return named(this.config.pageName) ?? named(this.definition?.activePage) ?? pages.find((p) => p.visibility !== 1) ?? pages[0];
  }

  private turn(page: Page, initiator: 'sdk' | 'user'): void {
    const old = this.activePage();
    if (old?.name === page.name) return;
    this.config = { ...this.config, pageName: page.name };
    if (!this.phased) this.board.open(page);
    const about = (p: Page) => ({ name: p.name, displayName: p.displayName });
    this.host.event('pageChanged', { initiator, newPage: about(page), ...(old && { oldPage: about(old) }) });
    this.changed();
  }

  /** renew learns how long a new token lives, and that it is good for this report. */
  private async renew(): Promise<void> {
    const token = this.#token;
    try {
      const { livesFor } = await this.api.definition(token, this.definition?.id ?? '', new AbortController().signal);
      if (token === this.#token) this.watchClock(livesFor);
    } catch (error) {
      if (token !== this.#token || !(error instanceof ApiError) || error.status === 0) return;
      if (error.expired) this.expire();
      this.host.event('error', loadError(error));
    }
  }

  private fail(trouble: Trouble, error: IError): void {
    this.phase = 'troubled';
    this.trouble = trouble;
    this.early = undefined;
    this.host.event('error', error);
    this.changed();
  }

  private visualFailed(visual: Visual, error: ApiError): void {
    if (error.expired) {
      this.expire();
      if (this.toldExpired) return;
      this.toldExpired = true;
    }
    this.host.event('error', visualError(error, visual.title ?? ''));
  }

  private visualRendered(visual: Visual): void {
    const { definition, board } = this;
    if (!this.current.visualRenderedEvents || !definition || !board.page) return;
    this.host.event('visualRendered', {
      report: { id: definition.id, displayName: definition.name },
      page: { name: board.page.name, displayName: board.page.displayName },
      visual: { name: visual.name, title: visual.title ?? '', type: visual.type },
    });
  }

  private expire(): void {
    this.expired = true;
    this.changed();
  }

  /** watchClock tells the viewer when the token runs out. Only the server decides that it has. */
  private watchClock(livesFor: number): void {
    this.stopClock();
    const longest = 2 ** 31 - 1;
    if (livesFor > 0 && livesFor < longest) this.clock = setTimeout(() => this.expire(), livesFor);
  }

  private stopClock(): void {
    clearTimeout(this.clock);
  }

  private ready(): Definition {
    if (this.phase !== 'ready' || !this.definition) {
      throw new Refusal(500, { message: 'ReportNotLoaded', detailedMessage: 'the report is not loaded', errorCode: '500' });
    }
    return this.definition;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function keyOf(config: LoadConfig): string {
  return JSON.stringify([config.id, config.accessToken, config.pageName]);
}

function valid(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length > 0;
  } catch {
    return false;
  }
}

/** problem finds what is wrong with a configuration before anything is asked of the server. */
function problem(config: LoadConfig): { trouble: Trouble; error: IError } | undefined {
  if (typeof config.accessToken !== 'string' || !config.accessToken || typeof config.id !== 'string' || !config.id) {
    const error = { message: 'Invalid parameters', detailedMessage: 'powerbiToken parameter not specified', level: Level.fatal };
    return { trouble: { kind: 'invalid', detail: '' }, error };
  }
  const what = unheeded(config);
  if (what) {
    return { trouble: { kind: 'unsupported', detail: what }, error: { ...notSupported(what).body, level: Level.fatal } };
  }
  if (!guid.test(config.id)) {
    const error = { message: 'LoadReportFailed', detailedMessage: 'Get report failed', errorCode: '500', level: Level.fatal };
    return { trouble: { kind: 'invalid', detail: '' }, error };
  }
  return undefined;
}

/** unheeded names what would restrict or replace the data. Dropping it silently would show wrong numbers. */
function unheeded(config: LoadConfig): string | undefined {
  if (config.type !== undefined && config.type !== 'report') return `embedding of type ${String(config.type).slice(0, 40)}`;
  return ['filters', 'slicers', 'bookmark', 'datasetBinding'].map((key) => (isSet(config[key]) ? `"${key}" at load` : undefined)).find(Boolean);
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** kinds are the rules of the server that people can be told about. */
const kinds: Record<string, Trouble['kind']> = { 'use-session': 'used', 'use-origin': 'elsewhere', 'token-revoked': 'revoked', narrow: 'narrowed' };

function troubleOf(error: ApiError): Trouble {
  const detail = [error.rule, error.requestId].filter(Boolean).join(' · ');
  const kind = error.status === 403 || error.status === 404 ? kinds[error.rule] : undefined;
  if (kind) return { kind, detail };
  switch (error.code) {
    case 'TokenExpired':
      return { kind: 'expired', detail };
    case 'PowerBIEntityNotFound':
      return { kind: 'missing', detail };
    case 'InvalidToken':
    case 'PowerBINotAuthorizedException':
    case 'RLSDenied':
      return { kind: 'denied', detail };
    default:
      return { kind: 'offline', detail };
  }
}
