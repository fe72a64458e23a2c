// A small server that answers what the browser side asks for, under the headers that package
// web serves. Run it to look at the pages: node test/fixture.mjs [port]
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answer, measures, reports, sales, viewers } from './fixture-data.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const policy = JSON.parse(readFileSync(join(root, 'headers.json'), 'utf8'));
const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };
const embedPaths = new Set(['/reportembed', '/dashboardembed', '/embed', '/tileembed', '/qnaembed', '/rdlembed', '/quickcreate']);

/** seal makes a token; like a real one it says nothing to the browser. */
function seal(grant) {
  return 'FIXTURE.' + Buffer.from(JSON.stringify({ ...grant, id: randomUUID() })).toString('base64url');
}

/** Fixture keeps what was asked, so that tests can look at it. */
export class Fixture {
  requests = [];
  /** Tokens up to this number count as expired. */
  expiredUpTo = 0;
  issued = 0;
  servers = [];

  token({ viewer = 'amira', report = Object.keys(reports)[0], seconds = 3600 } = {}) {
    return seal({ viewer, report, number: (this.issued += 1), expires: Date.now() + seconds * 1000 });
  }

  async listen(port = 0, tls) {
    const handler = (req, res) => this.handle(req, res).catch((e) => res.writeHead(500).end(String(e)));
    const server = tls ? createTLSServer(tls, handler) : createServer(handler);
    this.servers.push(server);
    await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
    return server.address().port;
  }

  close() {
    for (const s of this.servers) {
      s.closeAllConnections();
      s.close();
    }
  }

  async handle(req, res) {
    const url = new URL(req.url, 'http://localhost');
    this.requests.push({ method: req.method, url: req.url, headers: req.headers });
    const path = url.pathname.toLowerCase().replace(/(.)\/+$/, '$1');
    if (embedPaths.has(path)) return this.page(res, 'embed.html', policy.embed);
    if (url.pathname === '/') return this.page(res, 'demo.html', policy.demo);
    if (url.pathname.startsWith('/inlay/assets/')) return this.file(res, join('dist/assets', url.pathname.slice(14)), policy.asset);
    if (/^\/inlay-embed\.m?js$/.test(path)) return this.file(res, join('dist', path), policy.shim);
    if (path.startsWith('/inlay/v1/embed/')) return this.api(req, res, url);
    if (path.startsWith('/demo/')) return this.demo(req, res, path);
    if (path.startsWith('/sdk/')) return this.file(res, join('node_modules', path.slice(5)), policy.asset);
    res.writeHead(404).end();
  }

  page(res, name, headers) {
    const html = readFileSync(join(root, 'dist', name), 'utf8');
    const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
    const fill = { '{inline}': 'sha256-' + createHash('sha256').update(script).digest('base64'), '{ancestors}': '' };
    const filled = Object.entries(headers).map(([k, v]) => [k, v.replace(/\{\w+\}/g, (p) => fill[p])]);
    res.writeHead(200, Object.fromEntries(filled)).end(html);
  }

  file(res, name, headers) {
    if (name.includes('..')) return res.writeHead(404).end();
    res.writeHead(200, { ...headers, 'Content-Type': types[extname(name)] ?? 'text/plain' }).end(readFileSync(join(root, name)));
  }

  async api(req, res, url) {
    // A sandboxed host makes the page's origin opaque, so its requests become cross-origin.
    if (req.headers.origin === 'null') res.setHeader('Access-Control-Allow-Origin', 'null');
    res.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, x-inlay-session, x-inlay-parent, x-inlay-frame');
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST');
    res.setHeader('Access-Control-Expose-Headers', 'RequestId, Date, Retry-After');
    if (req.method === 'OPTIONS') return res.writeHead(204).end();
    const send = (status, body) => res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', RequestId: randomUUID() }).end(JSON.stringify(body));
    const fail = (status, code, message) => send(status, { error: { code, message } });
    const [, , , , , id, , page, , visual] = url.pathname.split('/').map(decodeURIComponent);
    let grant;
    try {
      grant = JSON.parse(Buffer.from(/^EmbedToken FIXTURE\.(.+)$/.exec(req.headers.authorization)[1], 'base64url').toString());
    } catch {
      return fail(403, 'InvalidToken', 'the embed token is not valid');
    }
    if (grant.expires < Date.now() || grant.number <= this.expiredUpTo) return fail(403, 'TokenExpired', 'the embed token has expired');
    if (grant.report !== id) return fail(403, 'PowerBINotAuthorizedException', 'the token does not name this report');
    const report = reports[id];
    if (!report) return fail(404, 'PowerBIEntityNotFound', 'there is no such report');
    if (page === undefined) return send(200, definition(id, report, grant));
    const onPage = report.pages.find((p) => p.name === page);
    const found = onPage?.visuals.find((v) => v.name === visual);
    if (!found) return fail(404, 'PowerBIEntityNotFound', `there is no visual "${visual}"`);
    if (JSON.stringify(found.roles).includes('Forecast')) return fail(400, 'NotSupported', 'measure "Forecast" uses FORECAST.ETS, which is not supported');
    const body = JSON.parse((await read(req)) || '{}');
    send(200, answer(onPage, found, viewers[grant.viewer].tenant, body.slicers ?? []));
  }

  async demo(req, res, path) {
    const send = (body) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const [reportId] = Object.keys(reports);
    const origin = `http://${req.headers.host}`;
    if (path === '/demo/config') {
      const list = Object.entries(viewers).map(([id, v]) => ({ id, ...v }));
      return send({ reportName: 'Sales overview', workspaceId: randomUUID(), reportId, datasetId: randomUUID(), apiUrl: origin, viewers: list, left: 'amira', right: 'bruno' });
    }
    const { viewer, lifetimeInMinutes = 60 } = JSON.parse((await read(req)) || '{}');
    const accessToken = this.token({ viewer, seconds: lifetimeInMinutes * 60 });
    const expiration = new Date(Date.now() + lifetimeInMinutes * 60_000).toISOString();
    const { username, roles } = viewers[viewer];
    send({
      request: { method: 'POST', url: `${origin}/v1.0/myorg/GenerateToken`, headers: { 'Content-Type': 'application/json' }, body: { reports: [{ id: reportId }], datasets: [{ id: reportId }], identities: [{ username, roles, datasets: [reportId] }], lifetimeInMinutes } },
      response: { status: 200, headers: { 'Content-Type': 'application/json' }, body: { token: accessToken, tokenId: randomUUID(), expiration } },
      embed: { reportId, embedUrl: `${origin}/reportEmbed?reportId=${reportId}`, accessToken, expiration },
    });
  }
}

function definition(id, report, grant) {
  const pages = report.pages.map((p) => ({
    ...p, width: 1280, height: 720, displayOption: 'FitToPage', visibility: 0,
    visuals: p.visuals.map((v) => ({ ...v, roles: Object.fromEntries(Object.entries(v.roles).map(([role, refs]) => [role, refs.map((ref) => ({ name: ref, ref }))])) })),
  }));
  return { id, name: report.name, datasetId: id, expiration: new Date(grant.expires).toISOString(), permissions: 'View', culture: 'en-US', activePage: pages[0].name, theme: report.theme, pages };
}

async function read(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
}

/** expected is what the card of a viewer must show, computed apart from the answer above. */
export function expected(viewer, filter = () => true) {
  return measures['Total sales'].of(sales(viewers[viewer].tenant).filter(filter));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = await new Fixture().listen(Number(process.argv[2] ?? 8499));
  console.log(`http://localhost:${port}/`);
}
