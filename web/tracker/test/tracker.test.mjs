import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { Api, kUuid, launch, quiet, start_site, until } from "./support.mjs";

let browser, api, site, context, page, errors;

before(async () => {
  api = await new Api().start();
  site = await start_site(api);
  browser = await launch();
});

after(async () => {
  await browser.close();
  for (const server of [api.server, site.server]) {
    server.closeAllConnections();
    server.close();
  }
});

beforeEach(async () => {
  api.calls = [];
  api.answers = {};
  site.pages = {};
  errors = [];
  context = await browser.newContext(); // nothing stored
  page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(errors, [], "an error reached the page");
});

/** Opens a page of the site and waits until the script has run. */
async function open(path, options) {
  await page.goto(site.origin + path, options);
  await page.waitForFunction(() => window.tandem && typeof window.tandem.visit === "function");
}

const cookie = async (name) => (await context.cookies()).find((kept) => kept.name === name);
const stored = (name) => page.evaluate((key) => localStorage.getItem(key), name);

for (const parameter of ["ref", "via", "fp_ref"]) {
  test(`?${parameter}= sends one visit as text/plain, without a preflight`, async () => {
    await open(`/shop?${parameter}=ANNA&x=secret&utm_source=mail`, { referer: "https://blog.example/post?q=1" });
    await until(() => api.visits().length, "visit");
    await quiet();
    assert.equal(api.calls.length, 1);
    const { headers, body } = api.calls[0];
    assert.match(headers["content-type"], /^text\/plain/);
    assert.match(body.visitor_id, kUuid);
    assert.deepEqual(body, {
      visitor_id: body.visitor_id, partner_code: "ANNA", landing_url: `${site.origin}/shop?utm_source=mail`,
      referrer: "https://blog.example",
    });
    assert.equal(await page.evaluate(() => location.search), `?${parameter}=ANNA&x=secret&utm_source=mail`);
  });
}

test("the visitor id is kept for a year in a first-party cookie and in localStorage", async () => {
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
  const { visitor_id } = api.visits()[0].body;
  const kept = await cookie("tdm_vid");
  assert.equal(kept.value, visitor_id);
  assert.equal(kept.domain, "localhost");
  assert.equal(kept.sameSite, "Lax");
  assert.equal(kept.secure, false);
  const days = (kept.expires - Date.now() / 1000) / 86400;
  assert.ok(days > 364 && days < 366, `${days} days`);
  assert.equal(await stored("tdm_vid"), visitor_id);
});

test("on https the cookie is Secure", async () => {
  const text = await (await fetch(`${api.origin}/t.js`)).text();
  await context.route("https://shop.example/**", (route) => route.fulfill(route.request().url().endsWith("/t.js")
    ? { contentType: "text/javascript", body: text }
    : { contentType: "text/html", body: '<script src="/t.js" data-cookie-domain="shop.example"></script>' }));
  await page.goto("https://shop.example/?ref=ANNA");
  await page.waitForFunction(() => window.tandem);
  const kept = await cookie("tdm_vid");
  assert.equal(kept.secure, true);
  assert.equal(kept.domain, ".shop.example");
});

test("a page without a code stores and sends nothing", async () => {
  await open("/");
  await quiet();
  assert.equal(api.calls.length, 0);
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test("sendBeacon missing: fetch with keepalive", async () => {
  await page.addInitScript(() => { delete Navigator.prototype.sendBeacon; });
  await page.addInitScript(() => {
    const real = window.fetch;
    window.fetch = (url, options) => { window.fetched = { ...options }; return real(url, options); };
  });
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
  assert.equal(api.calls.length, 1);
  assert.match(api.visits()[0].headers["content-type"], /^text\/plain/);
  const options = await page.evaluate(() => window.fetched);
  assert.equal(options.keepalive, true);
  assert.equal(options.credentials, "omit");
});

test("sendBeacon refusing or throwing: fetch", async () => {
  for (const beacon of ["() => false", "() => { throw new Error('no') }"]) {
    api.calls = [];
    site.pages["/"] = { before: `navigator.sendBeacon = ${beacon}` };
    await open("/?ref=ANNA");
    await until(() => api.visits().length, "visit");
    await quiet();
    assert.equal(api.visits().length, 1);
  }
});

test("sendBeacon and fetch both broken: the page does not notice", async () => {
  site.pages["/"] = { before: "navigator.sendBeacon = () => false; window.fetch = () => { throw new Error('no') }" };
  await open("/?ref=ANNA");
  await quiet();
  assert.equal(api.visits().length, 0);
});

test("the same code is sent once in a page view, another code is sent", async () => {
  await open("/?ref=ANNA");
  await page.evaluate(() => { tandem.visit(); tandem.visit(); });
  await page.evaluate(() => { history.pushState({}, "", "/next?ref=BORIS"); tandem.visit(); tandem.visit(); });
  await page.evaluate(() => { history.pushState({}, "", "/?ref=ANNA"); tandem.visit(); });
  await quiet();
  assert.deepEqual(api.visits().map((call) => call.body.partner_code), ["ANNA", "BORIS"]);
});

test("two script tags: one visit", async () => {
  site.pages["/"] = { after: `<script async src="${api.origin}/t.js"></script>` };
  await open("/?ref=ANNA");
  await quiet();
  assert.equal(api.visits().length, 1);
});

test("cookie cleared: restored from localStorage", async () => {
  await open("/?ref=ANNA");
  const first = await stored("tdm_vid");
  await context.clearCookies();
  await open("/later");
  assert.equal((await cookie("tdm_vid")).value, first);
  await open("/?ref=BORIS");
  await until(() => api.visits().length === 2, "second visit");
  assert.equal(api.visits()[1].body.visitor_id, first);
});

test("localStorage cleared: restored from the cookie", async () => {
  await open("/?ref=ANNA");
  const first = (await cookie("tdm_vid")).value;
  await page.evaluate(() => localStorage.clear());
  await open("/later");
  assert.equal(await stored("tdm_vid"), first);
});

test("a spoiled visitor id is replaced", async () => {
  await context.addCookies([{ name: "tdm_vid", value: "%3Cscript%3E", url: site.origin }]);
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
  assert.match(api.visits()[0].body.visitor_id, kUuid);
  assert.equal((await cookie("tdm_vid")).value, api.visits()[0].body.visitor_id);
});

test("storage blocked by the browser: the id lasts as long as the page", async () => {
  site.pages["/"] = { csp: "sandbox allow-scripts" }; // cookies and localStorage throw SecurityError
  await open("/?ref=ANNA&tdm_unused=1");
  await until(() => api.visits().length, "visit");
  const answer = await page.evaluate(() => tandem.lead({ email: "a@b.example" }));
  assert.equal(answer.lead_id, "l1");
  assert.match(api.visits()[0].body.visitor_id, kUuid);
  assert.equal(api.leads()[0].body.visitor_id, api.visits()[0].body.visitor_id);
  assert.equal(api.leads()[0].headers.origin, "null");
});

test("ids are UUIDs of version 7 that differ, without crypto, too", async () => {
  const ids = new Set();
  const began = Date.now();
  for (const missing of ["", "Object.defineProperty(window, 'crypto', {value: undefined})"]) {
    for (let i = 0; i < 3; i++) {
      site.pages["/"] = { before: `localStorage.clear(); ${missing}` };
      await context.clearCookies();
      await open("/");
      ids.add(await page.evaluate(() => tandem.id()));
    }
  }
  assert.equal(ids.size, 6);
  assert.deepEqual([...ids], [...ids].sort(), "in the order of their making");
  for (const id of ids) {
    assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const made = parseInt(id.slice(0, 13).replace("-", ""), 16);
    assert.ok(made >= began && made <= Date.now(), `${id} is of now`);
  }
  assert.equal(new Set([...ids].map((id) => id.slice(14))).size, 6, "the rest is random");
});

for (const [name, property, value] of [["Do-Not-Track", "doNotTrack", "1"], ["GPC", "globalPrivacyControl", true]]) {
  test(`${name} with data-dnt="respect": nothing stored, nothing sent`, async () => {
    await page.addInitScript(([key, says]) => {
      Object.defineProperty(Navigator.prototype, key, { get: () => says, configurable: true });
    }, [property, value]);
    site.pages["/"] = { attributes: 'data-site-key="pk_test" data-dnt="respect"' };
    await open("/?ref=ANNA&tdm_click=abc.def");
    assert.deepEqual(await page.evaluate(() => tandem.lead({ email: "a@b.example" })), { lead_id: null });
    assert.equal(await page.evaluate(() => tandem.id()), null);
    await quiet();
    assert.equal(api.calls.length, 0);
    assert.deepEqual(await context.cookies(), []);
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  });

  test(`${name} without data-dnt: the visit is sent`, async () => {
    await page.addInitScript(([key, says]) => {
      Object.defineProperty(Navigator.prototype, key, { get: () => says, configurable: true });
    }, [property, value]);
    await open("/?ref=ANNA");
    await until(() => api.visits().length, "visit");
  });
}

test('data-dnt="respect" and no signal: the visit is sent', async () => {
  site.pages["/"] = { attributes: 'data-dnt="respect"' };
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
});

test("a click id is kept, sends no second visit, and goes with the lead of a later page", async () => {
  await open("/?tdm_click=MDE4.c2ln_-%3D&ref=ANNA");
  await quiet();
  assert.equal(api.visits().length, 0);
  await open("/sign-up");
  const answer = await page.evaluate(() => tandem.lead({ email: "a@b.example", external_id: "u1", name: "A" }));
  assert.deepEqual(answer, { lead_id: "l1" });
  const { headers, body } = api.leads()[0];
  assert.equal(headers.authorization, "Bearer pk_test");
  assert.deepEqual(body, { visitor_id: (await cookie("tdm_vid")).value, click_id: "MDE4.c2ln_-=", email: "a@b.example",
    external_id: "u1", name: "A" });
});

test("a landing that is seen is told once, with the site key", async () => {
  await open("/?tdm_click=MDE4.c2ln_-%3D");
  await page.evaluate(() => tandem.visit());
  await until(() => api.landings().length, "landing");
  await quiet();
  assert.equal(api.calls.length, 1);
  assert.match(api.calls[0].headers["content-type"], /^text\/plain/);
  assert.deepEqual(api.calls[0].body, { site_key: "pk_test", click_id: "MDE4.c2ln_-=" });
  assert.equal(api.visits().length, 0);
});

test("without a site key nobody is told of a landing", async () => {
  site.pages["/"] = { attributes: "" };
  await open("/?tdm_click=MDE4.c2ln_-%3D");
  await quiet();
  assert.equal(api.calls.length, 0);
});

for (const [what, query, calls] of [["visit", "ref=ANNA", () => api.visits()], ["landing", "tdm_click=MDE4.c2ln", () => api.landings()]]) {
  test(`a ${what} in a background tab waits until it is looked at`, async () => {
    await page.addInitScript(() => {
      window.hidden = true;
      Object.defineProperty(Document.prototype, "visibilityState", { get: () => (window.hidden ? "hidden" : "visible") });
    });
    await open(`/?${query}`);
    await quiet();
    assert.equal(api.calls.length, 0);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await quiet();
    assert.equal(api.calls.length, 0, "still hidden");
    await page.evaluate(() => { window.hidden = false; document.dispatchEvent(new Event("visibilitychange")); });
    await until(() => calls().length, what);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await quiet();
    assert.equal(api.calls.length, 1);
  });

  test(`a ${what} in a frame that nobody can see is none`, async () => {
    site.pages["/frames"] = { after: `<iframe width="1" height="1" src="/inner?${query}"></iframe>` };
    await open("/frames");
    await until(() => page.frames()[1]?.evaluate(() => typeof window.tandem?.visit === "function"), "frame");
    await quiet();
    assert.equal(api.calls.length, 0);
    site.pages["/frames"] = { after: `<iframe width="400" height="300" src="/inner?${query}"></iframe>` };
    await open("/frames");
    await until(() => calls().length, what);
  });
}

test("a malformed click id is not kept", async () => {
  await open("/?tdm_click=a%3B%20Domain%3Dx&ref=ANNA");
  await until(() => api.visits().length, "visit");
  assert.equal(await cookie("tdm_click"), undefined);
});

test("a lead without a click has visitor id and coupon, and no click_id", async () => {
  await open("/?ref=ANNA");
  await page.evaluate(() => tandem.lead({ email: "a@b.example", coupon: "SPRING" }));
  assert.deepEqual(api.leads()[0].body, { visitor_id: await stored("tdm_vid"), email: "a@b.example", coupon: "SPRING" });
});

test("calls made before the script has loaded are run", async () => {
  site.pages["/"] = { before: `
    window.tandem = window.tandem || [];
    tandem.push(["lead", { email: "one@b.example" }, (answer) => { window.one = answer.lead_id; }]);
    tandem.push((t) => t.lead({ email: "two@b.example" }).then((answer) => { window.two = answer.lead_id; }));
    tandem.push(["no such call"], null, (t) => { throw new Error("of the page"); });` };
  await open("/");
  await page.waitForFunction(() => window.one && window.two);
  // Both are on their way at once; which arrives first is the network's affair.
  assert.deepEqual(api.leads().map((call) => call.body.email).sort(), ["one@b.example", "two@b.example"]);
  await page.evaluate(() => tandem.push(["lead", { email: "three@b.example" }]));
  await until(() => api.leads().length === 3, "third lead");
});

test("a refused lead rejects with the problem", async () => {
  api.answers["/api/leads"] = [422, { type: "about:blank", title: "Invalid", status: 422, code: "invalid",
    detail: "e-mail is malformed", errors: [{ pointer: "/email", code: "email" }] }];
  await open("/");
  const caught = await page.evaluate(() => tandem.lead({ email: "x" }).catch((error) => ({
    is_error: error instanceof Error, message: error.message, status: error.status, code: error.code,
    errors: error.errors })));
  assert.deepEqual(caught, { is_error: true, message: "e-mail is malformed", status: 422, code: "invalid",
    errors: [{ pointer: "/email", code: "email" }] });
});

test("a lead whose answer is no JSON, or that finds no server, rejects with a code or status", async () => {
  await open("/");
  const lead = () => page.evaluate(() => tandem.lead({ email: "x" }).catch(({ status, code }) => ({ status, code })));
  api.answers["/api/leads"] = [502, "<html>"];
  assert.equal((await lead()).status, 502);
  api.answers["/api/leads"] = "cut";
  assert.equal((await lead()).code, "network");
});

test("a rejected lead that nobody listens to is no error of the page", async () => {
  api.answers["/api/leads"] = [500, {}];
  await open("/");
  await page.evaluate(() => {
    window.addEventListener("unhandledrejection", () => { window.unhandled = true; });
    tandem.lead({ email: "x" });
    const ring = {};
    ring.ring = ring;
    tandem.lead(ring);
    tandem.lead();
  });
  await quiet();
  assert.equal(await page.evaluate(() => window.unhandled), undefined);
});

test("without a site key a lead rejects and nothing is sent", async () => {
  site.pages["/"] = { attributes: "" };
  await open("/");
  assert.equal(await page.evaluate(() => tandem.lead({ email: "x" }).catch((error) => error.code)), "no_site_key");
  assert.equal(api.calls.length, 0);
});

test("an unknown code and a server that is away are no errors of the page", async () => {
  api.answers["/api/visits"] = [404, { code: "unknown_code", status: 404 }];
  await open("/?ref=NOBODY");
  await until(() => api.visits().length, "visit");
  site.pages["/"] = { attributes: 'data-api="http://127.0.0.1:9"' };
  await open("/?ref=ANNA");
  await quiet();
});

test("data-api sends elsewhere, with or without a final slash", async () => {
  site.pages["/"] = { attributes: `data-api="${api.origin}/"` };
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
});

test("works under a strict CSP that names the host, with Trusted Types required", async () => {
  site.pages["/"] = { csp: `default-src 'none'; script-src ${api.origin}; connect-src ${api.origin}; ` +
    "require-trusted-types-for 'script'" };
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
});

test("an element with the id tandem is not mistaken for the script", async () => {
  site.pages["/"] = { before: "document.write('<div id=tandem></div>')" };
  await open("/?ref=ANNA");
  await until(() => api.visits().length, "visit");
});
