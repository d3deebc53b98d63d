// Visits, leads and billing events of the peer: the same rows and the same durable commits as Tandem's.
import { createHmac, createHash, timingSafeEqual } from "node:crypto";
import { isbot } from "isbot";
import { money, remembered, service, statement, transaction, uuid7, write } from "./db.mjs";

const kFindLink = statement("find_link", `
  select l.organization_id, l.id, l.partner_id from app.code_registry r
  join app.links l on l.organization_id = r.organization_id and l.id = r.target_id
  where r.code = $1 and l.state = 'active'`);
export const find_link = remembered(async (code) => (await service.query(kFindLink(["link:" + code]))).rows[0]);

const kInsertVisit = statement("insert_visit", `
  insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, landing_url,
    referrer, user_agent, ip)
  values ($1, $2, $3, $4, $5, $6, 'script', $7, $8, $9, $10, $11, $12)
  on conflict do nothing returning id`);

const is_crawler = (agent) => !agent || isbot(agent);

/** Stores a visit; one statement, one commit. A repeat within the half hour is stored as a duplicate. */
export async function store_visit(link, { visitor_id, landing_url, referrer }, agent, ip) {
  const id = uuid7(), now = new Date(), slot = Math.floor(now.getTime() / 1800000);
  const insert = async (status) => {
    const values = [link.organization_id, id, link.partner_id, link.id, visitor_id, status, now, slot, landing_url,
      referrer, agent, ip];
    return (await service.query(kInsertVisit(values))).rowCount === 1;
  };
  const counted = !is_crawler(agent) && await insert("counted");
  if (!counted) await insert(is_crawler(agent) ? "crawler" : "duplicate");
  return { visit_id: id, counted };
}

const kContact = statement("contact", `
  insert into app.contacts (organization_id, id, email, email_normalised, name) values ($1, $2, $3, $4, $5)
  on conflict (organization_id, email_normalised) do update set name = coalesce(app.contacts.name, excluded.name)
  returning id`);
// The latest counted visit of the visitor within its deal's window.
const kLastTouch = statement("last_touch", `
  select v.partner_id, v.link_id, v.id, v.at, t.deal_version_id from app.visits v
  join app.deals d on d.organization_id = v.organization_id and d.partner_id = v.partner_id and d.state = 'active'
  join app.deal_versions n on n.organization_id = d.organization_id and n.deal_id = d.id and n.valid_from <= $3
  join app.deal_terms t on t.organization_id = n.organization_id and t.deal_version_id = n.id
  where v.organization_id = $1 and v.visitor_id = $2 and v.status = 'counted'
    and v.at > $3 - t.window_days * interval '1 day'
  order by v.at desc, v.id, n.valid_from desc limit 1`);
const kInsertLead = statement("insert_lead", `
  with lead as (
    insert into app.leads (organization_id, id, contact_id, partner_id, link_id, visitor_id, external_id, source, trace,
      occurred_at)
    values ($1, $2, $3, $4, $5, $6, $7, 'script', $8, $9)
    on conflict do nothing returning id),
  share as (
    insert into app.lead_attributions (organization_id, lead_id, position, partner_id, link_id, weight)
    select $1, $2, 1, $4, $5, 1 from lead where $4::uuid is not null returning 1),
  event as (
    insert into app.outbox (organization_id, id, kind, partner_id, subject_id)
    select $1, $10, 'lead.created', $4, $2 from lead returning 1)
  select id from lead`);
const kFindLead = statement("find_lead", `
  select id from app.leads where organization_id = $1 and contact_id = $2`);

/** Creates a lead with its attribution, or finds it. */
export function store_lead(caller, body) {
  return transaction(write, caller, async (client) => {
    const organization = caller.organization_id, now = new Date();
    const email = body.email.trim().toLowerCase();
    const contact = (await client.query(kContact([organization, uuid7(), body.email, email, body.name]))).rows[0].id;
    const touch = body.visitor_id
      ? (await client.query(kLastTouch([organization, body.visitor_id, now]))).rows[0] : undefined;
    const trace = JSON.stringify({ model: touch ? "last" : "none", winner: touch?.id ?? null,
      deal_version_id: touch?.deal_version_id ?? null, at: now });
    const made = await client.query(kInsertLead([organization, uuid7(), contact, touch?.partner_id, touch?.link_id,
      body.visitor_id, body.external_id, trace, now, uuid7()]));
    if (made.rowCount) return { created: true, lead_id: made.rows[0].id };
    return { created: false, lead_id: (await client.query(kFindLead([organization, contact]))).rows[0]?.id };
  });
}

const kStoreEvent = statement("store_event", `
  insert into app.inbound_events (organization_id, provider, event_id, id, body_hash, raw)
  values ($1, 'generic', $2, $3, $4, $5) on conflict do nothing returning id`);

/** True when the signature is right and fresh (Standard Webhooks). */
export function is_signed(secret, headers, raw) {
  const stamp = headers["webhook-timestamp"];
  if (!stamp || Math.abs(Date.now() / 1000 - Number(stamp)) > 300) return false;
  const wanted = createHmac("sha256", secret).update(`${headers["webhook-id"]}.${stamp}.`).update(raw).digest();
  const given = Buffer.from(String(headers["webhook-signature"] ?? "").replace(/^v1,/, ""), "base64");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Stores the raw event; false when it is known. */
export async function store_event(organization, event_id, id, raw) {
  const hash = createHash("sha256").update(raw).digest();
  return (await service.query(kStoreEvent([organization, event_id, id, hash, raw]))).rowCount === 1;
}

const kLeadTerms = statement("lead_terms", `
  select l.id as lead_id, a.partner_id, a.link_id, t.id as term_id, t.deal_version_id, t.rate_ppm, t.hold_days
  from app.leads l
  join app.lead_attributions a on a.organization_id = l.organization_id and a.lead_id = l.id
  join app.deals d on d.organization_id = a.organization_id and d.partner_id = a.partner_id and d.state = 'active'
  join app.deal_versions n on n.organization_id = d.organization_id and n.deal_id = d.id and n.valid_from <= $3
  join app.deal_terms t on t.organization_id = n.organization_id and t.deal_version_id = n.id and t.trigger = 'sale'
  where l.organization_id = $1 and l.external_id = $2
  order by n.valid_from desc limit 1`);
// The event's effect: conversion, earning, event of our own, and the inbound event done. Not `state = 'received'`: that
// lets the planner take the index of open events, whose every entry it then reads while the backlog is long.
const kRecord = statement("record", `
  with done as (
    update app.inbound_events set state = 'processed', attempts = 1, processed_at = $14
    where organization_id = $1 and provider = 'generic' and event_id = $2 and state <> 'processed' returning 1),
  conversion as (
    insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, lead_id, link_id, amount,
      currency, exact_amount, occurred_at)
    select $1, $3, 'generic', $4, 'sale', $5, $6, $7, $8, $9, $10, $11 from done
    on conflict do nothing returning id),
  earning as (
    insert into app.earnings (organization_id, id, partner_id, kind, state, conversion_id, link_id, term_id,
      deal_version_id, amount, currency, exact_base, rate_ppm, occurred_at, hold_until, explanation)
    select $1, $12, $5, 'commission', 'pending', c.id, $7, $15, $16, $13, $9, $10, $17, $11,
      $11::timestamptz + $18::int * interval '1 day', $19
    from conversion c returning 1),
  event as (
    insert into app.outbox (organization_id, id, kind, partner_id, subject_id)
    select $1, $20, 'conversion.recorded', $5, c.id from conversion c returning 1)
  select id from conversion`);
const kOpen = statement("open_account", "select app.open_account($1, $2, $3, $4) as id");
const kPost = statement("post", `
  select posting_id from app.post($1, 'commission', $2, $3, array[$4::uuid], array[$5::uuid], array[$6::bigint])`);

const accounts = new Map();

/** The account's id, asked of the database once a process: an account is never closed. */
async function account(client, code, partner_id, currency) {
  const key = `${code} ${partner_id} ${currency}`;
  const known = accounts.get(key);
  if (known) return known;
  const { id } = (await client.query(kOpen([uuid7(), code, partner_id, currency]))).rows[0];
  return id;
}

/** amount x rate in minor units, half away from zero; amounts here are positive. */
const commission = (amount, rate_ppm) => Number((BigInt(amount) * BigInt(rate_ppm) * 2n + 1000000n) / 2000000n);

/** Applies a stored sale: conversion, earning and posting in one transaction. */
export function apply_event(caller, event) {
  return transaction(money, caller, async (client) => {
    const organization = caller.organization_id;
    const { external_id, customer, amount: { amount, currency } } = event.data;
    const lead = (await client.query(kLeadTerms([organization, customer.external_id, event.occurred_at]))).rows[0];
    if (!lead) return false; // it waits for its lead; the benchmark sends none of these
    const earned = commission(amount, lead.rate_ppm), earning_id = uuid7();
    const explanation = JSON.stringify({ base: amount, rate_ppm: lead.rate_ppm, amount: earned, rule: 1 });
    const made = await client.query(kRecord([organization, event.id, uuid7(), external_id, lead.partner_id,
      lead.lead_id, lead.link_id, amount, currency, amount / 100, event.occurred_at, earning_id, earned, new Date(),
      lead.term_id, lead.deal_version_id, lead.rate_ppm, lead.hold_days, explanation, uuid7()]));
    if (!made.rowCount) return false;
    const debit = await account(client, "exp.commission", null, currency);
    const credit = await account(client, "liab.commission_held", lead.partner_id, currency);
    await client.query(kPost([uuid7(), "earning:" + earning_id, lead.partner_id, debit, credit, earned]));
    return () => { // remembered after the commit only
      accounts.set(`exp.commission null ${currency}`, debit);
      accounts.set(`liab.commission_held ${lead.partner_id} ${currency}`, credit);
    };
  }).then((after) => after && after());
}
