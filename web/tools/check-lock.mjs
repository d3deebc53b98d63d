// The lock file holds versions and sums, no addresses; what is shipped has a permissive licence.
import { existsSync, readFileSync } from 'node:fs';

const web = new URL('../', import.meta.url);
const lock = JSON.parse(readFileSync(new URL('package-lock.json', web), 'utf8'));
const own = JSON.parse(readFileSync(new URL('package.json', web), 'utf8'));
const wrong = [];
const shipped = /^(MIT|Apache-2\.0|ISC|0BSD|Unlicense|BSD-[23]-Clause|OFL-1\.1)$/;
for (const [name, versions] of Object.entries({ ...own.dependencies, ...own.devDependencies }))
  if (!/^\d+\.\d+\.\d+$/.test(versions)) wrong.push(`${name}: ${versions} is not pinned`);
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '') continue;
  if (entry.resolved) wrong.push(`${path}: has an address`);
  if (!entry.integrity?.startsWith('sha512-')) wrong.push(`${path}: has no SHA-512 sum`);
  if (entry.hasInstallScript && !entry.optional && !entry.dev) wrong.push(`${path}: has an install script`);
  const manifest = new URL(`${path}/package.json`, web);
  const licence = entry.license ?? (existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined);
  if (!entry.dev && !entry.optional && !shipped.test(licence ?? '')) wrong.push(`${path}: licence ${licence}`);
}
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
