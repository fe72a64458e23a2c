import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api } from '../src/api';
import { Session } from '../src/session';
import type { LoadConfig } from '../src/wire';

const id = '11111111-2222-4333-8444-555555555555';
const visual = (name: string, type: string) => ({ name, type, title: name, x: 0, y: 0, z: 0, width: 10, height: 10, roles: {}, options: {} });
const definition = {
  id,
  name: 'R',
  datasetId: 'd',
  expiration: '2030-01-01T01:00:00Z',
  permissions: 'View',
  culture: 'en-GB',
  activePage: 'one',
  pages: [
    { name: 'one', displayName: 'One', width: 1280, height: 720, visuals: [visual('s', 'slicer'), visual('t', 'tableEx'), visual('c', 'card')] },
    { name: 'two', displayName: 'Two', width: 1280, height: 720, visuals: [visual('x', 'tableEx'), visual('text', 'textbox')] },
  ],
};
const rows = { columns: [{ name: 'a', ref: 'a', role: 'Values', type: 'int64', group: true }], rows: [[1]], total: null, truncated: false };

interface Asked {
  path: string;
  token: string;
  body: any;
  headers: Record<string, string>;
}

/** setup makes a session whose server answers as decide says; by default all is well. */
function setup(decide: (asked: Asked) => { status?: number; body?: unknown } = () => ({})) {
  const asked: Asked[] = [];
  const events: [string, any][] = [];
  const fetch = (async (input: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    const one = { path: input, token: headers['Authorization'] ?? '', body: init.body ? JSON.parse(String(init.body)) : undefined, headers };
    asked.push(one);
    const { status = 200, body = input.endsWith('/query') ? rows : definition } = decide(one);
    return new Response(JSON.stringify(body), { status, headers: { RequestId: 'req-1', Date: 'Tue, 01 Jan 2030 00:00:00 GMT' } });
  }) as unknown as typeof globalThis.fetch;
  const session = new Session(new Api(fetch, 'https://app.example.com'), { event: (name, body) => void events.push([name, body]), address: new URL('https://x.example.com/reportEmbed') });
  // The screen draws whatever is ready, at once.
  session.subscribe(() => {
    for (const tile of [...session.board.tiles.values()]) session.board.drawn(tile.visual.name, tile.version);
  });
  return { session, asked, events, names: () => events.map(([name]) => name) };
}

const config = (more: Partial<LoadConfig> = {}): LoadConfig => ({ type: 'report', id, accessToken: 'tok1', ...more });
const refusal = (status: number, code: string) => ({ status, body: { error: { code, message: 'no' } } });

/** until lets everything that is under way happen, until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let n = 0; n < 500; n++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('the condition never held');
}

test('loaded comes before rendered, and the token goes into the header alone', async () => {
  const { session, asked, names } = setup();
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  assert.deepEqual(names(), ['loaded', 'rendered']);
  assert.equal(asked.length, 4);
  for (const { path, token, body } of asked) {
    assert.equal(token, 'EmbedToken tok1');
    assert.ok(!path.includes('tok1') && !JSON.stringify(body ?? '').includes('tok1'));
  }
});

test('a configuration that came early is not asked for twice', async () => {
  const { session, asked, names } = setup();
  session.preload(config());
  session.load(config(), false);
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  assert.equal(asked.filter((a) => !a.path.endsWith('/query')).length, 1);
  assert.equal(names().filter((n) => n === 'loaded').length, 1);
});

test('a phased load waits for render', async () => {
  const { session, asked, names } = setup();
  session.load(config(), true);
  await until(() => names().includes('loaded'));
  assert.equal(asked.length, 1);
  session.render(undefined);
  await until(() => names().includes('rendered'));
});

const failures: [string, { status: number; code: string }, Record<string, unknown>, string][] = [
  ['an expired token', { status: 403, code: 'TokenExpired' }, { message: 'TokenExpired', detailedMessage: 'Access token has expired, resubmit with a new access token', errorCode: '403', level: 6 }, 'expired'],
  ['a bad token', { status: 403, code: 'InvalidToken' }, { message: 'LoadReportFailed', detailedMessage: "Fail to initialize - Couldn't resolve cluster", errorCode: '403', level: 6 }, 'denied'],
  ['another report', { status: 403, code: 'PowerBINotAuthorizedException' }, { message: 'LoadReportFailed', detailedMessage: 'Get report failed', errorCode: '403', level: 6 }, 'denied'],
  ['a report that is gone', { status: 404, code: 'PowerBIEntityNotFound' }, { message: 'LoadReportFailed', detailedMessage: 'Get report failed', errorCode: '404', level: 6 }, 'missing'],
  ['a broken server', { status: 500, code: 'InternalError' }, { message: 'LoadReportFailed', detailedMessage: 'Get report failed', errorCode: '500', level: 6 }, 'offline'],
];

for (const [name, { status, code }, want, kind] of failures) {
  test(`${name} is an error event and a state of the page`, async () => {
    const { session, events } = setup(() => refusal(status, code));
    session.load(config(), false);
    await until(() => events.length > 0);
    assert.deepEqual(events, [['error', { ...want, technicalDetails: { requestId: 'req-1' } }]]);
    assert.equal(session.trouble?.kind, kind);
  });
}

const wrong: [string, LoadConfig, string, string | undefined][] = [
  ['no token', { type: 'report', id }, 'Invalid parameters', undefined],
  ['no id', { type: 'report', accessToken: 'x' }, 'Invalid parameters', undefined],
  ['an id that is no GUID', config({ id: 'abc' }), 'LoadReportFailed', '500'],
  ['filters that would be dropped', config({ filters: [{}] }), 'NotSupported', '400'],
  ['a bookmark that would be dropped', config({ bookmark: { name: 'b' } }), 'NotSupported', '400'],
  ['another dataset', config({ datasetBinding: { datasetId: 'd' } }), 'NotSupported', '400'],
  ['a single visual', config({ type: 'visual' }), 'NotSupported', '400'],
];

for (const [name, body, message, errorCode] of wrong) {
  test(`${name}: refused without asking the server`, () => {
    const { session, asked, events } = setup();
    session.load(body, false);
    assert.equal(asked.length, 0);
    assert.equal(events[0]?.[1].message, message);
    assert.equal(events[0]?.[1].errorCode, errorCode);
  });
}

test('a token that no header can carry is a bad token, and is in no error', async () => {
  const { session, asked, events } = setup();
  session.load(config({ accessToken: 'bad\ntoken' }), false);
  await until(() => events.length > 0);
  assert.equal(asked.length, 0);
  assert.ok(!JSON.stringify(events).includes('bad'));
});

test('a new token keeps page and selection, and what had failed runs again', async () => {
  let expired = false;
  const { session, asked, events, names } = setup(({ token }) => (expired && token.endsWith('tok1') ? refusal(403, 'TokenExpired') : {}));
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  expired = true;
  session.board.select('s', [1]);
  await until(() => session.expired);
  await until(() => asked.filter((a) => a.path.endsWith('/query')).length === 5);
  assert.equal(events.filter(([n, b]) => n === 'error' && b.message === 'TokenExpired').length, 1, 'told once');
  assert.ok([...session.board.tiles.values()].every((t) => t.phase === 'ready'), 'what was on screen stays');
  asked.length = 0;
  session.setToken('tok2');
  await until(() => names().filter((n) => n === 'rendered').length === 2);
  const queries = asked.filter((a) => a.path.endsWith('/query'));
  assert.equal(queries.length, 2);
  for (const q of queries) assert.deepEqual([q.token, q.body], ['EmbedToken tok2', { slicers: [{ visual: 's', values: [1] }] }]);
  assert.equal(session.expired, false);
  assert.equal(session.activePage()?.name, 'one');
});

test('a new token after a failed load loads', async () => {
  const { session, names } = setup(({ token }) => (token.endsWith('tok1') ? refusal(403, 'TokenExpired') : {}));
  session.load(config(), false);
  await until(() => names().includes('error'));
  session.setToken('tok2');
  await until(() => names().includes('rendered'));
  assert.deepEqual(names(), ['error', 'loaded', 'rendered']);
});

test('turning the page tells so, and drops answers of the old one', async () => {
  const { session, events, names } = setup();
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  session.setPage('two')();
  await until(() => names().filter((n) => n === 'rendered').length === 2);
  assert.deepEqual(events.find(([n]) => n === 'pageChanged')?.[1], { initiator: 'sdk', newPage: { name: 'two', displayName: 'Two' }, oldPage: { name: 'one', displayName: 'One' } });
  assert.deepEqual((session.pages() as { name: string; isActive: boolean }[]).map((p) => p.isActive), [false, true]);
  assert.throws(() => session.setPage('three'), /PageNotFound/);
});

test('the page that is asked for is opened; an unknown one is named', async () => {
  const { session, names, events } = setup();
  session.load(config({ pageName: 'two' }), false);
  await until(() => names().includes('rendered'));
  assert.equal(session.activePage()?.name, 'two');
  session.load(config({ pageName: 'nowhere' }), false);
  await until(() => names().filter((n) => n === 'rendered').length === 2);
  assert.equal(session.activePage()?.name, 'one');
  assert.equal(events.find(([n]) => n === 'error')?.[1].message, 'PageNotFound');
});

test('a visual that fails shows why, and the others are rendered', async () => {
  const { session, events, names } = setup(({ path }) => (path.includes('/t/') ? refusal(400, 'NotSupported') : {}));
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  assert.equal(session.board.tiles.get('t')?.phase, 'failed');
  assert.match(events.find(([n]) => n === 'error')?.[1].detailedMessage, /Couldn't render a report visual titled: t/);
});

test('an emptied slicer is sent, because it undoes a saved choice', async () => {
  const { session, asked, names } = setup();
  session.load(config(), false);
  await until(() => names().includes('rendered'));
  session.board.select('s', []);
  await until(() => names().filter((n) => n === 'rendered').length === 2);
  assert.deepEqual(asked.at(-1)?.body, { slicers: [{ visual: 's', values: [] }] });
  assert.ok(!asked.slice(4).some((a) => a.path.includes('/s/')), 'a slicer does not filter itself');
});

test('before it is loaded nothing can be asked of a report', () => {
  const { session } = setup();
  for (const ask of [() => session.pages(), () => session.visuals('one'), () => session.refresh()]) assert.throws(ask, /ReportNotLoaded/);
});

test('the locale is the host\'s wish, else the model\'s culture', async () => {
  const { session, names } = setup();
  session.load(config({ settings: { localeSettings: { language: 'no such', formatLocale: 'de-DE' } } }), false);
  assert.equal(session.locale(), 'de-DE');
  session.load(config(), false);
  await until(() => names().includes('loaded'));
  assert.equal(session.locale(), 'en-GB');
});

test('every request says which page asks, for whom it was served and who embeds it', async () => {
  const first = setup();
  first.session.embeddedBy('https://app.example.com');
  first.session.load(config(), false);
  await until(() => first.asked.length >= 4);
  const told = first.asked.map(({ headers }) => [headers['X-Inlay-Session'], headers['X-Inlay-Parent'], headers['X-Inlay-Frame']]);
  const [secret] = told[0] ?? [];
  assert.match(secret ?? '', /^[A-Za-z0-9_-]{43}$/);
  for (const one of told) assert.deepEqual(one, [secret, 'https://app.example.com', 'https://app.example.com']);

  const second = setup();
  second.session.load(config(), false);
  await until(() => second.asked.length > 0);
  assert.notEqual(second.asked[0]?.headers['X-Inlay-Session'], secret);
  assert.equal(second.asked[0]?.headers['X-Inlay-Parent'], undefined);
});
