#!/usr/bin/env python3
"""Each filter and search of the lists of partners and people reaches its index on a million rows, behind the wall.

    checks/private_cluster.sh checks/plans.sh kernel

Fills the migrated database (PGHOST, PGPORT; first argument) with a million partners and contacts of one organization,
takes the lists' own texts from the sources, and reads the plan that app_read gets as staff.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "checks"))
from sql import statements  # noqa: E402

ORGANIZATION = "00000000-0000-7000-8000-000000000001"
ROWS = 1_000_000
FILL = f"""
insert into app.organizations (organization_id, slug, name) values ('{ORGANIZATION}', 'plans', 'Plans');
insert into app.partners (organization_id, id, kind, slug, name, contact_email, country, external_id, status,
  created_at)
select '{ORGANIZATION}', ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
  (array['affiliate', 'reseller', 'corporate', 'school'])[1 + n % 4], 'p' || n, 'Partner ' || md5(n::text),
  'p' || n || '@example.com', chr(65 + n % 26) || chr(65 + n / 26 % 26), 'x' || n,
  case when n % 1000 = 0 then 'suspended' else 'active' end, timestamptz '2026-01-01' + n * interval '1 second'
from generate_series(1, {ROWS}) n;
insert into app.partner_words (organization_id, partner_id, word)
select organization_id, id, w from app.partners, unnest(array[slug, md5(slug), contact_email]) w;
insert into app.partner_tags (organization_id, partner_id, tag)
select organization_id, id, 'vip' from app.partners where external_id like '%000';
insert into app.contacts (organization_id, id, email, email_normalised, phone, created_at)
select organization_id, id, contact_email, contact_email, '+1' || substr(slug, 2), created_at from app.partners;
insert into app.person_words (organization_id, person_id, word)
select organization_id, id, w from app.partners, unnest(array[md5(slug), contact_email]) w;
analyze;
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


def psql(database, text, user=None):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database]
    return subprocess.run(command + (["-U", user] if user else []), input=text, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def text_of(file, name):
    source = (ROOT / "src" / f"{file}.cpp").read_text()
    return next(s.text for s in statements(source) if s.name == name)


def plan(database, query, parameters, order):
    def value(match):
        number = int(match.group(1))
        return f"'{ORGANIZATION}'" if number == 1 else parameters.get(number, "null")
    query = re.sub(r"\$(\d+)", value, query)
    return psql(database, f"""begin;
set local app.organization_id = '{ORGANIZATION}';
set local app.actor_kind = 'staff';
explain {query} order by {order}, {order.split('.')[0]}.id limit 51;
commit;""", "app_read")


def main():
    database = sys.argv[1]
    psql(database, FILL)
    defects = 0
    for file, name, parameters, order, indexes in LISTS:
        got = plan(database, text_of(file, name), parameters, order)
        scans = re.findall(r"Seq Scan on (partners|contacts|partner_words|person_words|partner_tags)\b", got)
        if scans or not any(f"using {index} " in got or f"on {index} " in got for index in indexes):
            defects += 1
            print(f"{name} {parameters} by {order} does not reach {' or '.join(indexes)}:\n{got}")
    print(f"plans: {len(LISTS)} lists on {ROWS} rows, {defects} without their index")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
