// Bundles the unit tests and runs them with node's own runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const tests = readdirSync(here).filter((f) => f.endsWith('.test.ts'));
if (tests.length === 0) throw new Error('there are no unit tests');
const out = mkdtempSync(join(tmpdir(), 'inlay-web-'));
await build({ entryPoints: tests.map((t) => join(here, t)), outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', platform: 'node', sourcemap: 'inline', logLevel: 'warning' });
const files = tests.map((t) => join(out, t.replace(/\.ts$/, '.mjs')));
// The session waits for the token's end; nothing else is left running that matters.
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-force-exit', ...files], { stdio: 'inherit' });
rmSync(out, { recursive: true });
process.exit(run.status ?? 1);
