// Builds the web app and packs it for the server: `node tools/build.mjs [--out DIR]` (default web/build).
// Installs the packages when the lock file changed, so that a plain cmake build needs nothing but node and npm.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const web = resolve(import.meta.dirname, '..');
const out = resolve(process.argv[2] === '--out' ? process.argv[3] : join(web, 'build'));
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: web, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TANDEM_WEB_OUT: out } });

// The same mark as ./dev leaves.
const lock = createHash('sha256').update(readFileSync(join(web, 'package-lock.json'))).digest('hex');
const mark = join(web, 'node_modules/.tandem-lock');
if (!existsSync(mark) || readFileSync(mark, 'utf8').trim() !== lock) {
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  writeFileSync(mark, `${lock}\n`);
}

mkdirSync(out, { recursive: true });
run(process.execPath, 'tools/api-types.mjs');
const vite = join(web, 'node_modules/vite/bin/vite.js');
run(process.execPath, vite, 'build', '--logLevel', 'warn');
run(process.execPath, vite, 'build', '-c', 'vite.public.ts', '--logLevel', 'warn');
process.stdout.write(run(process.execPath, 'tools/check-budgets.mjs', out));
run(process.execPath, 'tools/pack.mjs', out);
