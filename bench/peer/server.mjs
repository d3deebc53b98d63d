// The peer of the benchmark: the measured endpoints as a careful team would write them with Fastify and pg. Schemas
// validate and serialize, statements are named and prepared, connections pooled. A process for every second processor:
// PostgreSQL and the load generator need the others (on two, a second process made visits a third slower).
//
//   PGHOST=SOCKET PGPORT=5432 PGDATABASE=bench_peer PORT=8081 PEER_SECRET=whsec_... PEER_ORGANIZATION=ID node server.mjs
import cluster from "node:cluster";
import { createHash } from "node:crypto";
import os from "node:os";
import Fastify from "fastify";
import { apply_event, find_link, is_signed, store_event, store_lead, store_visit } from "./attribution.mjs";
import { read, remembered, service, statement, transaction, uuid7 } from "./db.mjs";

const workers = Number(process.env.PEER_WORKERS ?? Math.max(1, os.availableParallelism() >> 1));
const secret = Buffer.from((process.env.PEER_SECRET ?? "").replace(/^whsec_/, ""), "base64");

const text = { type: "string" };
const perhaps = { type: ["string", "null"] };
const whole = { type: "integer" };
const short = { type: "string", minLength: 1, maxLength: 200 };
const uuid = { type: "string", format: "uuid" };
const money = { type: "object", properties: { amount: { type: "integer" }, currency: text } };

class Problem extends Error {
  constructor(statusCode, code) {
    super(code);
    Object.assign(this, { statusCode, code });
  }
}

const kFindKey = statement("find_key", `
  select k.organization_id, k.id, k.partner_id from app.code_registry r
  join app.api_keys k on k.organization_id = r.organization_id and k.id = r.target_id
  where r.code = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`);
const kFindSite = statement("find_site", `
  select k.organization_id, k.id, k.allowed_origins from app.code_registry r
  join app.site_keys k on k.organization_id = r.organization_id and k.id = r.target_id
  where r.code = $1 and k.revoked_at is null`);

const find_key = remembered(async (hash) => {
  const row = (await service.query(kFindKey(["api_key:" + hash]))).rows[0];
  return row && { organization_id: row.organization_id, actor_id: row.id, partner_id: row.partner_id,
    actor_kind: row.partner_id ? "partner" : "staff" };
});
const find_site = remembered(async (key) => {
  const row = (await service.query(kFindSite(["site_key:" + key]))).rows[0];
  return row && { organization_id: row.organization_id, actor_id: row.id, actor_kind: "system",
    allowed_origins: row.allowed_origins };
});

const bearer = (request) => (request.headers.authorization ?? "").replace(/^Bearer /, "");

async function by_key(request) {
  const caller = await find_key(createHash("sha256").update(bearer(request)).digest("hex"));
  if (!caller) throw new Problem(401, "unauthenticated");
  return caller;
}

async function by_site_key(request) {
  const caller = await find_site(bearer(request));
  if (!caller || !caller.allowed_origins.includes(request.headers.origin)) throw new Problem(401, "unauthenticated");
  return caller;
}

// What arrived is applied after the answer, a few at a time, so that answering goes on.
const waiting = [];
let applying = 0;
function apply_soon(work) {
  waiting.push(work);
  while (applying < 8 && waiting.length) {
    applying += 1;
    waiting.shift()().catch((error) => console.error(error.message)).finally(() => {
      applying -= 1;
      if (waiting.length) apply_soon(waiting.shift());
    });
  }
}

const kConversions = statement("conversions", `
  select id, external_id, kind, partner_id, lead_id, link_id, amount, currency, product, plan, country, occurred_at,
    created_at
  from app.conversions
  where organization_id = $1 and partner_id = $2
    and ($3::timestamptz is null or (occurred_at, id) < ($3, $4::uuid))
  order by occurred_at desc, id desc limit $5`);
const kYear = statement("year", `
  select to_char(date_trunc('month', occurred_at), 'YYYY-MM') as month, currency,
    sum(amount) filter (where amount > 0) as earned, coalesce(sum(amount) filter (where amount < 0), 0) as taken_back,
    sum(amount) as net
  from app.earnings
  where organization_id = $1 and partner_id = $2 and occurred_at >= $3 and occurred_at < $4
  group by 1, 2 order by 1, 2`);

function routes(app) {
  // Beacons come as text/plain; a webhook's signature is over its raw bytes.
  app.addContentTypeParser("text/plain", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));
  app.setErrorHandler((error, request, reply) => {
    const status = error.validation ? 400 : error.statusCode ?? 500;
    if (status >= 500) console.error(error);
    reply.code(status).type("application/problem+json")
      .send({ title: status < 500 ? error.message : "internal error", status, code: error.code ?? "internal" });
  });

  app.post("/api/visits", { schema: {
    body: { type: "object", required: ["visitor_id", "partner_code"], additionalProperties: false,
      properties: { visitor_id: uuid, partner_code: short, landing_url: text, referrer: text } },
    response: { 200: { type: "object", properties: { visit_id: text, counted: { type: "boolean" } } } },
  } }, async (request, reply) => {
    const link = await find_link(request.body.partner_code.toLowerCase());
    if (!link) throw new Problem(404, "unknown_code");
    reply.header("access-control-allow-origin", "*");
    return store_visit(link, request.body, request.headers["user-agent"], request.ip);
  });

  app.post("/api/leads", { schema: {
    body: { type: "object", required: ["email"], additionalProperties: false,
      properties: { email: { type: "string", format: "email", maxLength: 254 }, visitor_id: uuid, external_id: short,
        click_id: text, coupon: short, name: short } },
    response: { "2xx": { type: "object", properties: { lead_id: text } } },
  } }, async (request, reply) => {
    const { created, lead_id } = await store_lead(await by_site_key(request), request.body);
    reply.code(created ? 201 : 200).header("access-control-allow-origin", request.headers.origin);
    return { lead_id };
  });

  app.get("/api/conversions", { schema: {
    querystring: { type: "object", properties: { partner_id: uuid, limit: { type: "integer", minimum: 1, maximum: 200 },
      before: { type: "string", format: "date-time" }, before_id: uuid } },
    response: { 200: { type: "object", properties: {
      items: { type: "array", items: { type: "object", properties: {
        id: text, external_id: text, kind: text, partner_id: text, lead_id: text, link_id: text, amount: money,
        product: perhaps, plan: perhaps, country: perhaps,
        occurred_at: text, created_at: text } } },
      next_cursor: perhaps } } },
  } }, async (request) => {
    const caller = await by_key(request), { partner_id, limit = 50, before, before_id } = request.query;
    const partner = caller.partner_id ?? partner_id;
    const { rows } = await transaction(read, caller, (client) =>
      client.query(kConversions([caller.organization_id, partner, before, before_id, limit + 1])));
    const items = rows.slice(0, limit);
    for (const row of items) row.amount = { amount: row.amount, currency: row.currency };
    const last = items.at(-1);
    const next = rows.length > limit ? Buffer.from(`${last.occurred_at.toISOString()} ${last.id}`) : null;
    return { items, next_cursor: next && next.toString("base64url") };
  });

  app.get("/api/analytics/earnings", { schema: {
    querystring: { type: "object", required: ["from", "to"],
      properties: { group_by: { const: "month" }, from: text, to: text, partner_id: uuid } },
    response: { 200: { type: "object", properties: { items: { type: "array", items: { type: "object", properties: {
      month: text, currency: text, earned: whole, taken_back: whole, net: whole } } } } } },
  } }, async (request) => {
    const caller = await by_key(request), { from, to, partner_id } = request.query;
    const { rows } = await transaction(read, caller, (client) =>
      client.query(kYear([caller.organization_id, caller.partner_id ?? partner_id, from, to])));
    return { items: rows };
  });

  app.register(async (hooks) => {
    hooks.removeContentTypeParser("application/json");
    hooks.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));
    hooks.post("/api/inbound/:endpoint", { schema: { params: { type: "object", properties: { endpoint: short } },
      response: { 200: { type: "object", properties: { received: { type: "boolean" } } } } } }, async (request) => {
      const raw = request.body;
      if (!is_signed(secret, request.headers, raw)) throw new Problem(401, "bad_signature");
      const event = JSON.parse(raw);
      const amount = event.data?.amount?.amount;
      if (event.type !== "sale.created" || !Number.isSafeInteger(amount)) throw new Problem(400, "invalid");
      const organization_id = process.env.PEER_ORGANIZATION;
      const caller = { organization_id, actor_kind: "system", actor_id: organization_id };
      if (await store_event(organization_id, event.id, uuid7(), raw)) apply_soon(() => apply_event(caller, event));
      return { received: true };
    });
  });
}

if (cluster.isPrimary && workers > 1) {
  for (let i = 0; i < workers; i++) cluster.fork();
  cluster.on("exit", () => process.exit(1));
  process.on("SIGTERM", () => process.exit(0));
} else {
  // One line of JSON for each request, as Tandem writes one; Fastify's own two would say no more.
  const app = Fastify({ logger: true, disableRequestLogging: true, bodyLimit: 262144 });
  app.addHook("onResponse", async (request, reply) => request.log.info({ method: request.method,
    route: request.routeOptions.url, status: reply.statusCode, duration_ms: reply.elapsedTime }));
  routes(app);
  await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 8081) });
}
