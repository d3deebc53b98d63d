// Imports point down only: console|portal → features → ui → lib. A feature uses another's model and parts, never its
// pages. Public pages use lib and the shared colours.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = new URL('../src/', import.meta.url).pathname;
const files = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? files(path) : /\.tsx?$/.test(name) ? [path.slice(root.length)] : [];
});
const may = { lib: ['lib'], ui: ['ui', 'lib'], features: ['features', 'ui', 'lib'], console: ['console', 'features', 'ui', 'lib'], portal: ['portal', 'features', 'ui', 'lib'], public: ['public', 'lib'] };
const wrong = [];
for (const file of files(root)) {
  const text = readFileSync(root + file, 'utf8');
  const [layer, feature] = file.split('/');
  const isTest = /\.test\.tsx?$/.test(file);
  if (!isTest && !file.endsWith('.d.ts') && text.split('\n').length > 260) wrong.push(`${file}: more than 260 lines`);
  if (layer !== 'lib' && /\bfetch\(/.test(text)) wrong.push(`${file}: only lib/api/client.ts calls fetch`);
  if (/dangerouslySetInnerHTML|\.innerHTML\b/.test(text)) wrong.push(`${file}: raw HTML`);
  for (const [, target] of text.matchAll(/(?:from |import\(|import )'(\.[^']+)'/g)) {
    const to = normalize(join(dirname(file), target));
    const [toLayer, toFeature] = to.split('/');
    if (layer === 'public' && to === 'ui/tokens-plain.css') continue;
    if (!may[layer].includes(toLayer)) wrong.push(`${file}: must not import ${to}`);
    if (layer === 'features' && toLayer === 'features' && feature !== toFeature && to.includes('/pages/')) wrong.push(`${file}: another feature's page ${to}`);
  }
}
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
