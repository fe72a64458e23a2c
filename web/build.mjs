// Builds web/dist: the same input gives the same bytes. Run by `npm run build`; the result is
// committed, so that `go build` needs no Node.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const assets = join(dist, 'assets');
const publicPath = '/inlay/assets';
const kB = 1000;
const budget = { first: 200 * kB, all: 350 * kB };

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
  metafile: true,
};

check();
await rm(dist, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
const embed = await bundle('src/embed.tsx');
const demo = await bundle('src/demo/demo.tsx');
const sdk = await copySDK();
await shim();
await page('embed', embed, {});
await page('demo', demo, { sdk });
await writeFile(join(dist, 'THIRD-PARTY.txt'), await notices());
await report();

function check() {
  const tsc = spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--noEmit'], { cwd: here, stdio: 'inherit' });
  if (tsc.status !== 0) process.exit(1);
}

/** bundle builds an entry and says which files a page must name. */
async function bundle(entry) {
  const { metafile } = await esbuild.build({
    ...common,
    entryPoints: [entry],
    outdir: assets,
    format: 'esm',
    splitting: true,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    publicPath,
  });
  const outputs = Object.entries(metafile.outputs);
  const [file, main] = outputs.find(([, o]) => o.entryPoint === entry);
  const names = (list) => list.map((p) => basename(p));
  const later = main.imports.filter((i) => i.kind === 'dynamic-import').map((i) => i.path);
  const now = main.imports.filter((i) => i.kind === 'import-statement').map((i) => i.path);
  return { script: basename(file), style: main.cssBundle && basename(main.cssBundle), now: names(now), later: names(later) };
}

async function shim() {
  await esbuild.build({ ...common, entryPoints: ['src/shim-script.ts'], outfile: join(dist, 'inlay-embed.js'), format: 'iife', target: ['es2018'] });
  await esbuild.build({ ...common, entryPoints: ['src/shim-module.ts'], outfile: join(dist, 'inlay-embed.mjs'), format: 'esm' });
}

/** copySDK puts Microsoft's client beside the demo, byte for byte as it was published. */
async function copySDK() {
  const from = join(here, 'node_modules/powerbi-client');
  const { version } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8'));
  const content = await readFile(join(from, 'dist/powerbi.min.js'));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase();
  const name = `powerbi-client-${version}-${hash}.min.js`;
  await writeFile(join(assets, name), content);
  return name;
}

async function page(name, files, more) {
  let html = await readFile(join(here, `src/${name}.html`), 'utf8');
  const listener = (await esbuild.transform(await readFile(join(here, 'src/listener.js'), 'utf8'), { minify: true, target: 'es2022' })).code.trim();
  const links = [
    `<link rel="stylesheet" href="${publicPath}/${files.style}">`,
    ...files.now.map((f) => `<link rel="modulepreload" href="${publicPath}/${f}">`),
    ...files.later.map((f) => `<link rel="modulepreload" href="${publicPath}/${f}" fetchpriority="low">`),
    ...(more.sdk ? [`<script src="${publicPath}/${more.sdk}"></script>`, '<script src="/inlay-embed.js"></script>'] : []),
    `<script type="module" src="${publicPath}/${files.script}"></script>`,
  ];
  html = html.replace('<!-- listener -->', () => `<script>${listener}</script>`).replace('<!-- links -->', () => links.join('\n'));
  await writeFile(join(dist, `${name}.html`), html);
}

/** notices gathers the licences of everything that is in a bundle. */
async function notices() {
  const parts = ['Inlay contains the software named below, each under its own licence.\n'];
  for (const name of ['echarts', 'powerbi-client', 'preact', 'tslib', 'zrender']) {
    const folder = join(here, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((f) => f.isFile() && !f.parentPath.includes('node_modules', folder.length) && /^(licen[cs]e|notice|copyright)/i.test(f.name))
      .map((f) => join(f.parentPath, f.name).slice(folder.length + 1))
      .sort();
    if (files.length === 0) throw new Error(`${name} has no licence file`);
    parts.push(`${'='.repeat(80)}\n${name} ${version} (${license})\n`);
    for (const file of files) parts.push((await readFile(join(folder, file), 'utf8')).replace(/\r\n/g, '\n').trim() + '\n');
  }
  const inner = await readFile(join(here, 'node_modules/powerbi-client/dist/powerbi.js.LICENSE.min.txt'), 'utf8');
  parts.push(`${'='.repeat(80)}\nNotices within powerbi.min.js\n`, inner.replace(/\r\n/g, '\n').trim() + '\n');
  return parts.join('\n');
}

async function report() {
  const size = async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
  const first = ['embed.html', `assets/${embed.script}`, `assets/${embed.style}`, ...embed.now.map((f) => `assets/${f}`)];
  const all = [...first, ...embed.later.map((f) => `assets/${f}`)];
  const sum = async (files) => (await Promise.all(files.map(size))).reduce((a, b) => a + b, 0);
  for (const file of [...all, 'inlay-embed.js', 'demo.html', `assets/${demo.script}`, `assets/${demo.style}`]) {
    console.log(`${String(await size(file)).padStart(8)} B gzip  ${file}`);
  }
  const [a, b] = [await sum(first), await sum(all)];
  console.log(`first paint ${(a / kB).toFixed(1)} kB of ${budget.first / kB}, all ${(b / kB).toFixed(1)} kB of ${budget.all / kB}`);
  if (a > budget.first || b > budget.all) {
    console.error('the embed page is over its budget');
    process.exit(1);
  }
}
