// One side of the demo: a viewer, the token that was asked for it, and the embedded report.
// The report is embedded by Microsoft's client as any application would do it.

export interface Viewer {
  id: string;
  label: string;
  description: string;
  username: string;
  roles: string[];
}

export interface Config {
  reportName: string;
  reportId: string;
  viewers: Viewer[];
  left: string;
  right: string;
}

/** Exchange is a token request and its answer, as the application's back end saw them. */
export interface Exchange {
  request: { method: string; url: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
  embed: { reportId: string; embedUrl: string; accessToken: string; expiration: string };
}

export interface Entry {
  at: Date;
  name: string;
  detail: string;
}

interface Report {
  on(name: string, listener: (event: { detail?: Record<string, unknown> }) => void): void;
  off(name: string): void;
  setAccessToken(token: string): Promise<void>;
}

declare global {
  interface Window {
    powerbi: { embed(element: HTMLElement, config: Record<string, unknown>): Report; reset(element: HTMLElement): void };
  }
}

const renewBefore = 120_000;
const kept = 40;

/** Side keeps one report embedded and its token fresh. */
export class Side {
  viewer: string;
  shown: Pick<Exchange, 'request' | 'response'> | undefined;
  expires: number | undefined;
  error = '';
  entries: Entry[] = [];
  renewals = 0;
  private report: Report | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor(
    viewer: string,
    private readonly changed: () => void,
  ) {
    this.viewer = viewer;
  }

  /** open asks for a token and embeds the report for the chosen viewer. */
  async open(element: HTMLElement): Promise<void> {
    const turn = ++this.turn;
    clearTimeout(this.timer);
    this.error = '';
    this.changed();
    const exchange = await this.ask(turn);
    if (!exchange) return;
    const started = performance.now();
    window.powerbi.reset(element);
    this.report = window.powerbi.embed(element, {
      type: 'report',
      id: exchange.embed.reportId,
      embedUrl: exchange.embed.embedUrl,
      accessToken: exchange.embed.accessToken,
      tokenType: 1,
      settings: { panes: { filters: { visible: false } } },
    });
    this.listen(this.report, started);
  }

  /** renew hands the report a new token; page and slicers stay as they are. */
  async renew(): Promise<void> {
    const turn = this.turn;
    const exchange = await this.ask(turn);
    if (!exchange || !this.report) return;
    try {
      await this.report.setAccessToken(exchange.embed.accessToken);
      this.renewals += 1;
      this.note('token renewed', 'setAccessToken');
    } catch {
      this.note('error', 'the report did not take the new token');
    }
  }

  private async ask(turn: number): Promise<Exchange | undefined> {
    try {
      const answer = await fetch('/demo/token', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ viewer: this.viewer }),
        credentials: 'same-origin',
      });
      if (!answer.ok) throw new Error(await reason(answer));
      const exchange = (await answer.json()) as Exchange;
      if (turn !== this.turn) return undefined;
      this.shown = { request: exchange.request, response: exchange.response };
      this.schedule(Date.parse(exchange.embed.expiration));
      this.changed();
      return exchange;
    } catch (error) {
      if (turn !== this.turn) return undefined;
      this.error = error instanceof Error ? error.message : 'the token request failed';
      this.note('error', this.error);
      return undefined;
    }
  }

  private schedule(expires: number): void {
    this.expires = expires;
    clearTimeout(this.timer);
    const left = expires - Date.now();
    if (Number.isNaN(left)) return;
    // A token that lives shorter than that is renewed half way.
    this.timer = setTimeout(() => void this.renew(), Math.max(5000, left > 2 * renewBefore ? left - renewBefore : left / 2));
  }

  private listen(report: Report, started: number): void {
    const took = () => `${Math.round(performance.now() - started)} ms`;
    let first = true;
    const say: Record<string, (detail: Record<string, unknown>) => string> = {
      loaded: took,
      rendered: () => (first ? ((first = false), took()) : ''),
      pageChanged: (detail) => (detail['newPage'] as { displayName?: string } | undefined)?.displayName ?? '',
      error: (detail) => [detail['message'], detail['detailedMessage']].filter(Boolean).join(': '),
    };
    for (const [name, text] of Object.entries(say)) {
      report.off(name);
      report.on(name, (event) => this.note(name, text(event.detail ?? {})));
    }
  }

  private note(name: string, detail: string): void {
    this.entries = [{ at: new Date(), name, detail }, ...this.entries].slice(0, kept);
    this.changed();
  }
}

async function reason(answer: Response): Promise<string> {
  try {
    const { error } = (await answer.json()) as { error?: { message?: string; code?: string } };
    return error?.message || error?.code || `the token request was answered with ${answer.status}`;
  } catch {
    return `the token request was answered with ${answer.status}`;
  }
}

/** shortened is a value for display, without the part of a token that would be worth stealing. */
export function shortened(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    const secret = /token|secret|password|authorization|assertion/i.test(name) && !/^token(Id|Type)$|Expir/i.test(name);
    return secret && value.length > 24 ? `${value.slice(0, 12)}… (${value.length} characters)` : value;
  }
  if (Array.isArray(value)) return value.map((v) => shortened(v, name));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shortened(v, k)]));
  }
  return value;
}

/** remaining is a countdown: 59:03, or 1:02:03. */
export function remaining(expires: number, now: number): string {
  const seconds = Math.max(0, Math.round((expires - now) / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
