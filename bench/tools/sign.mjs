// Signs billing events for wrk/events.lua (Standard Webhooks): sign.mjs COUNT WHSEC PREFIX > EVENTS
// Ids and invoice numbers begin with PREFIX; the customers are the 10,000 leads of seed.sql.
import { createHmac } from "node:crypto";

const [count, secret, prefix] = [Number(process.argv[2]), process.argv[3], process.argv[4]];
const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
const now = new Date(), stamp = Math.floor(now / 1000);
let lines = [];
for (let n = 0; n < count; n++) {
  const id = `${prefix}-${n}`, customer = 1 + (n * 7919) % 10000;
  const body = JSON.stringify({ id, type: "sale.created", occurred_at: now.toISOString().replace(/\.\d+/, ""), data: {
    external_id: `INV-${id}`, customer: { external_id: `cus_${customer}`, email: `customer${customer}@seed.example` },
    amount: { amount: 1000 + (n * 104729) % 50000, currency: "USD" } } });
  const signature = createHmac("sha256", key).update(`${id}.${stamp}.${body}`).digest("base64");
  lines.push(`${id} ${stamp} v1,${signature} ${body}`);
  if (lines.length === 10000) {
    process.stdout.write(lines.join("\n") + "\n");
    lines = [];
  }
}
if (lines.length) process.stdout.write(lines.join("\n") + "\n");
