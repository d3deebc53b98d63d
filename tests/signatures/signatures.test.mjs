// Events signed by the vendors' own libraries reach a running server and become conversions; changed ones are refused.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

const program = process.env.TANDEM_BINARY ?? new URL("../../build/release/tandem", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "tandem-signatures-"));
chmodSync(folder, 0o755); // as root the database runs as another user, who must get there
const data = join(folder, "data");
const stripe = new Stripe("sk_test_unused");
let server, origin, keys;

before(async () => {
  const demo = spawnSync(program, ["demo", "--data", data], { encoding: "utf8" });
  assert.equal(demo.status, 0, demo.stderr);
  keys = JSON.parse(readFileSync(join(data, "demo-keys.json"), "utf8"));
  server = spawn(program, ["serve", "--data", data, "--port", "0"], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  for await (const chunk of server.stdout) {
    said += chunk;
    origin = /serves (\S+)/.exec(said)?.[1];
    if (origin) break;
  }
  server.stdout.resume();
}, { timeout: 120_000 });

after(async () => {
  server?.kill();
  if (server && server.exitCode === null) await new Promise((resolve) => server.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
});

const call = async (method, path, body) => {
  const answer = await fetch(origin + path, {
    method,
    headers: { authorization: `Bearer ${keys.staff_key}`, "content-type": "application/json",
      "idempotency-key": randomUUID() },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
};

const deliver = async (address, payload, headers) =>
  (await fetch(`${origin}/api/inbound/${address}`, { method: "POST", body: payload,
    headers: { "content-type": "application/json", ...headers } })).status;

/** The conversion of this external id, once the event has been applied. */
async function conversion(kind, external_id) {
  for (let i = 0; i < 100; ++i) {
    const { body } = await call("GET", `/api/conversions?kind=${kind}&limit=200`);
    const found = body.items.find((item) => item.external_id === external_id);
    if (found) return found;
    await pause(100);
  }
  assert.fail(`no conversion ${external_id}`);
}

async function lead(external_id) {
  const made = await call("POST", "/api/leads", { email: `${external_id}@example.test`, external_id,
    partner_code: keys.link });
  assert.equal(made.status, 201, JSON.stringify(made.body));
}

test("Stripe's library signs and we take it", async () => {
  const secret = `whsec_${randomBytes(24).toString("hex")}`;
  const endpoint = await call("POST", "/api/inbound-endpoints", { provider: "stripe", name: "Stripe", secret });
  assert.equal(endpoint.status, 201, JSON.stringify(endpoint.body));
  await lead("customer-7");
  const send = (event, how = {}) => {
    const payload = JSON.stringify({ id: `evt_${randomUUID()}`, object: "event", api_version: "2025-03-31.basil",
      created: Math.floor(Date.now() / 1000), livemode: false, ...event });
    const header = stripe.webhooks.generateTestHeaderString({ payload, secret, ...how });
    return deliver(endpoint.body.address, how.payload ?? payload, { "stripe-signature": header });
  };
  const paid_at = Math.floor(Date.now() / 1000);
  const session = { type: "checkout.session.completed", data: { object: { id: "cs_1", object: "checkout.session",
    client_reference_id: "customer-7", customer: "cus_7", payment_status: "paid", mode: "subscription" } } };
  const invoice = { type: "invoice.paid", data: { object: { id: "in_7", object: "invoice", customer: "cus_7",
    currency: "gbp", amount_paid: 9900, total: 9900, billing_reason: "subscription_create", status: "paid",
    charge: "ch_7", payment_intent: "pi_7", status_transitions: { paid_at }, lines: { data: [] } } } };
  assert.equal(await send(session), 200);
  assert.equal(await send(invoice), 200);
  assert.equal((await conversion("subscription", "in_7")).amount, 9900);

  assert.equal(await send(invoice, { secret: "whsec_another" }), 400);
  assert.equal(await send(invoice, { timestamp: paid_at - 301 }), 400);
  assert.equal(await send(invoice, { payload: "{}" }), 400);
});

test("the library of Standard Webhooks signs our own form", async () => {
  await lead("customer-8");
  const webhook = new Webhook(keys.endpoint_secret);
  const address = keys.endpoint.split("/").pop();
  const payload = JSON.stringify({ type: "sale.created", occurred_at: new Date().toISOString(), data: {
    external_id: "order-8", customer: { external_id: "customer-8" }, amount: { amount: 2500, currency: "GBP" } } });
  const signed = (id, at = new Date()) => ({ "webhook-id": id, "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": webhook.sign(id, at, payload) });
  assert.equal(await deliver(address, payload, signed("msg_1")), 200);
  assert.equal(await deliver(address, payload, signed("msg_1")), 200);
  assert.equal((await conversion("sale", "order-8")).amount, 2500);
  assert.equal(await deliver(address, payload + " ", signed("msg_2")), 400);
  assert.equal(await deliver(address, payload, signed("msg_3", new Date(Date.now() - 301_000))), 400);
});
