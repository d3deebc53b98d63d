// A small stand-in for the server, a client's web site on another origin, and a real browser.
import { createServer } from "node:http";
import { once } from "node:events";
import { chromium } from "playwright-core";
import { bundle } from "../build.mjs";

export const kUuid = /^[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

async function listen(handler, host) {
  const server = createServer(handler);
  server.listen(0, host);
  await once(server, "listening");
  return server;
}

async function body_of(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

/** Plays POST /api/visits, POST /api/leads and GET /t.js; `calls` lists what arrived, `answers` overrides answers. */
export class Api {
  calls = [];
  answers = {};

  async start() {
    const script = await bundle();
    this.server = await listen((request, response) => this.answer(request, response, script), "127.0.0.1");
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async answer(request, response, script) {
    const text = await body_of(request);
    const reply = (status, value, headers = {}) => {
      const kind = status < 400 ? "application/json" : "application/problem+json";
      response.writeHead(status, { "access-control-allow-origin": "*", "content-type": kind, ...headers });
      response.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    if (request.url === "/t.js") return reply(200, script, { "content-type": "text/javascript" });
    if (request.method === "OPTIONS") {
      this.calls.push({ method: "OPTIONS", url: request.url });
      return reply(204, "", {
        "access-control-allow-methods": "POST", "access-control-allow-headers": "authorization, content-type",
      });
    }
    this.calls.push({ method: request.method, url: request.url, headers: request.headers, body: JSON.parse(text) });
    if (this.answers[request.url] === "cut") return request.socket.destroy();
    const [status, value] = this.answers[request.url] ?? (request.url === "/api/visits"
      ? [200, { visit_id: "v1", counted: true }] : [201, { lead_id: "l1" }]);
    return reply(status, value);
  }

  landings() { return this.calls.filter((call) => call.method === "POST" && call.url === "/api/landings"); }
  visits() { return this.calls.filter((call) => call.method === "POST" && call.url === "/api/visits"); }
  leads() { return this.calls.filter((call) => call.method === "POST" && call.url === "/api/leads"); }
}

/** A client's page with the script tag; `attributes` and `before` (an inline script) go into it. */
export async function start_site(api) {
  const site = { pages: {} };
  site.server = await listen((request, response) => {
    const page = site.pages[new URL(request.url, "http://x").pathname] ?? {};
    const csp = page.csp ? { "content-security-policy": page.csp } : {};
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...csp });
    response.end(`<!doctype html><title>shop</title>${page.before ? `<script>${page.before}</script>` : ""}
      <script async src="${api.origin}/t.js" ${page.attributes ?? 'data-site-key="pk_test"'}></script>
      ${page.after ?? ""}`);
  }, "127.0.0.1");
  site.origin = `http://localhost:${site.server.address().port}`;
  return site;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP localhost 127.0.0.1"],
  });
}

/** Waits until `test()` is true; the suite fails with `what` after two seconds. */
export async function until(test, what) {
  for (let i = 0; i < 100; i++) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain: ${what}`);
}

/** Long enough for anything that was going to be sent to have arrived. */
export const quiet = () => new Promise((resolve) => setTimeout(resolve, 250));
