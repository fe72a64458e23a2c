// Tokens for one use, for one origin, and for some pages and visuals, as two applications embed
// with them: Microsoft's powerbi-client in Chromium. Started by server/browser_test.go.
//
// WORLD is JSON: { demo (demo.json), tlsPort, accessToken, restart, total: {username, revenue} };
// a POST to restart starts the server anew.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { launch } from './browser.mjs';

const require = createRequire(import.meta.url);
const world = JSON.parse(process.env.WORLD);
const demo = world.demo;
const identity = demo.identities.find((i) => i.username === world.total.username);
const euros = Math.round(world.total.revenue).toLocaleString('en-US');

/** host is an application on an origin of its own. */
function host(client) {
  const script = readFileSync(require.resolve(client), 'utf8');
  const html = `<!doctype html><title>host</title><style>html,body,#report{margin:0;height:100%}iframe{border:0}</style><div id="report"></div><script src="/sdk.js"></script>`;
  const server = http.createServer((req, res) => {
    const sdk = req.url === '/sdk.js';
    res.writeHead(200, { 'Content-Type': sdk ? 'text/javascript' : 'text/html' });
    res.end(sdk ? script : html);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ origin: `http://localhost:${server.address().port}`, close: () => server.close() })));
}

async function generate(inlay) {
  const res = await fetch(`${demo.apiUrl}/v1.0/myorg/GenerateToken`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${world.accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ reports: [{ id: demo.reportId }], datasets: [{ id: demo.datasetId }], identities: [{ ...identity, datasets: [demo.datasetId] }], inlay }),
  });
  const text = await res.text();
  assert.equal(res.status, 200, text);
  return JSON.parse(text).token;
}

const browser = await launch([`--host-resolver-rules=MAP *.powerbi.com 127.0.0.1:${world.tlsPort}`, '--ignore-certificate-errors', '--disable-features=LocalNetworkAccessChecks']);

/** Viewer is one browser at one application. */
class Viewer {
  static async at(app) {
    const v = new Viewer();
    v.context = await browser.newContext({ viewport: { width: 1000, height: 640 }, ignoreHTTPSErrors: true });
    v.page = await v.context.newPage();
    v.page.setDefaultTimeout(20_000);
    v.console = [];
    v.page.on('console', (m) => v.console.push(m.text()));
    await v.page.goto(app.origin);
    return v;
  }

  /** embed answers the names of the events until the report is drawn or refused, and the error. */
  async embed(accessToken, embedUrl = own) {
    const events = await this.page.evaluate(([config]) => new Promise((resolve) => {
      const el = document.getElementById('report');
      window.powerbi.reset(el);
      const seen = (window.seen = []);
      const report = (window.report = window.powerbi.embed(el, config));
      for (const name of ['loaded', 'rendered', 'error', 'pageChanged']) {
        report.on(name, (e) => {
          seen.push({ name, detail: name === 'error' ? e.detail : undefined });
          if (name === 'rendered' || name === 'error') resolve(seen);
        });
      }
    }), [{ type: 'report', tokenType: 1, id: demo.reportId, embedUrl, accessToken }]);
    return { names: events.map((e) => e.name), error: events.find((e) => e.name === 'error')?.detail };
  }

  frame() {
    return this.page.frames().find((f) => /reportEmbed/i.test(f.url()));
  }

  async works(accessToken, embedUrl) {
    const { names, error } = await this.embed(accessToken, embedUrl);
    assert.deepEqual(names.slice(0, 2), ['loaded', 'rendered'], JSON.stringify(error));
  }

  /** sees asserts that the total of the viewer is on the page. */
  async sees() {
    await this.frame().getByText(euros).first().waitFor();
  }

  /** refused asserts what the application is told, and what the person at the screen reads. */
  async refused(accessToken, embedUrl, { rule, status = '403', title, remedy }) {
    const { names, error } = await this.embed(accessToken, embedUrl);
    assert.deepEqual(names, ['error']);
    assert.equal(error.message, 'LoadReportFailed');
    assert.equal(String(error.errorCode), status);
    const info = Object.fromEntries((error.technicalDetails?.errorInfo ?? []).map(({ key, value }) => [key, value]));
    assert.equal(info.rule, rule, JSON.stringify(error));
    assert.ok(info.reason && info.remedy?.includes(remedy), JSON.stringify(info));
    await this.reads(title, rule);
  }

  async reads(title, rule) {
    const frame = this.frame();
    await frame.getByRole('alert').getByRole('heading', { name: title }).waitFor();
    const text = await frame.locator('body').innerText();
    assert.ok(text.includes(rule), text);
    assert.ok(!text.includes(euros), 'the page shows rows');
    assert.equal(await frame.locator('[data-visual]').count(), 0);
  }

  async shot(name) {
    if (process.env.SHOTS) await this.page.screenshot({ path: `${process.env.SHOTS}/bound-${name}.png` });
  }

  async close() {
    await this.context.close();
  }
}

const used = { rule: 'use-session', title: 'Please open the report again', remedy: 'generate a new token' };

async function oneUse(app, embedUrl) {
  const token = await generate({ oneUse: true });
  const [first, second] = [await Viewer.at(app), await Viewer.at(app)];
  await first.works(token, embedUrl);
  await first.sees();
  await second.refused(token, embedUrl, used);
  await second.shot('used');

  // The page that was first goes on: another page of the report, and after a restart of the server.
  const turn = async (n) => {
    const pages = await first.page.evaluate(async () => (await window.report.getPages()).map((p) => p.name));
    await first.page.evaluate((name) => new Promise((resolve, reject) => {
      window.report.on('rendered', () => resolve());
      window.report.on('error', (e) => reject(new Error(JSON.stringify(e.detail))));
      window.report.setPage(name);
    }), pages[n]);
  };
  await turn(1);
  assert.equal((await fetch(world.restart, { method: 'POST' })).status, 204);
  await turn(0);
  await first.sees();
  await first.shot('after-restart');
  await second.refused(token, embedUrl, used);

  // The same page, loaded anew, is another page; a new token lets it in.
  await first.page.reload();
  await first.refused(token, embedUrl, used);
  await first.works(await generate({ oneUse: true }), embedUrl);
  await first.sees();
  await first.close();
  await second.close();
  console.log('ok one use');
}

async function oneOrigin(app, other, embedUrl) {
  const token = await generate({ origin: app.origin });
  const of = (origin) => `${embedUrl}&inlayOrigin=${encodeURIComponent(origin)}`;
  const elsewhere = { rule: 'use-origin', title: 'This report cannot be shown here', remedy: app.origin };
  const [here, there] = [await Viewer.at(app), await Viewer.at(other)];
  await here.works(token, of(app.origin));
  await here.sees();
  await here.shot('origin-here');

  // Another application, with the address as it is and with its own origin in it.
  await there.refused(token, embedUrl, elsewhere);
  await there.shot('origin-elsewhere');
  await there.refused(token, of(other.origin), elsewhere);

  // With the right origin in the address the browser shows nothing at all.
  await there.page.evaluate((src) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement('iframe'), { src, onload: resolve, id: 'raw' });
    document.body.append(frame);
  }), of(app.origin));
  assert.ok(there.console.some((text) => text.includes('frame-ancestors')), there.console.join('\n'));

  // The right application that forgot to say its origin in the address is told how.
  await here.refused(token, embedUrl, { ...elsewhere, remedy: 'inlayOrigin=' + encodeURIComponent(app.origin) });
  await here.close();
  await there.close();
  console.log('ok one origin');
}

async function narrowed(app, embedUrl) {
  const all = await Viewer.at(app);
  await all.works(await generate(undefined), embedUrl);
  const whole = await all.page.evaluate(async () => {
    const pages = await window.report.getPages();
    return Promise.all(pages.map(async (p) => ({ name: p.name, visuals: (await p.getVisuals()).map((v) => ({ name: v.name, title: v.title, type: v.type })) })));
  });
  assert.ok(whole.length > 1 && whole[0].visuals.length > 2, JSON.stringify(whole));
  await all.close();
  const list = (v) => v.page.evaluate(async () => Promise.all((await window.report.getPages()).map(async (p) => ({ name: p.name, visuals: (await p.getVisuals()).map((x) => x.name) }))));
  const drawn = (v) => v.frame().locator('[data-visual]').evaluateAll((nodes) => nodes.map((n) => n.dataset.visual));

  // One page: the other is not listed, cannot be turned to, and has no tab.
  const page = await Viewer.at(app);
  await page.works(await generate({ pages: [whole[1].name] }), embedUrl);
  assert.deepEqual((await list(page)).map((p) => p.name), [whole[1].name]);
  const hidden = whole[0].visuals.map((v) => v.name);
  assert.ok((await drawn(page)).length > 0 && !(await drawn(page)).some((name) => hidden.includes(name)));
  const refused = await page.page.evaluate((name) => window.report.setPage(name).then(() => 'turned', (e) => e.message), whole[0].name);
  assert.equal(refused, 'PageNotFound');
  assert.equal(await page.frame().getByRole('tab').count(), 0);
  await page.shot('one-page');

  // One visual of one page.
  const card = whole[0].visuals.find((v) => v.title === 'Revenue');
  assert.ok(card, JSON.stringify(whole[0]));
  await page.works(await generate({ pages: [whole[0].name], visuals: [card.name] }), embedUrl);
  assert.deepEqual(await list(page), [{ name: whole[0].name, visuals: [card.name] }]);
  assert.deepEqual(await drawn(page), [card.name]);
  await page.sees();
  await page.shot('one-visual');

  // A page that the report does not have.
  await page.refused(await generate({ pages: ['gone'] }), embedUrl, { rule: 'narrow', status: '404', title: 'There is nothing to show', remedy: 'names' });
  await page.shot('nothing-to-show');
  await page.close();
  console.log('ok pages and visuals');
}

/** revoked shows what a person reads whose token was revoked. */
async function revoked(app, embedUrl) {
  const token = await generate(undefined);
  const res = await fetch(`${demo.apiUrl}/inlay/v1/tokens/revoke`, { method: 'POST', headers: { Authorization: `Bearer ${world.accessToken}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) });
  assert.equal(res.status, 200, await res.text());
  const v = await Viewer.at(app);
  await v.refused(token, embedUrl, { rule: 'token-revoked', title: 'Your access was withdrawn', remedy: 'generate a new token' });
  await v.shot('revoked');
  await v.close();
  console.log('ok revoked');
}

if (process.env.SHOTS) mkdirSync(process.env.SHOTS, { recursive: true });
const own = (await (await fetch(`${demo.apiUrl}/v1.0/myorg/groups/${demo.workspaceId}/reports/${demo.reportId}`, { headers: { Authorization: `Bearer ${world.accessToken}` } })).json()).embedUrl;
assert.ok(own.startsWith(demo.apiUrl + '/reportEmbed?'), own);
const [app, other, newest] = [await host('powerbi-client-2.22.4'), await host('powerbi-client-2.22.4'), await host('powerbi-client')];
try {
  await oneUse(app, own);
  await oneOrigin(app, other, own);
  await narrowed(app, own);
  await revoked(app, own);
  // The newest client, unchanged, at the address that it insists on.
  await oneOrigin(newest, other, own.replace(demo.apiUrl, 'https://app.powerbi.com'));
} finally {
  await browser.close();
  for (const a of [app, other, newest]) a.close();
}
