// The host page: an application that embeds, on an origin of its own.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../node_modules');
const sdks = { '2.22.4': 'powerbi-client-2.22.4', '2.24.1': 'powerbi-client' };

const page = (sdk, shim) => `<!doctype html><meta charset="utf-8"><title>Host</title>
<style>body{margin:0}#place{height:100vh}iframe{border:0;display:block}</style><div id="place"></div>
<script src="/sdk/${sdk}.js"></script>${shim ? `<script src="${shim}"></script>` : ''}
<script>
  // Every message of the report, as it came and as the SDK dispatched it.
  window.seen = [];
  window.wire = [];
  addEventListener('message', (e) => wire.push(e.data));
  const names = ['loaded', 'rendered', 'pageChanged', 'error', 'visualRendered'];
  window.listen = (report) => {
    for (const name of names.filter((n) => report.allowedEvents.includes(n))) { report.off(name); report.on(name, (e) => seen.push({ name, detail: e.detail && JSON.parse(JSON.stringify(e.detail, (k, v) => (k === 'report' && v && v.config ? undefined : k === 'newPage' ? { name: v.name, displayName: v.displayName } : v))) })); }
    window.report = report;
    return report;
  };
  window.place = document.getElementById('place');
  window.count = (name) => seen.filter((e) => e.name === name).length;
</script>`;

const raw = `<!doctype html><meta charset="utf-8"><body><script>
  window.wire = [];
  addEventListener('message', (e) => wire.push(e.data));
  let frame;
  window.open = (src) => new Promise((ok) => {
    frame = Object.assign(document.createElement('iframe'), { src, onload: ok });
    document.body.prepend(frame);
  });
  window.send = (method, url, body, id = 'i', uid = 'u1') => frame.contentWindow.postMessage({ method, url, headers: { id, uid }, body }, '*');
  window.answer = (id) => wire.find((m) => m.statusCode && m.headers.id === id);
  window.events = (name) => wire.filter((m) => m.url && m.url.endsWith('/events/' + name));
  window.whenever = (is, then) => addEventListener('message', (e) => is(e.data) && then());
</script>`;

/** serveHost starts the host's server and returns its origin. */
export async function serveHost(port = Number(process.env.INLAY_E2E_HOST_PORT ?? 0)) {
  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://localhost');
    const html = (text) => res.writeHead(200, { 'Content-Type': 'text/html' }).end(text);
    const sdk = /^\/sdk\/(.+)\.js$/.exec(url.pathname)?.[1];
    const q = url.searchParams;
    if (sdk in sdks) return res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(join(modules, sdks[sdk], 'dist/powerbi.min.js')));
    if (url.pathname === '/host') return html(page(q.get('sdk'), q.get('shim')));
    if (url.pathname === '/sandboxed') return html(`<iframe sandbox="allow-scripts" src="/host?${q}" style="width:100%;height:95vh;border:0"></iframe>`);
    if (url.pathname === '/raw') return html(raw);
    res.writeHead(404).end();
  });
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  return { origin: `http://localhost:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}
