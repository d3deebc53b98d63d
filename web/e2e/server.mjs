// The real server with the demo's data, private to one run: `const server = await startServer()`.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const binary = process.env.TANDEM_BINARY ?? ['release', 'debug'].map((preset) => `${root}build/${preset}/tandem`).find(existsSync);

/** A port whose next one is free too: the demo's shop takes that. */
async function freePort() {
  const free = (port) => new Promise((done) => {
    const probe = createServer().once('error', () => done(0)).listen(port, '127.0.0.1', () => { const found = probe.address().port; probe.close(() => done(found)); });
  });
  for (;;) {
    const port = await free(0);
    if (port < 65_000 && (await free(port + 1))) return port;
  }
}

export async function startServer() {
  // The program makes the folder itself, so that its database's user may enter it.
  const data = join(tmpdir(), `tandem-e2e-${process.pid}-${Date.now().toString(36)}`);
  const port = await freePort();
  const child = spawn(binary, ['demo', '--serve', '--data', data, '--port', String(port), '--access-log', 'false'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise((ready, failed) => {
    child.stdout.on('data', (part) => { said += part; if (/client website is http/.test(said)) ready(); });
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}: ${said.slice(-2000)}`)));
  });
  child.removeAllListeners('exit');
  const read = (name) => JSON.parse(readFileSync(join(data, name), 'utf8'));
  return {
    base: `http://127.0.0.1:${port}`, shop: `http://127.0.0.1:${port + 1}`,
    keys: read('demo-keys.json'), logins: read('demo-logins.json').logins,
    /** What of the last mail to this address matches: without a mail server mails are files. */
    async mailed(to, what) {
      for (let tries = 0; tries < 100; tries += 1, await new Promise((done) => setTimeout(done, 200))) {
        const folder = join(data, 'mail');
        const mails = existsSync(folder) ? readdirSync(folder).sort().map((name) => readFileSync(join(folder, name), 'utf8')) : [];
        const text = (mail) => Buffer.from(mail.slice(mail.search(/\r?\n\r?\n/)), 'base64').toString();
        const found = mails.filter((mail) => mail.includes(`<${to}>`)).map((mail) => what.exec(text(mail))?.[0]).filter(Boolean).at(-1);
        if (found) return `http://127.0.0.1:${port}${found}`;
      }
      throw new Error(`no mail to ${to}`);
    },
    /** What only time would do; the private database is its own user's. */
    sql(statement) {
      const psql = ['psql', '-h', join(data, 'socket'), '-d', 'tandem', '-v', 'ON_ERROR_STOP=1', '-qc', statement];
      if (process.getuid?.() === 0) execFileSync('setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', ...psql]);
      else execFileSync(psql[0], psql.slice(1));
    },
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Calls the API with a key of the demo, the staff's unless told: what a story needs that no person does. */
export async function call(server, method, path, body, key = 'staff_key') {
  const response = await fetch(server.base + path, {
    method, headers: { authorization: `Bearer ${server.keys[key]}`, 'content-type': 'application/json', ...(method === 'GET' ? {} : { 'idempotency-key': crypto.randomUUID() }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** The cookies of a person who signs in, without the page. */
export async function cookiesOf(server, login) {
  const response = await fetch(`${server.base}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), origin: server.base }, body: JSON.stringify({ email: login.email, password: login.password }) });
  if (!response.ok) throw new Error(`${login.email} cannot sign in: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie().map((line) => {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.base };
  });
}
