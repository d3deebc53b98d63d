// Pools of the peer, one for each database role as in Tandem, and its transactions.
import { randomFillSync } from "node:crypto";
import pg from "pg";

pg.types.setTypeParser(pg.types.builtins.INT8, Number); // sums of the benchmark stay under 2^53

const size = Number(process.env.PEER_POOL ?? 20); // connections of one role in one process
const pool = (user) => new pg.Pool({
  host: process.env.PGHOST, port: Number(process.env.PGPORT ?? 5432), database: process.env.PGDATABASE, user, max: size,
});

export const service = pool("app_service");
export const write = pool("app_write");
export const money = pool("app_money");
export const read = pool("app_read");

/** A named statement: parsed and planned once a connection. */
export const statement = (name, text) => (values) => ({ name, text, values });

const kUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Runs `work(client)` in a transaction under the walls. BEGIN and the settings go in one round trip; the ids come from
 * the database and are checked once more, as they stand in the text.
 */
export async function transaction(from, { organization_id, actor_kind, actor_id, partner_id }, work) {
  for (const id of [organization_id, actor_id, partner_id]) if (id && !kUuid.test(id)) throw new Error("not an id");
  const client = await from.connect();
  try {
    await client.query(`begin; set local app.organization_id = '${organization_id}'; ` +
      `set local app.actor_kind = '${actor_kind}'; set local app.actor_id = '${actor_id}'` +
      (partner_id ? `; set local app.partner_id = '${partner_id}'` : ""));
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    await client.query("rollback").then(() => client.release(), (broken) => client.release(broken));
    throw error;
  }
}

const random = Buffer.alloc(4096);
let at = random.length;

/** UUIDv7: time first, so that primary keys grow at their right end. */
export function uuid7() {
  if (at + 10 > random.length) {
    randomFillSync(random);
    at = 0;
  }
  const tail = random.toString("hex", at, at + 10);
  at += 10;
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`;
}

/** Keeps what `load(key)` gives for ten seconds: keys and links change seldom. */
export function remembered(load) {
  const known = new Map();
  return async (key) => {
    const now = Date.now();
    const found = known.get(key);
    if (found && found.until > now) return found.value;
    const value = await load(key);
    if (known.size > 10000) known.clear();
    known.set(key, { value, until: now + 10000 });
    return value;
  };
}
