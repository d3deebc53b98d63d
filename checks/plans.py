#!/usr/bin/env python3
"""Each filter and search of the lists of partners and people reaches its index on a million rows, behind the wall.

    checks/private_cluster.sh checks/plans.sh kernel

Fills the migrated database (PGHOST, PGPORT; first argument) with a million partners and contacts of one organization,
takes the lists' own texts from the sources, and reads the plan that app_read gets as staff.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "checks"))
from sql import statements  # noqa: E402

ORGANIZATION = "00000000-0000-7000-8000-0000000000aa"
ROWS = 1_000_000
FILL = f"""
set session_replication_role = replica;  -- the rows fit each other; a trigger for each would take minutes
set synchronous_commit = off;
set work_mem = '256MB';
set maintenance_work_mem = '512MB';
insert into app.organizations (organization_id, slug, name) values ('{ORGANIZATION}', 'plans', 'Plans');
create function pg_temp.id(what int, n bigint) returns uuid language sql immutable as
  $$ select ('00000000-0000-7' || lpad(what::text, 3, '0') || '-9000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
insert into app.partners (organization_id, id, kind, slug, name, contact_email, country, external_id, status,
  created_at)
select '{ORGANIZATION}', pg_temp.id(0, n),
  (array['affiliate', 'reseller', 'corporate', 'school'])[1 + n % 4], 'p' || n, 'Partner ' || md5(n::text),
  'p' || n || '@example.com', chr(65 + n % 26) || chr(65 + n / 26 % 26), 'x' || n,
  case when n % 1000 = 0 then 'suspended' else 'active' end, timestamptz '2026-01-01' + n * interval '1 second'
from generate_series(1, {ROWS}) n;
insert into app.partner_words (organization_id, partner_id, word)
select organization_id, id, w from app.partners, unnest(array[slug, md5(slug), contact_email]) w;
insert into app.partner_tags (organization_id, partner_id, tag)
select organization_id, id, case when external_id like '%000' then 'vip' else 'of ' || country end from app.partners
  where external_id like '%0';
insert into app.contacts (organization_id, id, email, email_normalised, phone, created_at)
select organization_id, id, contact_email, contact_email, '+1' || substr(slug, 2), created_at from app.partners;
insert into app.person_words (organization_id, person_id, word)
select organization_id, id, w from app.partners, unnest(array[md5(slug), contact_email]) w;
-- What a partner has: of 1,000 partners a thousand rows each; rare states are a thousandth.
create temporary table n as
select n, pg_temp.id(0, 1 + n % 1000) as partner_id, timestamptz '2026-01-01' + n * interval '1 second' as at,
  n % 1000 = 7 as is_rare
from generate_series(1, {ROWS}) n;
insert into app.links (organization_id, id, partner_id, code, destination, state, created_at)
select '{ORGANIZATION}', pg_temp.id(1, n), partner_id, 'l' || n, 'https://shop.example/',
  case when is_rare then 'archived' else 'active' end, at from n;
insert into app.coupons (organization_id, id, partner_id, code, code_normalised, state, created_at)
select '{ORGANIZATION}', pg_temp.id(2, n), partner_id, 'C' || n, 'c' || n,
  case when is_rare then 'archived' else 'active' end, at from n;
insert into app.leads (organization_id, id, contact_id, partner_id, link_id, external_id, state, source, occurred_at,
  created_at)
select '{ORGANIZATION}', pg_temp.id(3, n), pg_temp.id(0, n), partner_id, pg_temp.id(1, n), 'cus_' || n,
  case when is_rare then 'lost' else 'new' end, 'api', at, at from n;
insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, lead_id, link_id, amount,
  currency, exact_amount, occurred_at, created_at)
select '{ORGANIZATION}', pg_temp.id(4, n), 'generic', 's' || n, case when is_rare then 'lead' else 'sale' end,
  partner_id, pg_temp.id(3, n), pg_temp.id(1, n), 1000, 'USD', 10, at, at from n;
insert into app.earnings (organization_id, id, partner_id, kind, state, conversion_id, link_id, term_id,
  deal_version_id, amount, currency, exact_base, rate_ppm, occurred_at, hold_until, explanation)
select '{ORGANIZATION}', pg_temp.id(5, n), partner_id, 'commission', case when is_rare then 'held' else 'due' end,
  pg_temp.id(4, n), pg_temp.id(1, n), pg_temp.id(6, n % 1000), pg_temp.id(7, n % 1000), 50, 'USD', 10, 50000, at, at,
  '{{}}' from n;
insert into app.inbound_events (organization_id, id, provider, event_id, body_hash, raw, state, received_at)
select '{ORGANIZATION}', pg_temp.id(8, n), 'generic:x', 'e' || n, '\\x00', '\\x00',
  case when is_rare then 'parked' else 'processed' end, at from n;
insert into app.audit (organization_id, id, actor_kind, actor_id, action, subject_id, at)
select '{ORGANIZATION}', pg_temp.id(9, n), 'staff', pg_temp.id(10, n % 1000), case when is_rare then 'post_api_keys'
  else 'patch_links' end, pg_temp.id(1, n), at from n;
insert into app.jobs (organization_id, id, kind, state, last_error, run_at, created_at)
select '{ORGANIZATION}', pg_temp.id(12, n), case when is_rare then 'rare.kind' else 'common.kind' end,
  case when is_rare then 'parked' else 'done' end, case when is_rare then 'timeout' end, at, at from n;
insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot)
select '{ORGANIZATION}', pg_temp.id(11, n), partner_id, pg_temp.id(1, n % 1000), 'visitor-' || n, 'counted', 'script',
  at, n / 1800 from n;
vacuum analyze;
"""
# file, query, parameters by number, order, the index that must be named (one of several)
LISTS = [
    ("partners/search", "partners.list_partners", {}, "p.created_at", ["partners_created"]),
    ("partners/search", "partners.list_partners", {}, "p.name", ["partners_name"]),
    ("partners/search", "partners.list_partners", {}, "p.updated_at", ["partners_updated"]),
    ("partners/search", "partners.list_partners", {2: "'suspended'"}, "p.created_at", ["partners_by_status"]),
    ("partners/search", "partners.list_partners", {3: "'school'"}, "p.created_at",
     ["partners_by_kind", "partners_created"]),
    ("partners/search", "partners.list_partners", {4: "'QQ'"}, "p.created_at", ["partners_by_country"]),
    ("partners/search", "partners.list_partners", {5: "'x77'"}, "p.created_at", ["partners_external_id"]),
    ("partners/search", "partners.search_partners", {6: "'vip'", 8: "'{}'"}, "p.created_at", ["partner_tags_tag"]),
    ("partners/search", "partners.search_partners", {7: "'p7777'", 8: "'{}'"}, "p.created_at", ["partner_words_word"]),
    ("partners/search", "partners.search_partners", {7: "'p7777'", 8: "'{p}'"}, "p.created_at", ["partner_words_word"]),
    ("customers/contacts", "customers.list_contacts", {}, "c.created_at", ["contacts_created"]),
    ("customers/contacts", "customers.list_contacts", {2: "'p77@example.com'"}, "c.created_at", ["contacts_email"]),
    ("customers/contacts", "customers.list_contacts", {3: "'+177'"}, "c.created_at", ["contacts_phone"]),
    ("customers/contacts", "customers.search_contacts", {4: "'p7777'", 5: "'{}'"}, "c.created_at",
     ["person_words_word"]),
]


PARTNER = "'00000000-0000-7000-9000-000000000065'"
AT = {"from": "'2026-01-05 10:00'", "to": "'2026-01-05 11:00'"}  # 3,600 of the million
# The same without a name: what each list may read of its million rows, MOST_READ at most.
READS = [
    ("attribution/links", "attribution.list_links", "l.created_at",
     [{}, {2: PARTNER}, {3: "'archived'"}, {4: "'l77'"}]),
    ("attribution/links", "attribution.list_links", "l.code", [{}, {2: PARTNER}]),
    ("attribution/coupons", "attribution.list_coupons", "c.created_at",
     [{}, {2: PARTNER}, {3: "'archived'"}, {4: "'c77'"}]),
    ("attribution/coupons", "attribution.list_coupons", "c.code", [{}, {2: PARTNER}]),
    ("attribution/lead_routes", "attribution.list_leads", "l.created_at",
     [{}, {2: PARTNER}, {3: "'lost'"}]),
    ("attribution/lead_routes", "attribution.list_leads", "l.occurred_at",
     [{}, {2: PARTNER}, {4: AT["from"], 5: AT["to"]}]),
    ("attribution/conversion_routes", "attribution.list_conversions", "c.occurred_at",
     [{}, {2: "'lead'"}, {3: "'EUR'"}, {4: AT["from"], 5: AT["to"]}]),
    ("attribution/conversion_routes", "attribution.list_conversions_of_partner", "c.occurred_at",
     [{2: PARTNER}, {2: PARTNER, 3: "'lead'"}, {2: PARTNER, 5: AT["from"], 6: AT["to"]}]),
    ("attribution/inbound", "attribution.list_inbound_events", "e.id",
     [{}, {2: "'parked'"}, {2: "'failed'"}]),
    ("attribution/inbound", "attribution.list_inbound_events", "e.received_at", [{}, {3: AT["from"], 4: AT["to"]}]),
    ("jobs/queue", "jobs.list_jobs", "j.id",
     [{}, {2: "'parked'"}, {2: "'due'"}, {2: "'leased'"}, {3: "'rare.kind'"}, {4: "true"}]),
    ("attribution/visits", "attribution.list_visits", "v.id", [{}, {2: PARTNER}]),
    ("attribution/visits", "attribution.list_visits", "v.at", [{5: AT["from"], 6: AT["to"]}]),
    ("earnings/earnings", "earnings.list_earnings", "e.occurred_at",
     [{}, {2: PARTNER}, {3: "'held'"}, {4: "'00000000-0000-7004-9000-000000000065'"}, {5: "'EUR'"},
      {6: AT["from"], 7: AT["to"]}]),
    ("identity/audit", "identity.list_audit", "a.at",
     [{}, {2: "'post_api_keys'"}, {3: "'00000000-0000-7010-9000-000000000065'"},
      {4: "'00000000-0000-7001-9000-000000000065'"}, {5: AT["from"], 6: AT["to"]}]),
]
MOST_READ = 20_000
# One partner's latest visits are found among everybody's: an index for it would cost each insert more than this read.
MOST_READ_OF = {("attribution.list_visits", 2): 60_000}


def psql(database, text, user=None):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database]
    return subprocess.run(command + (["-U", user] if user else []), input=text, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def text_of(file, name):
    source = (ROOT / "src" / f"{file}.cpp").read_text()
    return next(s.text for s in statements(source) if s.name == name)


def plan(database, query, parameters, order, how="explain"):
    def value(match):
        number = int(match.group(1))
        return f"'{ORGANIZATION}'" if number == 1 else parameters.get(number, "null")
    query = re.sub(r"\$(\d+)", value, query)
    return psql(database, f"""begin;
set local app.organization_id = '{ORGANIZATION}';
set local app.actor_kind = 'staff';
{how} {query} order by {order}, {order.split('.')[0]}.id limit 51;
commit;""", "app_read")


def rows_read(node):
    """Rows that the scans of a plan looked at, kept or not."""
    read = sum(rows_read(child) for child in node.get("Plans", []))
    if "Scan" not in node["Node Type"]:
        return read
    per_loop = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get(
        "Rows Removed by Index Recheck", 0)
    return read + per_loop * node["Actual Loops"]


def check_reads(database):
    defects = 0
    for file, name, order, filters in READS:
        for parameters in filters:
            got = plan(database, text_of(file, name), parameters, order, "explain (analyze, format json)")
            explained = json.loads(got)[0]
            read = rows_read(explained["Plan"])
            if read > max([MOST_READ] + [MOST_READ_OF.get((name, number), 0) for number in parameters]):
                defects += 1
                print(f"{name} {parameters} by {order} reads {read} rows in {explained['Execution Time']:.0f} ms")
    return defects


def main():
    database = sys.argv[1]
    psql(database, FILL)
    defects = 0
    for file, name, parameters, order, indexes in LISTS:
        got = plan(database, text_of(file, name), parameters, order)
        got = re.sub(r"One-Time Filter: false\n(.*(InitPlan|Result ).*\n)*.*Seq Scan on .*\n", "", got)  # not taken
        scans = re.findall(r"Seq Scan on (partners|contacts|partner_words|person_words|partner_tags)\b", got)
        if scans or not any(f"using {index} " in got or f"on {index} " in got for index in indexes):
            defects += 1
            print(f"{name} {parameters} by {order} does not reach {' or '.join(indexes)}:\n{got}")
    defects += check_reads(database)
    count = len(LISTS) + sum(len(filters) for *_, filters in READS)
    print(f"plans: {count} lists on {ROWS} rows, {defects} without their index")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
