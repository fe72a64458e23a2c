// The embed page in a real browser, driven by Microsoft's unmodified client in three ways:
// the last version without a check of addresses, the newest with the shim, and the newest with
// *.powerbi.com resolved to the server. INLAY_E2E_TARGET names a module like fixture-target.mjs
// to run all of it against another server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';
import { serveHost } from './host.mjs';

const { start } = await import(process.env.INLAY_E2E_TARGET ? pathToFileURL(process.env.INLAY_E2E_TARGET).href : './fixture-target.mjs');
const host = await serveHost();
const target = await start({ hostOrigin: host.origin });
const browser = await launch(['--ignore-certificate-errors', `--host-resolver-rules=MAP *.powerbi.com 127.0.0.1:${target.tlsPort}`]);

after(async () => {
  await browser.close();
  host.close();
  await target.close();
});

const modes = [
  { name: 'powerbi-client 2.22.4 over http', sdk: '2.22.4', embed: target.base },
  { name: 'powerbi-client 2.24.1 with the shim over http', sdk: '2.24.1', embed: target.base, shim: `${target.base}/inlay-embed.js` },
  { name: 'powerbi-client 2.24.1 at app.powerbi.com over TLS', sdk: '2.24.1', embed: 'https://app.powerbi.com' },
];

/** Visit is a host page with everything that it and its frames said. */
class Visit {
  log = [];
  urls = [];

  static async open(mode, path = '/host') {
    const visit = new Visit();
    visit.mode = mode;
    visit.context = await browser.newContext({ viewport: { width: 1280, height: 760 }, ignoreHTTPSErrors: true });
    visit.page = await visit.context.newPage();
    visit.page.setDefaultTimeout(20_000);
    visit.page.on('console', (m) => visit.log.push(m.text()));
    visit.page.on('pageerror', (e) => visit.log.push(`uncaught: ${e.message}`));
    visit.page.on('request', (r) => visit.urls.push(r.url()));
    const query = new URLSearchParams({ sdk: mode.sdk, ...(mode.shim && { shim: mode.shim }) });
    await visit.page.goto(`${host.origin}${path}?${query}`);
    visit.host = path === '/sandboxed' ? await visit.frameOf(/\/host\?/) : visit.page.mainFrame();
    await visit.host.waitForFunction(() => typeof window.listen === 'function');
    return visit;
  }

  async frameOf(pattern) {
    for (;;) {
      const frame = this.page.frames().find((f) => pattern.test(f.url()));
      if (frame) return frame;
      await this.page.waitForEvent('framenavigated');
    }
  }

  config(token, more = {}) {
    return { type: 'report', id: target.reportId, embedUrl: `${this.mode.embed}/reportEmbed?reportId=${target.reportId}`, accessToken: token, tokenType: 1, ...more };
  }

  async embed(token, more) {
    await this.host.evaluate((config) => void listen(powerbi.embed(place, config)), this.config(token, more));
  }

  /** event waits for the nth event of a name and returns its detail. */
  async event(name, nth = 1) {
    await this.host.waitForFunction(([name, nth]) => count(name) >= nth, [name, nth]);
    return this.host.evaluate(([name, nth]) => seen.filter((e) => e.name === name)[nth - 1].detail, [name, nth]);
  }

  count(name) {
    return this.host.evaluate((name) => count(name), name);
  }

  call(method, ...args) {
    return this.host.evaluate(async ([method, args]) => JSON.parse(JSON.stringify((await report[method](...args)) ?? null, (k, v) => (k === 'report' || k === 'page' ? undefined : v))), [method, args]);
  }

  get frame() {
    return this.host.childFrames()[0];
  }

  card() {
    return this.frame.locator(`[data-visual="${target.card.visual}"] dd[aria-label^="${target.card.name}: "]`);
  }

  /** shows waits until the card shows a total. */
  async shows(total) {
    await this.card().and(this.frame.locator(`[aria-label="${target.card.name}: ${written(total)}"]`)).waitFor();
  }

  async choose() {
    const slicer = this.frame.locator(`[data-visual="${target.choice.visual}"]`);
    await slicer.locator('.chooser').click();
    await slicer.getByRole('option', { name: target.choice.option, exact: true }).click();
    await this.frame.locator('body').press('Escape');
  }

  async close() {
    // In a host without an origin the SDK cannot answer our events, and throws; that is its own.
    const own = /Invalid target origin 'null'/;
    const blocked = this.log.filter((line) => /content security policy|uncaught/i.test(line) && !own.test(line));
    await this.context.close();
    assert.deepEqual(blocked, []);
  }
}

/** written is a total as the card writes it; a target may know better. */
function written(total) {
  return target.written?.(total) ?? `$${Math.round(total).toLocaleString('en-US')}`;
}

/** visiting opens a host page for a test and closes it, whatever happens. */
const visiting = (mode, run, path) => async () => {
  const visit = await Visit.open(mode, path);
  try {
    await run(visit);
  } catch (error) {
    await visit.context.close();
    throw error;
  }
  await visit.close();
};

for (const mode of modes) {
  describe(mode.name, () => {
    test('loaded, then rendered, and the total of the viewer', visiting(mode, async (v) => {
      const token = await target.token({});
      await v.embed(token);
      await v.event('rendered');
      assert.deepEqual((await v.host.evaluate(() => seen.map((e) => e.name))).slice(0, 2), ['loaded', 'rendered']);
      await v.shows(await target.total('a'));
      await noToken(v, token);
    }));

    test('pages and visuals can be asked for in the loaded handler', visiting(mode, async (v) => {
      await v.host.evaluate((config) => {
        const report = listen(powerbi.embed(place, config));
        window.early = new Promise((ok, no) => report.on('loaded', () => report.getPages().then((pages) => ok(pages.map(({ name, displayName, isActive }) => ({ name, displayName, isActive }))), no)));
      }, v.config(await target.token({})));
      const pages = await v.host.evaluate(() => window.early);
      assert.ok(pages.length >= 2);
      assert.equal(pages.filter((p) => p.isActive).length, 1);
      const visuals = await v.host.evaluate(async () => (await (await report.getActivePage()).getVisuals()).map(({ name, type, layout }) => ({ name, type, layout })));
      assert.ok(visuals.some((x) => x.name === target.card.visual));
      assert.equal(typeof visuals[0].layout.width, 'number');
    }));

    test('setPage turns the page, and so does a click on its tab', visiting(mode, async (v) => {
      await v.embed(await target.token({}));
      await v.event('rendered');
      const [first, second] = await v.call('getPages');
      await v.call('setPage', second.name);
      assert.deepEqual((await v.event('pageChanged')).newPage, { name: second.name, displayName: second.displayName });
      assert.equal((await v.call('getActivePage')).name, second.name);
      await v.event('rendered', 2);
      await v.frame.getByRole('tab', { name: first.displayName, exact: true }).click();
      assert.equal((await v.event('pageChanged', 2)).initiator, 'user');
      await v.frame.getByRole('tab', { name: first.displayName, exact: true }).press('ArrowRight');
      assert.equal((await v.event('pageChanged', 3)).newPage.name, second.name);
      await assert.rejects(v.call('setPage', 'no such page'));
    }));

    test('settings change what is shown', visiting(mode, async (v) => {
      await v.embed(await target.token({}), { settings: { panes: { filters: { visible: false } }, visualRenderedEvents: true } });
      await v.event('rendered');
      assert.ok((await v.count('visualRendered')) > 1);
      const tabs = v.frame.getByRole('tablist');
      await tabs.waitFor();
      await v.call('updateSettings', { panes: { pageNavigation: { visible: false } } });
      await tabs.waitFor({ state: 'detached' });
      await v.call('updateSettings', { background: 1, panes: { pageNavigation: { visible: true, position: 1 } } });
      await v.frame.locator('.see-through [aria-orientation=vertical]').waitFor();
    }));

    test('an expired token is told as the service tells it', visiting(mode, async (v) => {
      await v.embed(await target.expiredToken());
      const { message, detailedMessage, errorCode } = await v.event('error');
      assert.deepEqual({ message, detailedMessage, errorCode }, { message: 'TokenExpired', detailedMessage: 'Access token has expired, resubmit with a new access token', errorCode: '403' });
      await v.frame.getByRole('alert').waitFor();
      assert.equal(await v.count('loaded'), 0);
      await v.call('setAccessToken', await target.token({}));
      await v.event('rendered');
    }));

    test('setAccessToken keeps the page and the slicers', visiting(mode, async (v) => {
      await v.embed(await target.token({}));
      await v.event('rendered');
      await v.choose();
      await v.shows(await target.total('a', true));
      await v.call('setAccessToken', await target.token({}));
      await v.call('refresh');
      await v.event('rendered', 3);
      await v.shows(await target.total('a', true));
      const [, second] = await v.call('getPages');
      await v.call('setPage', second.name);
      await v.event('rendered', 4);
      await v.call('setAccessToken', await target.token({}));
      assert.equal((await v.call('getActivePage')).name, second.name);
      assert.equal(await v.count('loaded'), 1);
    }));

    test('a token that expires while the report is open is waited for', { skip: !target.expireAll }, visiting(mode, async (v) => {
      await v.embed(await target.token({}));
      await v.event('rendered');
      target.expireAll();
      await v.choose();
      assert.equal((await v.event('error')).message, 'TokenExpired');
      await v.frame.getByRole('status').waitFor();
      await v.shows(await target.total('a'));
      await v.call('setAccessToken', await target.token({}));
      await v.shows(await target.total('a', true));
      assert.equal(await v.count('error'), 1);
    }));

    test('a token shows no other report than its own', visiting(mode, async (v) => {
      await v.embed(await target.token({}), { id: target.otherReportId });
      const { message, detailedMessage, errorCode } = await v.event('error');
      assert.deepEqual({ message, detailedMessage, errorCode }, { message: 'LoadReportFailed', detailedMessage: 'Get report failed', errorCode: '403' });
      await v.frame.getByRole('alert').waitFor();
    }));

    test('a bad token and a bad id', visiting(mode, async (v) => {
      await v.embed('garbled');
      assert.equal((await v.event('error')).detailedMessage, "Fail to initialize - Couldn't resolve cluster");
      await v.host.evaluate(() => powerbi.reset(place));
      await v.embed(await target.token({}), { id: 'not-a-guid' });
      assert.equal((await v.event('error', 2)).errorCode, '500');
    }));

    test('embedding again shows the other viewer, in the same frame and in a new one', visiting(mode, async (v) => {
      await v.embed(await target.token({ viewer: 'a' }));
      await v.event('rendered');
      await v.shows(await target.total('a'));
      await v.host.waitForFunction((t) => performance.now() - t > 110, await v.host.evaluate(() => performance.now()));
      await v.embed(await target.token({ viewer: 'b' }), { uniqueId: 'another' });
      await v.event('rendered', 2);
      await v.shows(await target.total('b'));
      await v.host.evaluate(() => powerbi.reset(place));
      await v.embed(await target.token({ viewer: 'a' }));
      await v.event('rendered', 3);
      await v.shows(await target.total('a'));
      assert.notEqual(await target.total('a'), await target.total('b'));
    }));

    test('bootstrap first, embed later', { skip: mode.sdk === '2.22.4' && 'goes to https, which this mode has not' }, visiting(mode, async (v) => {
      await v.host.evaluate(() => void powerbi.bootstrap(place, { type: 'report' }));
      await v.frameOf(/reportEmbed/);
      await v.embed(await target.token({}));
      await v.event('rendered');
      await v.shows(await target.total('a'));
      assert.ok(!v.frame.url().includes(target.reportId));
    }));

    test('load and render in two steps', visiting(mode, async (v) => {
      await v.host.evaluate((config) => void listen(powerbi.load(place, config)), v.config(await target.token({})));
      await v.event('loaded');
      assert.equal(await v.count('rendered'), 0);
      await v.call('render');
      await v.event('rendered');
    }));

    test('a host without an origin', { skip: !target.nullOrigin }, visiting(mode, async (v) => {
      await v.embed(await target.token({}));
      await v.event('rendered');
      await v.frameOf(/reportEmbed/);
      assert.ok((await v.call('getPages')).length >= 2);
    }, '/sandboxed'));

    test('what is not supported is answered', visiting(mode, async (v) => {
      await v.embed(await target.token({}));
      await v.event('rendered');
      for (const [method, ...args] of [['print'], ['getTheme'], ['saveAs', { name: 'x' }], ['switchMode', 'edit'], ['getZoom']]) {
        const error = await v.host.evaluate(([method, args]) => report[method](...args).then(() => 'resolved', (e) => e), [method, args]);
        assert.equal(error.message, 'NotSupported', method);
      }
      assert.deepEqual(await v.call('getFilters'), []);
      assert.equal(await v.call('isSaved'), true);
      assert.equal(typeof (await v.call('getCorrelationId')), 'string');
      await v.call('switchMode', 'view');
    }));
  });
}

/** noToken looks for a token everywhere it must not be. */
async function noToken(visit, token) {
  const { frame } = visit;
  const kept = await frame.evaluate(() => {
    // A browser may deny storage to a frame of another site; then nothing is in it.
    const stored = (of) => { try { return Object.entries(of()); } catch { return []; } };
    return JSON.stringify([stored(() => localStorage), stored(() => sessionStorage), stored(() => [document.cookie]), document.documentElement.outerHTML, location.href, history.state, performance.getEntries().map((e) => e.name)]);
  });
  assert.ok(!kept.includes(token), 'the token is in storage, document or address of the embed page');
  assert.ok(!visit.urls.some((u) => decodeURIComponent(u).includes(token)), 'the token is in an address');
  assert.ok(!visit.log.some((line) => line.includes(token)), 'the token is in the console');
  const globals = await frame.evaluate((token) => Object.keys(window).filter((k) => { try { return JSON.stringify(window[k])?.includes(token); } catch { return false; } }), token);
  assert.deepEqual(globals, [], 'the token is in a global variable');
}

describe('the protocol without the SDK', () => {
  /** raw opens a page that can make frames and send messages that the SDK would not send. */
  const raw = (run) => async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${host.origin}/raw`);
    try {
      await run(page);
    } finally {
      await context.close();
    }
  };
  const src = (path = 'reportEmbed', uid = 'u1') => `${target.base}/${path}?uid=${uid}`;
  const config = async () => ({ type: 'report', id: target.reportId, accessToken: await target.token({}) });

  test('a message that comes before the bundle is kept', raw(async (page) => {
    let release;
    const held = new Promise((ok) => (release = ok));
    await page.route('**/inlay/assets/*.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.evaluate(([config, src]) => {
      whenever((m) => m.url === '/ready/u1', () => send('POST', '/report/load', config));
      void open(src);
    }, [await config(), src()]);
    await page.waitForFunction(() => wire.some((m) => m.url === '/ready/u1'));
    release();
    await page.waitForFunction(() => events('rendered').length === 1);
    assert.equal((await page.evaluate(() => answer('i'))).statusCode, 202);
  }));

  test('a load that comes twice is one load, and the latest uid counts', raw(async (page) => {
    await page.evaluate(async ([config, src]) => {
      await open(src);
      for (const id of ['1', '2', '3']) send('POST', '/report/load', config, id, 'u' + id);
    }, [await config(), src()]);
    await page.waitForFunction(() => events('rendered').length > 0);
    assert.deepEqual(await page.evaluate(() => events('loaded').map((m) => m.url)), ['/reports/u3/events/loaded']);
    await page.evaluate(() => send('GET', '/no/such/thing', undefined, 'x'));
    await page.waitForFunction(() => answer('x'));
    assert.equal((await page.evaluate(() => answer('x'))).statusCode, 404);
  }));

  test('a configuration that comes early is fetched once', raw(async (page) => {
    const asked = [];
    page.on('request', (r) => r.url().includes('/inlay/v1/embed/') && !r.url().endsWith('/query') && asked.push(r.url()));
    await page.evaluate(async ([config, src]) => {
      await open(src);
      send('POST', '/frontload/config', config, 'early');
      send('POST', '/report/load', config, 'load');
    }, [await config(), src()]);
    await page.waitForFunction(() => events('rendered').length > 0);
    assert.equal(asked.length, 1);
    assert.equal((await page.evaluate(() => answer('early'))).statusCode, 202);
  }));

  test('other kinds of content say that they are not supported', raw(async (page) => {
    const kinds = [
      ['dashboardEmbed', '/dashboard/load', '/dashboards/u1/events/error'],
      ['embed', '/tile/load', '/tile/u1/events/error'],
      ['qnaEmbed', '/qna/load', '/qna/u1/events/error'],
      ['rdlEmbed', '/report/load', '/reports/u1/events/error'],
      ['quickCreate', '/quickcreate', '/reports/u1/events/error'],
    ];
    for (const [path, url, event] of kinds) {
      await page.evaluate(async ([src, url]) => {
        wire.length = 0;
        await open(src);
        send('POST', url, { id: 'x', accessToken: 'y' });
      }, [src(path), url]);
      await page.waitForFunction((event) => wire.some((m) => m.url === event && m.body.message === 'NotSupported'), event);
    }
  }));

  test('a frame beside it is not heard', raw(async (page) => {
    const heard = await page.evaluate(async ([config, src]) => {
      await open(src);
      const evil = document.createElement('iframe');
      const sent = new Promise((ok) => whenever((m) => m === 'sent', ok));
      evil.srcdoc = `<script>onmessage = (e) => parent.wire.push({ heard: e.data });
        parent.frames[0].postMessage(${JSON.stringify({ method: 'POST', url: '/report/load', headers: { id: 'evil', uid: 'e' }, body: config })}, '*');
        parent.postMessage('sent', '*');</${'script'}>`;
      document.body.append(evil);
      await sent;
      // An answered question shows that what was sent before it has been read.
      send('GET', '/report/hasUnsavedChanges', undefined, 'mine');
      await new Promise((ok) => whenever((m) => m.headers?.id === 'mine', ok));
      return wire.filter((m) => m.heard || m.headers?.id === 'evil' || m.url?.includes('/events/'));
    }, [await config(), src()]);
    assert.deepEqual(heard, []);
  }));
});

describe('the shim', () => {
  const mode = modes[1];

  test('an address that is not allowed is refused by the SDK', visiting(mode, async (v) => {
    for (const embedUrl of ['https://evil.example.net/reportEmbed', `${target.base.replace('localhost', '127.0.0.1')}/reportEmbed`, 'https://app.powerbi.com.evil.example.net/reportEmbed']) {
      const result = await v.host.evaluate((config) => { try { powerbi.embed(place, config); return 'embedded'; } catch (e) { return e.message; } }, v.config('x', { embedUrl }));
      assert.match(result, /Invalid embed URL/, embedUrl);
      assert.equal(await v.host.evaluate(() => document.querySelectorAll('iframe').length), 0);
    }
  }));

  test('a service made later, preload and createReport are taught too', visiting(mode, async (v) => {
    const src = await v.host.evaluate((config) => {
      const { service, factories } = window['powerbi-client'];
      const own = new service.Service(factories.hpmFactory, factories.wpmpFactory, factories.routerFactory);
      return own.preload(config).src;
    }, v.config('x'));
    assert.ok(src.startsWith(`${target.base}/reportEmbed`), src);
    await v.host.evaluate((config) => void listen(powerbi.createReport(place, { ...config, datasetId: config.id })), v.config('x'));
    assert.equal((await v.event('error')).message, 'NotSupported');
  }));

  test('without it the newest SDK refuses, and as a module it teaches one', visiting({ ...mode, shim: undefined }, async (v) => {
    const refused = await v.host.evaluate((config) => { try { powerbi.embed(place, config); } catch (e) { return e.message; } }, v.config('x'));
    assert.match(refused, /Invalid embed URL/);
    await v.host.evaluate(async (module) => { const { allow } = await import(module); if (!allow(window['powerbi-client'])) throw new Error('not patched'); powerbi.reset(place); }, `${target.base}/inlay-embed.mjs`);
    await v.embed(await target.token({}));
    await v.event('rendered');
  }));

  test('bootstrap with a host name of one’s own', visiting(mode, async (v) => {
    await v.host.evaluate((hostname) => void powerbi.bootstrap(place, { type: 'report', hostname }), new URL(target.base).host);
    const frame = await v.frameOf(/reportEmbed/);
    assert.ok(frame.url().startsWith(target.base));
  }));
});

describe('the demo page', { skip: !target.demo }, () => {
  let page;
  const log = [];
  before(async () => {
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on('console', (m) => log.push(m.text()));
    await page.goto(`${target.base}/`);
  });
  after(() => page.close());

  test('two viewers, two totals, and no token on the page', async () => {
    const cards = page.locator('.stage').nth(0).frameLocator('iframe').locator(`[aria-label="${target.card.name}: ${written(await target.total('a'))}"]`);
    const others = page.locator('.stage').nth(1).frameLocator('iframe').locator(`[aria-label="${target.card.name}: ${written(await target.total('b'))}"]`);
    await cards.waitFor();
    await others.waitFor();
    const tokens = await page.evaluate(() => [...document.querySelectorAll('[powerbi-access-token]')].map((e) => e.getAttribute('powerbi-access-token')));
    const text = await page.evaluate(() => document.body.innerText);
    for (const token of tokens) assert.ok(!text.includes(token));
    assert.ok(!log.some((line) => /content security policy/i.test(line)), log.join('\n'));
  });

  test('a token is renewed in place', async () => {
    await page.getByRole('button', { name: 'Renew now' }).first().click();
    await page.locator('.log').first().getByText('token renewed').waitFor();
  });

  test('another viewer can be chosen', async () => {
    const select = page.getByRole('combobox').first();
    const values = await select.locator('option').evaluateAll((o) => o.map((x) => x.value));
    const right = await page.getByRole('combobox').nth(1).inputValue();
    assert.ok(values.includes(right));
    await select.selectOption(right);
    await page.getByText('The two totals are equal because').waitFor();
    await page.locator('.stage').nth(0).frameLocator('iframe').locator(`[aria-label="${target.card.name}: ${written(await target.total('b'))}"]`).waitFor();
  });
});
