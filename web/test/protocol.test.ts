import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../src/errors';
import { createEmbedRouter, type Message } from '../src/protocol';
import type { App } from '../src/protocol-routes';

type Sent = { message: Record<string, any>; origin: string };

function set(overrides: Partial<App> = {}) {
  const sent: Sent[] = [];
  const calls: unknown[][] = [];
  const parent = { postMessage: (message: unknown, origin: string) => void sent.push({ message: message as Sent['message'], origin }) };
  const call = (name: string) => (...args: unknown[]) => void calls.push([name, ...args]);
  const app: App = {
    embeddedBy: () => undefined,
    preload: call('preload'),
    load: call('load'),
    render: call('render'),
    unsupported: call('unsupported'),
    setToken: call('setToken'),
    pages: () => [{ name: 'one' }],
    setPage: (name) => {
      if (name === 'none') throw new Refusal(400, { message: 'PageNotFound' });
      return () => calls.push(['setPage', name]);
    },
    visuals: (page) => [{ page }],
    settings: () => ({ background: 1 }),
    updateSettings: call('updateSettings'),
    refresh: call('refresh'),
    correlationId: () => 'abc',
    ...overrides,
  };
  let deliver: (event: Message) => void = () => undefined;
  const router = createEmbedRouter({ inbox: (listener) => (deliver = listener), parent, app });
  router.start();
  const say = (data: unknown, origin = 'https://app.example.com', source: unknown = parent) => deliver({ data, origin, source });
  const ask = (method: string, url: string, body?: unknown, headers: Record<string, unknown> = {}) => {
    say({ method, url, body, headers: { id: 'i', uid: 'u1', ...headers } });
    return sent.at(-1)?.message;
  };
  return { sent, calls, router, say, ask };
}

test('the page learns who embeds it before the first token is used, and once', () => {
  const order: string[] = [];
  const { say } = set({ embeddedBy: (origin) => void order.push(origin), load: () => void order.push('load'), setToken: () => void order.push('token') });
  say({ method: 'POST', url: '/report/load', headers: { id: 'i', uid: 'u' }, body: {} });
  say({ method: 'POST', url: '/report/token', headers: { id: 'i' }, body: 'stolen' }, 'https://evil.example.net');
  say({ method: 'POST', url: '/report/token', headers: { id: 'i' }, body: 'new' });
  assert.deepEqual(order, ['https://app.example.com', 'load', 'token']);
});

test('a load is answered at once, then carried out', () => {
  const { sent, calls, ask, router } = set();
  assert.deepEqual(ask('POST', '/report/load', { id: 'x' }), { statusCode: 202, headers: { id: 'i' }, body: {} });
  assert.equal(sent[0]?.origin, 'https://app.example.com');
  assert.deepEqual(calls, [['load', { id: 'x' }, false]]);
  router.event('loaded', {});
  assert.equal(sent[1]?.message.url, '/reports/u1/events/loaded');
});

test('the uid is that of the latest load', () => {
  const { sent, ask, router } = set();
  ask('POST', '/report/load', {});
  ask('POST', '/report/load', {}, { uid: 'u2' });
  ask('GET', '/report/pages', undefined, { uid: 'stale' });
  router.event('loaded', {});
  assert.equal(sent.at(-1)?.message.url, '/reports/u2/events/loaded');
});

test('nobody but the parent is heard, and after the first load only its origin', () => {
  const { sent, say, ask } = set();
  say({ method: 'GET', url: '/report/pages', headers: { id: 'i' } }, 'https://app.example.com', {});
  assert.equal(sent.length, 0);
  ask('POST', '/report/load', {});
  say({ method: 'POST', url: '/report/token', headers: { id: 'i' }, body: 'stolen' }, 'https://evil.example.net');
  assert.equal(sent.length, 1);
});

test('a host without an origin is answered with *', () => {
  const { sent, say, router } = set();
  say({ method: 'POST', url: '/report/load', headers: { id: 'i', uid: 'u' }, body: {} }, 'null');
  router.event('loaded', {});
  assert.deepEqual(sent.map((s) => s.origin), ['*', '*']);
});

test('before a load there is nobody to tell', () => {
  const { sent, router } = set();
  router.event('loaded', {});
  assert.equal(sent.length, 0);
});

test('what cannot be understood is ignored: answers of the SDK, foreign messages', () => {
  const { sent, say } = set();
  for (const data of [null, 'x', 5, {}, { statusCode: 200, headers: { id: 'i' } }, { method: 'GET', url: '/x' }, { method: 'GET', url: '/x', headers: null }]) say(data);
  assert.equal(sent.length, 0);
});

const statuses: [string, string, unknown, number][] = [
  ['GET', '/report/pages', undefined, 200],
  ['GET', 'report/pages', undefined, 200],
  ['PUT', '/report/pages/active', { name: 'one' }, 202],
  ['PUT', '/report/pages/active', { name: 'none' }, 400],
  ['PUT', '/report/pages/active', null, 400],
  ['GET', '/report/pages/a/b c/visuals', undefined, 200],
  ['GET', '/report/filters', undefined, 200],
  ['GET', '/report/pages/p/filters', undefined, 200],
  ['GET', '/report/pages/p/visuals/v/filters', undefined, 200],
  ['PUT', '/report/filters', [], 400],
  ['POST', '/report/filters', {}, 400],
  ['PATCH', '/report/settings', {}, 202],
  ['PATCH', '/report/settings', 'x', 400],
  ['GET', '/report/settings', undefined, 200],
  ['GET', '/report/hasUnsavedChanges', undefined, 200],
  ['POST', '/report/switchMode/view', null, 202],
  ['POST', '/report/switchMode/edit', null, 400],
  ['POST', '/report/token', 'abc', 202],
  ['POST', '/report/token', '', 400],
  ['POST', '/report/token', { token: 'x' }, 400],
  ['POST', '/report/render', undefined, 202],
  ['POST', '/report/load', 'x', 400],
  ['POST', '/report/print', null, 400],
  ['GET', '/report/bookmarks', undefined, 400],
  ['PUT', '/report/theme', {}, 400],
  ['POST', '/report/pages/p/visuals/v/exportData', {}, 400],
  ['PUT', '/report/pages/p/visuals/v/slicer', {}, 400],
  ['DELETE', '/report/pages/p', {}, 400],
  ['GET', '/report/zoom', undefined, 400],
  ['GET', '/getCorrelationId', undefined, 200],
  ['GET', '/nothing/like/this', undefined, 404],
  ['BREW', '/report/pages', undefined, 404],
];

for (const [method, url, body, status] of statuses) {
  test(`${method} ${url} ${JSON.stringify(body)} is answered with ${status}`, () => {
    const { ask, sent } = set();
    const answer = ask(method, url, body);
    assert.equal(sent.length, 1);
    assert.equal(answer?.statusCode, status);
    if (status >= 400) assert.equal(typeof answer?.body.message, 'string');
  });
}

test('refresh has no body, because the SDK hands it on', () => {
  assert.equal(set().ask('POST', '/report/refresh', null)?.body, undefined);
});

test('parameters are taken as they stand, encoded or not', () => {
  assert.deepEqual(set().ask('GET', '/report/pages/a/b c/visuals')?.body, [{ page: 'a/b c' }]);
});

test('a handler that breaks is answered too, without its text', () => {
  const { ask } = set({
    pages: () => {
      throw new Error('secret-token');
    },
  });
  const answer = ask('GET', '/report/pages');
  assert.equal(answer?.statusCode, 500);
  assert.ok(!JSON.stringify(answer).includes('secret'));
});

test('other kinds of content are told so by their own events', () => {
  for (const [url, event] of [['/dashboard/load', '/dashboards/u1/events/error'], ['/tile/load', '/tile/u1/events/error'], ['/qna/load', '/qna/u1/events/error'], ['/report/create', '/reports/u1/events/error'], ['/quickcreate', '/reports/u1/events/error']] as const) {
    const { ask, router, calls, sent } = set();
    assert.equal(ask('POST', url, {})?.statusCode, 202);
    assert.deepEqual(calls, [['unsupported', url]]);
    router.event('error', {});
    assert.equal(sent.at(-1)?.message.url, event);
  }
});
