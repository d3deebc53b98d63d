// People sign in by an OpenID provider; what it did not say, said to others or said long ago opens nothing.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { existsSync, chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { exportJWK, generateKeyPair } from "jose";
import { client, passThrough, startProvider } from "./provider.mjs";

const program = process.env.TANDEM_BINARY ?? new URL("../../build/release/tandem", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "tandem-oidc-"));
chmodSync(folder, 0o755); // as root the database runs as another user, who must get there
const data = join(folder, "data");
let server, origin, keys, logins, provider;

const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, "127.0.0.1", () => { const { port } = probe.address(); probe.close(() => done(port)); });
});

before(async () => {
  const demo = spawnSync(program, ["demo", "--data", data], { encoding: "utf8" });
  assert.equal(demo.status, 0, demo.stderr);
  keys = JSON.parse(readFileSync(join(data, "demo-keys.json"), "utf8"));
  logins = JSON.parse(readFileSync(join(data, "demo-logins.json"), "utf8")).logins;
  const [port, theirs] = [await freePort(), await freePort()];
  origin = `http://127.0.0.1:${port}`;
  provider = await startProvider(theirs, `${origin}/signin/sso`);
  const domain = logins[0].email.split("@")[1];
  server = spawn(program, ["serve", "--data", data, "--port", String(port), "--public-url", origin,
    "--proxies", "127.0.0.1", "--outgoing-networks", "127.0.0.0/8", "--oidc-issuer", provider.issuer,
    "--oidc-client-id", client.id, "--oidc-client-secret", client.secret, "--oidc-label", "Acme",
    "--oidc-domains", `${domain},people.test`], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  for await (const chunk of server.stdout) {
    said += chunk;
    if (/serves (\S+)/.test(said)) break;
  }
  server.stdout.resume();
  provider.people.set("ann", { email: logins[0].email, email_verified: true, name: "Ann" });
}, { timeout: 120_000 });

after(async () => {
  await provider?.stop();
  server?.kill();
  if (server && server.exitCode === null) await new Promise((resolve) => server.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => { provider.lies.token = provider.lies.keys = null; });

let addresses = 0;
/** What a browser keeps, at an address of its own: limits count addresses. */
class Browser {
  cookies = new Map();
  csrf;
  address = `127.0.1.${++addresses}`;
  async send(method, path, body) {
    const answer = await fetch(origin + path, {
      method,
      headers: { "content-type": "application/json", "idempotency-key": randomUUID(), "sec-fetch-site": "same-origin",
        "x-forwarded-for": this.address, ...(this.csrf ? { "x-csrf-token": this.csrf } : {}),
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const sets = answer.headers.getSetCookie();
    for (const set of sets) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const text = await answer.text();
    const found = { status: answer.status, sets, retry: answer.headers.get("retry-after"), body: text ? JSON.parse(text) : null };
    if (found.body?.csrf_token) this.csrf = found.body.csrf_token;
    return found;
  }
  async begin(body = {}) {
    const begun = await this.send("POST", "/api/single-sign-on/attempts", body);
    assert.equal(begun.status, 201, JSON.stringify(begun.body));
    return begun;
  }
  /** Through the provider's pages, to what it appends to our address. */
  async come(login, body = {}, change = (url) => url) {
    const begun = await this.begin(body);
    const url = new URL(begun.body.location);
    change(url);
    return passThrough(url.href, login);
  }
  async prove(login, body = {}, change) { return this.send("POST", "/api/single-sign-on/proof", await this.come(login, body, change)); }
  enter(code) { return this.send("POST", "/api/single-sign-on/session", code ? { code } : {}); }
}

const refused = (answer, status, code) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.code, code);
};

test("somebody who exists signs in, and is known by the provider's name from then on", async () => {
  const browser = new Browser();
  assert.equal((await browser.send("GET", "/api/single-sign-on")).body.label, "Acme");
  const begun = await browser.begin();
  const asked = new URL(begun.body.location).searchParams;
  assert.equal(asked.get("code_challenge_method"), "S256");
  assert.match(asked.get("code_challenge"), /^[\w-]{43}$/);
  assert.ok(asked.get("state") && asked.get("nonce") && asked.get("scope").includes("openid"));
  const cookie = begun.sets.find((set) => set.startsWith("sso="));
  assert.match(cookie, /HttpOnly; SameSite=Lax; Max-Age=600$/);
  assert.ok(!cookie.includes(asked.get("state")), "the cookie is sealed");

  const proved = await browser.send("POST", "/api/single-sign-on/proof", await passThrough(begun.body.location, "ann"));
  assert.equal(proved.status, 201, JSON.stringify(proved.body));
  assert.equal(proved.body.needs_second_factor, false);
  const entered = await browser.enter();
  assert.equal(entered.status, 201, JSON.stringify(entered.body));
  assert.equal(entered.body.user.email, logins[0].email);
  assert.equal(entered.body.reauthenticated_until, null, "the provider may have asked last week");
  assert.ok(!browser.cookies.has("sso"), "the attempt is used up");
  await mailTo(logins[0].email, /signed in to Tandem with your address by Acme/);
  assert.equal((await browser.send("GET", "/api/session")).status, 200);
  refused(await browser.enter(), 403, "single_sign_on_expired");

  provider.people.get("ann").email = "ann-married@people.test";
  const later = new Browser();
  assert.equal((await later.prove("ann")).status, 201);
  assert.equal((await later.enter()).body.user.email, logins[0].email);
  provider.people.get("ann").email = logins[0].email;
});

test("an address that went to somebody else does not open the old account", async () => {
  provider.people.set("new-ann", { email: logins[0].email, email_verified: true });
  refused(await new Browser().prove("new-ann"), 403, "single_sign_on_unknown");
});

test("a code that comes back twice, to another browser or with another state opens nothing", async () => {
  const browser = new Browser();
  const came = await browser.come("ann");
  refused(await new Browser().send("POST", "/api/single-sign-on/proof", came), 403, "single_sign_on_expired");
  refused(await browser.send("POST", "/api/single-sign-on/proof", { ...came, state: `x${came.state.slice(1)}` }), 403, "single_sign_on_expired");
  refused(await browser.send("POST", "/api/single-sign-on/proof", { ...came, iss: "https://elsewhere.example" }), 403, "single_sign_on_refused");
  const before_proof = new Map(browser.cookies);
  assert.equal((await browser.send("POST", "/api/single-sign-on/proof", came)).status, 201);
  refused(await browser.send("POST", "/api/single-sign-on/proof", came), 403, "single_sign_on_expired");
  browser.cookies = before_proof;
  refused(await browser.send("POST", "/api/single-sign-on/proof", came), 403, "single_sign_on_refused");
  refused(await new Browser().enter(), 403, "single_sign_on_expired");
  assert.equal((await browser.send("POST", "/api/single-sign-on/proof", { code: "x" })).status, 422);
});

test("a token of another sign-in, for another client, too old or by another issuer opens nothing", async () => {
  refused(await new Browser().prove("ann", {}, (url) => url.searchParams.set("nonce", "another")), 403, "single_sign_on_refused");
  const wrong = [{ aud: "somebody-else" }, { aud: [client.id, "somebody-else"] }, { azp: "somebody-else" },
    { iss: "https://elsewhere.example" }, { exp: 1_700_000_000 }, { iat: 1_700_000_000 },
    { iat: Math.floor(Date.now() / 1000) + 3600 }, { sub: "" }];
  for (const changes of wrong) {
    provider.lies.token = (token) => provider.signed(token, changes);
    refused(await new Browser().prove("ann"), 403, "single_sign_on_refused");
  }
});

test("signatures: a new key is looked up, an unknown one and weak ways are refused", async () => {
  const next = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(next.publicKey)), kid: "second", use: "sig", alg: "ES256" };
  provider.lies.token = (token) => provider.signed(token, {}, next.privateKey, "second", "ES256");
  refused(await new Browser().prove("ann"), 403, "single_sign_on_refused");
  provider.lies.keys = [jwk];
  await pause(10_500); // the keys are read anew at most every ten seconds
  const browser = new Browser();
  assert.equal((await browser.prove("ann")).status, 201, "rotated");
  assert.equal((await browser.enter()).status, 201);
  // Forgeries: no signature, and a public key used as a shared secret.
  provider.lies.token = (token) => {
    const body = token.split(".")[1];
    return `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`;
  };
  refused(await new Browser().prove("ann"), 403, "single_sign_on_refused");
  provider.lies.token = (token) => {
    const head = Buffer.from('{"alg":"HS256","kid":"second"}').toString("base64url");
    const said = `${head}.${token.split(".")[1]}`;
    return `${said}.${createHmac("sha256", JSON.stringify(jwk)).update(said).digest("base64url")}`;
  };
  refused(await new Browser().prove("ann"), 403, "single_sign_on_refused");
  provider.lies.token = (token) => provider.signed(token, {}, next.privateKey, "first", "ES256");
  refused(await new Browser().prove("ann"), 403, "single_sign_on_refused");
  provider.lies.token = provider.lies.keys = null;
  await pause(10_500); // back to the first key
});

test("an address that is not verified, of another domain or of nobody here opens nothing", async () => {
  provider.people.set("bob", { email: logins[1].email, email_verified: false });
  refused(await new Browser().prove("bob"), 403, "single_sign_on_email");
  provider.people.set("bob", { email: logins[1].email, email_verified: "true" });
  refused(await new Browser().prove("bob"), 403, "single_sign_on_email");
  provider.people.set("bob", {});
  refused(await new Browser().prove("bob"), 403, "single_sign_on_email");
  provider.people.set("bob", { email: "bob@elsewhere.test", email_verified: true });
  refused(await new Browser().prove("bob"), 403, "single_sign_on_email");
  provider.people.set("bob", { email: "bob@people.test", email_verified: true });
  refused(await new Browser().prove("bob"), 403, "single_sign_on_unknown");
});

/** What a mail to the address says that fits the pattern. */
async function mailTo(email, pattern) {
  for (let i = 0; i < 100; ++i) {
    await pause(100);
    if (!existsSync(join(data, "mail"))) continue;  // made with the first mail
    for (const name of readdirSync(join(data, "mail"))) {
      const mail = readFileSync(join(data, "mail", name), "utf8");
      if (!mail.includes(email)) continue;
      const found = pattern.exec(Buffer.from(mail.slice(mail.indexOf("\r\n\r\n")), "base64").toString());
      if (found) return found;
    }
  }
  return assert.fail(`no mail to ${email}`);
}

/** The token of the latest invitation's mail. */
async function invite(email) {
  const made = await fetch(`${origin}/api/invitations`, { method: "POST", body: JSON.stringify({ email, role: "viewer" }),
    headers: { authorization: `Bearer ${keys.staff_key}`, "content-type": "application/json", "idempotency-key": randomUUID() } });
  assert.equal(made.status, 201, await made.text());
  return (await mailTo(email, /\/invitation\/([\w.-]+)/))[1];
}

test("an invited person joins by single sign-on, and nobody else by that invitation", async () => {
  const invitation = await invite("carol@people.test");
  provider.people.set("dan", { email: "dan@people.test", email_verified: true });
  refused(await new Browser().prove("dan", { invitation }), 403, "single_sign_on_unknown");
  refused(await new Browser().prove("ann", { invitation }), 403, "single_sign_on_unknown");
  provider.people.set("carol", { email: "Carol@people.test", email_verified: true, name: "Carol" });
  const browser = new Browser();
  assert.equal((await browser.prove("carol", { invitation })).status, 201);
  const entered = await browser.enter();
  assert.equal(entered.status, 201, JSON.stringify(entered.body));
  assert.equal(entered.body.user.name, "Carol");
  assert.deepEqual(entered.body.memberships.map((one) => one.role), ["viewer"]);
  refused(await new Browser().send("POST", "/api/single-sign-on/attempts", { invitation }), 404, "not_found");
});

/** RFC 6238 over a base32 secret. */
function totp(secret, at = Date.now()) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("confirming asks the provider anew; then a second factor is set up, and asked for unless the provider did", async () => {
  const browser = new Browser();
  assert.equal((await browser.prove("carol")).status, 201);
  await browser.enter();
  refused(await browser.send("POST", "/api/me/second-factor"), 403, "reauth");
  const begun = await browser.begin({ confirms: true });
  const asked = new URL(begun.body.location).searchParams;
  assert.equal(asked.get("prompt"), "login");
  assert.equal((await browser.send("POST", "/api/single-sign-on/proof", await passThrough(begun.body.location, "carol"))).status, 201);
  assert.ok((await browser.enter()).body.reauthenticated_until);
  const offer = await browser.send("POST", "/api/me/second-factor");
  assert.equal(offer.status, 201, JSON.stringify(offer.body));
  const code = totp(offer.body.secret);
  const confirmed = await browser.send("POST", "/api/me/second-factor/confirmation", { code });
  assert.equal(confirmed.status, 201, JSON.stringify(confirmed.body));

  const later = new Browser();
  assert.equal((await later.prove("carol")).body.needs_second_factor, true);
  refused(await later.enter(), 401, "second_factor");
  refused(await later.enter(code), 401, "second_factor");
  const entered = await later.enter(confirmed.body.recovery_codes[0]);
  assert.equal(entered.status, 201, JSON.stringify(entered.body));

  provider.lies.token = (token) => provider.signed(token, { amr: ["pwd", "mfa"] });
  const strong = new Browser();
  assert.equal((await strong.prove("carol")).body.needs_second_factor, false);
  assert.equal((await strong.enter()).status, 201);
});

test("a provider that is away is said in words", async () => {
  const browser = new Browser();
  const came = await browser.come("ann");
  await provider.stop();
  const answer = await browser.send("POST", "/api/single-sign-on/proof", came);
  refused(answer, 503, "single_sign_on_unavailable");
  assert.ok(answer.retry);
  assert.match(answer.body.detail, /Try again/);
  await provider.listen();
  assert.equal((await browser.send("POST", "/api/single-sign-on/proof", came)).status, 201, "and works when it is back");
});

test("doctor says where the provider is, and how to mend what is wrong", () => {
  const look = (issuer, ...more) => spawnSync(program, ["doctor", "--data", data, "--format", "json", "--public-url", origin,
    "--outgoing-networks", "127.0.0.0/8", "--oidc-issuer", issuer, ...more], { encoding: "utf8" });
  const check = (run) => JSON.parse(run.stdout).checks.find((one) => one.name === "single sign-on");
  assert.match(check(look(provider.issuer)).detail, /oidc_client_id/);
  const wrong = check(look(`${provider.issuer}/`, "--oidc-client-id", client.id));
  assert.equal(wrong.ok, false);
  assert.match(wrong.detail, /another|cannot be read/);
});
