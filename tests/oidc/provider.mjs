// A small OpenID provider of its own: people, its pages driven without a browser, and ways to make it lie.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, decodeJwt, SignJWT } from "jose";
import Provider from "oidc-provider";

export const client = { id: "tandem", secret: "a secret: with %signs/&" };

export async function startProvider(port, redirect) {
  const people = new Map();
  const lies = { token: null, keys: null }; // what the answers of /token and /jwks become
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirect],
      response_types: ["code"], grant_types: ["authorization_code"] }],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "first", use: "sig", alg: "RS256" }] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  provider.use(async (context, next) => {
    await next();
    if (context.path === "/token" && context.body?.id_token && lies.token)
      context.body = { ...context.body, id_token: await lies.token(context.body.id_token) };
    if (context.path === "/jwks" && lies.keys) context.body = { keys: lies.keys };
  });
  let server;
  const listen = () => new Promise((done) => { server = createServer(provider.callback()).listen(port, "127.0.0.1", done); });
  await listen();
  return {
    issuer, people, lies, listen, publicKey, privateKey,
    stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
    /** A token like this one but for some claims, by a key that the provider may or may not publish. */
    signed: (token, changes, key = privateKey, kid = "first", alg = "RS256") =>
      new SignJWT({ ...decodeJwt(token), ...changes }).setProtectedHeader({ alg, kid }).sign(key),
  };
}

/** What a person does at the provider's pages: signs in, consents; gives what comes back to our address. */
export async function passThrough(location, login) {
  const jar = new Map();
  let url = location, form = null;
  for (let step = 0; step < 12; ++step) {
    const answer = await fetch(url, {
      redirect: "manual", method: form ? "POST" : "GET",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}) },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name, value] = set.split(";")[0].split("=");
      jar.set(name, value);
    }
    form = null;
    const next = answer.headers.get("location");
    if (next) {
      url = new URL(next, url).href;
      if (new URL(url).pathname === "/signin/sso") return Object.fromEntries(new URL(url).searchParams);
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (!prompt) throw new Error(`the provider answers ${answer.status}: ${page.slice(0, 500)}`);
    form = prompt === "login" ? { prompt, login, password: "any" } : { prompt };
    url = new URL(/action="([^"]+)"/.exec(page)[1], url).href;
  }
  throw new Error("the provider sends round and round");
}
