// Colours stand in tokens-plain.css alone, so that both themes are always complete.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const src = new URL('../src/', import.meta.url).pathname;
const files = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? files(path) : /\.(css|tsx?)$/.test(name) ? [path] : [];
});
let failed = false;
for (const file of files(src)) {
  if (/tokens-plain\.css$|\.test\./.test(file)) continue;
  readFileSync(file, 'utf8').split('\n').forEach((line, i) => {
    if (!/#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(/i.test(line.replace(/\{`#|href="#\w+/g, ''))) return;
    console.error(`${file.slice(src.length)}:${i + 1}: a colour outside the tokens`);
    failed = true;
  });
}
process.exit(failed ? 1 : 0);
