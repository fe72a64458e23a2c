// The transport between the host page and this page: which messages are taken, to whom they
// are answered, and how events travel. What a message does stands in protocol-routes.ts.
//
// The SDK has no timeouts, so every request is answered, whatever happens.
import { Refusal, type IError } from './errors';
import { match, routes, type App } from './protocol-routes';

/** Message is the part of a MessageEvent that is read. */
export interface Message {
  data: unknown;
  origin: string;
  source: unknown;
}

/** Peer is a window as far as it is posted to. */
export interface Peer {
  postMessage(message: unknown, targetOrigin: string): void;
}

export interface Setup {
  /** Hands over the messages that came before, then delivers each new one. */
  inbox: (listener: (event: Message) => void) => void;
  parent: Peer;
  app: App;
}

export interface EmbedRouter {
  start(): void;
  /** event tells the host something. It waits for no answer: in a sandboxed host none comes. */
  event(name: string, body: unknown): void;
}

interface Request {
  method: string;
  url: string;
  headers: Record<string, unknown>;
  body: unknown;
}

/** Event routes by the first part of the request that loaded; everything else is a report. */
const places: Record<string, string> = { dashboard: 'dashboards', tile: 'tile', qna: 'qna' };

/** createEmbedRouter answers the requests of the window that embeds this one, and of no other. */
export function createEmbedRouter({ inbox, parent, app }: Setup): EmbedRouter {
  const table = routes(app);
  let pinned: string | undefined;
  let uid = '';
  let place = 'reports';
  let sent = 0;

  function post(message: unknown, origin: string): void {
    // A sandboxed host has the origin 'null', to which nothing can be addressed.
    parent.postMessage(message, origin === 'null' ? '*' : origin);
  }

  function receive(event: Message): void {
    if (event.source !== parent || (pinned !== undefined && event.origin !== pinned)) return;
    const request = read(event.data);
    if (!request) return;
    const id = request.headers['id'];
    const reply = (statusCode: number, body?: unknown) => post({ statusCode, headers: { id }, body }, event.origin);
    try {
      const found = match(table, request.method, request.url);
      if (!found) {
        reply(404, unknown(request));
        return;
      }
      if (found.route.carriesToken && pinned === undefined) {
        pinned = event.origin;
        app.embeddedBy(pinned);
      }
      if (found.route.starts) {
        // The uid of the address is stale after the first re-embedding; the header never is.
        uid = text(request.headers['uid']) || uid;
        place = places[request.url.replace(/^\//, '').split('/')[0] ?? ''] ?? 'reports';
      }
      const answer = found.route.run({ params: found.params, body: request.body });
      reply(answer.status, answer.body);
      answer.then?.();
    } catch (error) {
      if (error instanceof Refusal) reply(error.status, error.body);
      else reply(500, { message: 'InternalError', detailedMessage: 'the embed page could not carry out the request', errorCode: '500' } satisfies IError);
    }
  }

  return {
    start: () => inbox(receive),
    event(name, body) {
      if (!uid || pinned === undefined) return;
      sent += 1;
      post({ method: 'POST', url: `/${place}/${uid}/events/${name}`, headers: { id: `inlay-${sent}` }, body }, pinned);
    },
  };
}

/** read takes a request apart; answers of the SDK to events and foreign messages are none. */
function read(data: unknown): Request | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { method, url, headers, body } = data as Record<string, unknown>;
  if (typeof method !== 'string' || typeof url !== 'string') return undefined;
  if (typeof headers !== 'object' || headers === null) return undefined;
  return { method: method.toUpperCase(), url, headers: headers as Record<string, unknown>, body };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unknown(request: Request): IError {
  return {
    message: 'NotSupported',
    detailedMessage: `${request.method} ${request.url.slice(0, 200)} is not supported`,
    errorCode: '404',
  };
}
