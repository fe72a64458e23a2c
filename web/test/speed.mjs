// How long the embed page takes in a browser: from the load of its iframe to the events `loaded`
// and `rendered` of powerbi-client, in new browser profiles (nothing cached) and again in the same.
//
//   NODE_EXTRA_CA_CERTS=DATA/tls/ca.pem node web/test/speed.mjs DATA/demo.json    while `inlay demo` runs over that folder
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';
import { serveHost } from './host.mjs';

const demo = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const rounds = Number(process.argv[3] ?? 20);

async function post(url, headers, body) {
  const res = await fetch(url, { method: 'POST', headers, body });
  if (!res.ok) throw new Error(`${url}: ${res.status} ${await res.text()}`);
  return res.json();
}

const { access_token } = await post(`${demo.authorityUrl}/${demo.tenantId}/oauth2/v2.0/token`, { 'Content-Type': 'application/x-www-form-urlencoded' }, new URLSearchParams({
  grant_type: 'client_credentials', client_id: demo.servicePrincipal.clientId, client_secret: demo.servicePrincipal.clientSecret,
  scope: 'https://analysis.windows.net/powerbi/api/.default',
}));
const { username, roles } = demo.identities[0];
const { token } = await post(`${demo.apiUrl}/v1.0/myorg/GenerateToken`, { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' }, JSON.stringify({
  reports: [{ id: demo.reportId }], datasets: [{ id: demo.datasetId }], identities: [{ username, roles, datasets: [demo.datasetId] }],
}));

const host = await serveHost();
const browser = await launch();
const config = { type: 'report', id: demo.reportId, embedUrl: `${demo.apiUrl}/reportEmbed?reportId=${demo.reportId}`, accessToken: token, tokenType: 1 };

/** measure embeds the report once, and answers the milliseconds from the iframe's load. */
async function measure(page) {
  await page.goto(`${host.origin}/host?sdk=2.22.4`);
  return page.evaluate((config) => new Promise((ok, no) => {
    const report = listen(powerbi.embed(place, config));
    const at = {};
    place.querySelector('iframe').addEventListener('load', () => (at.load ??= performance.now()));
    report.on('error', (e) => no(new Error(JSON.stringify(e.detail))));
    report.on('loaded', () => (at.loaded ??= performance.now()));
    report.on('rendered', () => ok({ loaded: at.loaded - at.load, rendered: performance.now() - at.load }));
  }), config);
}

const times = { 'nothing cached': [], 'page cached': [] };
for (let i = 0; i < rounds; i++) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  times['nothing cached'].push(await measure(page));
  times['page cached'].push(await measure(page));
  await context.close();
}
await browser.close();
host.close();

for (const [how, list] of Object.entries(times)) {
  const say = (name) => {
    const sorted = list.map((t) => t[name]).sort((a, b) => a - b);
    return `${name} median ${sorted[sorted.length >> 1].toFixed(0)} ms, slowest ${sorted.at(-1).toFixed(0)} ms`;
  };
  console.log(`${how}, ${list.length} times: ${say('loaded')}; ${say('rendered')}`);
}
