// Sizes with gzip against budgets.json: prints them, and fails the build over them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const out = process.argv[2] ?? 'build';
const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'));
const bundle = (name) => {
  const folder = join(out, name);
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));
  const size = (file) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;
  /** A chunk with all that it imports at once. */
  const closure = (key, seen = new Set()) => {
    if (seen.has(key)) return seen;
    seen.add(key);
    for (const next of manifest[key].imports ?? []) closure(next, seen);
    return seen;
  };
  const scripts = (keys) => [...keys].reduce((sum, key) => sum + size(manifest[key].file), 0);
  const styles = (keys) => [...new Set([...keys].flatMap((key) => manifest[key].css ?? []))].reduce((sum, file) => sum + size(file), 0);
  return { manifest, size, closure, scripts, styles };
};

let failed = false;
const report = (name, bytes, budget) => {
  const over = bytes > budget;
  failed ||= over;
  process.stdout.write(`${over ? 'OVER ' : 'ok   '} ${name.padEnd(34)} ${String(bytes).padStart(7)} of ${budget} B\n`);
};

const app = bundle('app');
const routes = Object.keys(app.manifest).filter((key) => app.manifest[key].isDynamicEntry && /\/pages\//.test(key));
for (const side of ['console', 'portal']) {
  const entry = app.closure(`${side}/${side}.html`);
  report(`${side} entry`, app.scripts(entry), budgets[`${side} entry`]);
  const pages = routes.map((key) => {
    const own = [...app.closure(key)].filter((one) => !entry.has(one));
    return { key, script: app.scripts(own), css: app.styles([...entry, ...own]) };
  });
  const largest = pages.reduce((most, one) => (one.script > most.script ? one : most), { key: '', script: 0, css: 0 });
  report(`${side} route ${largest.key.split('/').pop()}`, largest.script, budgets.route);
  const home = pages.find((one) => one.key.endsWith(side === 'console' ? '/home.tsx' : '/portal-home.tsx'));
  report(`${side} first page`, app.scripts(entry) + home.script + home.css, budgets['first page']);
  report(`${side} css`, Math.max(app.styles(entry), ...pages.map((one) => one.css)), budgets.css);
}
const texts = Object.keys(app.manifest).filter((key) => /locales\/.*\.json$/.test(key)).map((key) => [key, app.size(app.manifest[key].file)]);
const [key, bytes] = texts.reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
report(`locale ${key.replace(/^.*\/(\w+)\/locales/, '$1')}`, bytes, budgets.locale);
const open = bundle('public');
const entry = open.closure('public/public.html');
report('public script', open.scripts(entry), budgets['public script']);
report('public css', open.styles(entry), budgets['public css']);
if (failed) process.exit(1);
