// Drives a running Inlay as applications do: Microsoft's powerbi-client in Chromium. Started by
// server/browser_test.go, which computes the totals that must be seen with SQL of its own.
//
// WORLD is JSON: { demo (demo.json), tlsPort, totals: {username: revenue}, expired, otherReport }
import assert from 'node:assert/strict';
import { readFileSync, mkdirSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { launch } from './browser.mjs';

const require = createRequire(import.meta.url);
const world = JSON.parse(process.env.WORLD);
const demo = world.demo;
const sdk = {
  '2.24.1': readFileSync(require.resolve('powerbi-client'), 'utf8'),
  '2.22.4': readFileSync(require.resolve('powerbi-client-2.22.4'), 'utf8'),
};

/** host is an application's page on localhost; the client's script is its own. */
function host(version) {
  const html = `<!doctype html><title>host</title><style>html,body,#report{margin:0;height:100%}iframe{border:0}</style>
    <div id="report"></div><script src="/sdk.js"></script>`;
  const server = http.createServer((req, res) => {
    const script = req.url === '/sdk.js';
    res.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html' });
    res.end(script ? sdk[version] : html);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ url: `http://localhost:${server.address().port}/`, close: () => server.close() })));
}

async function api(path, options = {}) {
  const res = await fetch(demo.apiUrl + path, options);
  return { status: res.status, body: JSON.parse((await res.text()) || 'null') };
}

async function generate(identity, extra = {}) {
  const { status, body } = await api('/v1.0/myorg/GenerateToken', {
    method: 'POST',
    headers: { Authorization: `Bearer ${world.accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ reports: [{ id: demo.reportId }], datasets: [{ id: demo.datasetId }], identities: [{ ...identity, datasets: [demo.datasetId] }], ...extra }),
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body.token;
}

/** embed shows the report in a page and waits for an event. */
async function embed(page, config, until = 'rendered') {
  return page.evaluate(([config, until]) => new Promise((resolve) => {
    const el = document.getElementById('report');
    window.powerbi.reset(el);
    const seen = (window.seen = []);
    const report = (window.report = window.powerbi.embed(el, config));
    for (const name of ['loaded', 'rendered', 'error', 'pageChanged']) {
      report.on(name, (e) => {
        seen.push({ name, detail: name === 'error' ? e.detail : undefined });
        if (name === until || name === 'error') resolve(seen);
      });
    }
  }), [config, until]);
}

/** total is the number on the card of a title, as the viewer reads it. */
async function total(page, title) {
  const frame = page.frames().find((f) => /reportEmbed/i.test(f.url()));
  const card = frame.getByRole('group', { name: title }).or(frame.locator(`[aria-label^="${title}"]`)).first();
  await card.waitFor();
  return card.innerText();
}

const euros = (n) => Math.round(n).toLocaleString('en-US');

async function scenario(version, embedUrl, args) {
  const app = await host(version);
  const browser = await launch(args);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true });
  const leaks = [];
  page.on('console', (m) => leaks.push(m.text()));
  page.on('request', (r) => leaks.push(r.url()));
  try {
    await page.goto(app.url);
    const config = (accessToken, extra = {}) => ({ type: 'report', tokenType: 1, id: demo.reportId, embedUrl, accessToken, ...extra });
    const [one, two] = Object.keys(world.totals).map((username) => demo.identities.find((i) => i.username === username));
    const tokens = [await generate(one), await generate(two)];

    // Two identities, each with its own total.
    const shown = [];
    for (const [i, identity] of [one, two].entries()) {
      const events = (await embed(page, config(tokens[i]))).map((e) => e.name);
      assert.deepEqual(events.slice(0, 2), ['loaded', 'rendered'], `${version}: events of ${identity.username}`);
      const text = await total(page, 'Revenue');
      assert.ok(text.includes(euros(world.totals[identity.username])), `${version}: ${identity.username} sees "${text}", want ${euros(world.totals[identity.username])}`);
      shown.push(text);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/real-${version}-${i}.png` });
    }
    assert.notEqual(shown[0], shown[1]);

    // Pages: list, change, and stay there when the token is renewed.
    const pages = await page.evaluate(async () => (await window.report.getPages()).map((p) => ({ name: p.name, displayName: p.displayName, isActive: p.isActive })));
    assert.equal(pages.length, 2);
    assert.deepEqual(pages.map((p) => p.isActive), [true, false]);
    await page.evaluate((name) => new Promise((resolve) => {
      window.report.on('pageChanged', () => resolve());
      window.report.setPage(name);
    }), pages[1].name);
    const fresh = await generate(two);
    await page.evaluate((token) => window.report.setAccessToken(token), fresh);
    assert.equal((await page.evaluate(async () => (await window.report.getActivePage()).name)), pages[1].name, `${version}: the page after setAccessToken`);
    assert.equal(await page.evaluate(() => window.seen.filter((e) => e.name === 'error').length), 0);

    // An expired token, and a token for another report.
    let events = await embed(page, config(world.expired), 'error');
    let error = events.find((e) => e.name === 'error').detail;
    assert.equal(error.message, 'TokenExpired');
    assert.equal(error.detailedMessage, 'Access token has expired, resubmit with a new access token');
    assert.equal(String(error.errorCode), '403');
    events = await embed(page, { ...config(tokens[0]), id: world.otherReport, embedUrl: embedUrl.replace(demo.reportId, world.otherReport) }, 'error');
    error = events.find((e) => e.name === 'error').detail;
    assert.equal(error.message, 'LoadReportFailed');
    assert.equal(String(error.errorCode), '403');
    const frame = page.frames().find((f) => /reportEmbed/i.test(f.url()));
    assert.ok(!(await frame.locator('body').innerText()).includes(euros(world.totals[one.username])));

    for (const token of [...tokens, fresh]) {
      assert.ok(!leaks.some((text) => text.includes(token)), `${version}: the token is in an address or in the console`);
      assert.ok(!(await frame.content()).includes(token), `${version}: the token is in the page`);
      assert.ok(!(await frame.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie)).includes(token), `${version}: the token is stored`);
    }
  } finally {
    await browser.close();
    app.close();
  }
  console.log(`ok ${version} ${embedUrl.split('?')[0]}`);
}

if (process.env.SHOTS) mkdirSync(process.env.SHOTS, { recursive: true });
const own = (await api(`/v1.0/myorg/groups/${demo.workspaceId}/reports/${demo.reportId}`, { headers: { Authorization: `Bearer ${world.accessToken}` } })).body.embedUrl;
assert.ok(own.startsWith(demo.apiUrl + '/reportEmbed?'), own);
await scenario('2.22.4', own, []);
// The newest client, unchanged: its hosts are mapped to the TLS port.
const mapped = own.replace(demo.apiUrl, 'https://app.powerbi.com');
await scenario('2.24.1', mapped, [`--host-resolver-rules=MAP *.powerbi.com 127.0.0.1:${world.tlsPort}`, '--ignore-certificate-errors', '--disable-features=LocalNetworkAccessChecks']);
