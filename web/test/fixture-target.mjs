// What the browser tests need to know of a server. This one is the fixture; test/e2e.mjs takes
// another module with the same shape from the environment variable INLAY_E2E_TARGET.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected, Fixture } from './fixture.mjs';

/**
 * start runs the server for a host page of the given origin and describes it:
 *   base          http address; tlsPort: port of the same with TLS (any certificate)
 *   reportId      a report of at least two pages; otherReportId: one that its tokens do not name
 *   token         ({viewer: 'a' | 'b', seconds?}) → embed token for reportId
 *   expiredToken  () → a token that has expired
 *   total         (viewer, chosen?) → number in the card `card`, with `choice` made or not
 *   card          {visual, name}: a card that shows it;  choice: {visual, option}: a drop-down slicer on the first page
 *   expireAll     optional: makes every token issued so far an expired one
 *   nullOrigin    the server answers pages without an origin;  demo: it serves the demo page at /
 */
export async function start() {
  const fixture = new Fixture();
  const port = await fixture.listen();
  const tlsPort = await fixture.listen(0, certificate());
  const viewers = { a: 'amira', b: 'bruno' };
  return {
    base: `http://localhost:${port}`,
    tlsPort,
    reportId: '11111111-2222-4333-8444-555555555555',
    otherReportId: '99999999-2222-4333-8444-555555555555',
    card: { visual: 'cards', name: 'Total sales' },
    choice: { visual: 'categories', option: 'Garden' },
    nullOrigin: true,
    demo: true,
    token: async ({ viewer = 'a', seconds } = {}) => fixture.token({ viewer: viewers[viewer], seconds }),
    expiredToken: async () => fixture.token({ seconds: -60 }),
    total: async (viewer, chosen) => expected(viewers[viewer], chosen ? (row) => row.category === 'Garden' : undefined),
    expireAll: () => (fixture.expiredUpTo = fixture.issued),
    close: async () => fixture.close(),
  };
}

function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-cert-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((f) => join(folder, f));
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=app.powerbi.com', '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
