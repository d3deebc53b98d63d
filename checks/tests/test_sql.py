"""sql.py finds each seeded defect, and lets good statements pass."""
import unittest

import sql
from tree import TreeTest

GOOD = [
    "select id, code from app.links where organization_id = $1 and id = $2",
    "select count(*) as n from app.links where organization_id = $1",
    "select l.id from app.links l join app.partners p on p.organization_id = l.organization_id and p.id = l.partner_id "
    "where l.organization_id = $1",
    "insert into app.links (organization_id, id) values ($1, $2) returning id",
    "insert into app.visits (organization_id, id, code) select $1, u.* from unnest($2::uuid[], $3::text[]) as u "
    "on conflict do nothing",
    "insert into app.jobs as j (organization_id, id) values ($1, $2) on conflict (organization_id, id) do update "
    "set updated_at = excluded.updated_at where j.organization_id = $1 returning id",
    "update app.links set label = $3, updated_at = now() where organization_id = $1 and id = $2 returning id",
    "select c.code, c.exponent from app.currencies c",
    "select app.post($2::jsonb)",
    "select d.day, coalesce(sum(e.amount), 0) from generate_series($2::date, $3::date, interval '1 day') as d(day) "
    "left join app.earnings e on e.organization_id = $1 and e.earned_on = d.day group by d.day",
    "select p.id, l.code from app.partners p left join app.links l on l.organization_id = p.organization_id "
    "and l.partner_id = p.id where p.organization_id = $1",
    "with x as (select id from app.links where organization_id = $1 for update skip locked) "
    "select id from x",
    "select id from app.links where organization_id = $1 and label is distinct from $2 order by id",
    "select 'SELECT * FROM t; set_config(' as text -- ; MERGE INTO",
    "select id from app.partners where organization_id = $1 for no key update",
    "delete from app.links where organization_id = $1 and id = $2",
    "select 1 from pg_class where relname = $2",
]
DEFECTS = [
    ("SELECT id from app.links where organization_id = $1", "case"),
    ("select * from app.links where organization_id = $1", "star"),
    ("select l.* from app.links l where organization_id = $1", "star"),
    ("insert into app.links (organization_id) values ($1) returning *", "star"),
    ("select id from app.links where id = $2", "organization"),
    ("select id from app.links where organization_id = $2", "organization"),
    ("select l.id from app.links l join app.partners p on p.id = l.partner_id where l.organization_id = $1",
     "organization"),
    ("select l.id from app.links l, app.partners p where p.id = l.partner_id and l.organization_id = $1",
     "organization"),
    ("update app.links set label = $2 where id = $1", "organization"),
    ("delete from app.links where id = $1", "organization"),
    ("insert into app.links (id) values ($1)", "organization"),
    ("with x as (select id from app.links) select id from x where $1 is null", "organization"),
    ("select set_config('app.organization_id', $1, true)", "set_config"),
    ("merge into app.links l using x on l.organization_id = $1 when matched then update set a = 1", "merge"),
    ("select 1; select 2", "statements"),
    ("select 1;", "statements"),
    ("update app.links set token = gen_random_uuid() where organization_id = $1", "volatile"),
    ("update app.links set a = 1 where organization_id = $1 and at < clock_timestamp()", "volatile"),
    ("insert into app.links (organization_id) values ($1) on conflict (organization_id) do update set at = now()",
     "volatile"),
    ("insert into app.links (organization_id) values ($1) on conflict (organization_id) do update set a = random()",
     "volatile"),
    ("update app.links set a = 1 where organization_id = $1 returning id, now()", "volatile"),
    ("insert into app.links (organization_id, id) select $1, id from app.old where organization_id = $1",
     "insert_select"),
    ("insert into app.links (organization_id, id) select $1, u.* from unnest($2::uuid[]) u", "insert_select"),
    ("insert into app.links (organization_id, id) values ($1, (select id from app.x where organization_id = $1))",
     "values"),
    ("select d.day, e.id from generate_series($2::date, $3::date) as d(day) left join app.earnings e "
     "on e.earned_on = d.day where e.organization_id = $1", "outer_join"),
    ("select c.code, e.id from app.currencies c left join app.earnings e on e.currency = c.code "
     "and e.organization_id = e.organization_id where $1 is not null", "outer_join"),
    ("select p.id, l.id from app.partners p left join app.links l on l.partner_id = p.id "
     "where p.organization_id = $1 and l.organization_id = $1", "outer_join"),
    ("select p.id, l.id from app.partners p full join app.links l on l.organization_id = p.organization_id "
     "and l.id = p.id where p.organization_id = $1", "outer_join"),
]


class Sql(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("migrations/0001.sql", "select app.scale_replicate('app.currencies');\n")

    def defects(self, source, path="src/links/links.cpp"):
        self.write(path, source)
        return sql.check(self.root)[0]

    def query(self, text, kind="Query"):
        return f'namespace x {{\nconst db::{kind}<Row(LinkId, std::optional<Text<1, 120>>)> kQ{{\n' \
               f'    "links.read_one", R"sql(\n  {text}\n)sql"}};\n}}\n'

    def test_good_statements_pass(self):
        for text in GOOD:
            with self.subTest(text=text):
                self.assertEqual(self.defects(self.query(text)), [])

    def test_each_defect_is_found(self):
        for text, rule in DEFECTS:
            with self.subTest(text=text):
                self.assert_finds(self.defects(self.query(text)), "src/links/links.cpp:2:", rule)

    def test_plain_literals_are_joined(self):
        source = 'const Query<Nothing()> kQ{"links.drop",\n    "select id "\n    "from app.links"};\n'
        self.assert_finds(self.defects(source), "src/links/links.cpp:1:", "organization")

    def test_comments_are_no_code(self):
        self.assertEqual(self.defects("// " + self.query("select * from x").replace("\n", "\n// ")), [])

    def test_names(self):
        source = self.query(GOOD[0]).replace("links.read_one", "partners.read_one")
        self.assert_finds(self.defects(source), "src/links/links.cpp:2:", "name")
        self.write("src/links/more.cpp", self.query(GOOD[0]))
        self.assert_finds(self.defects(self.query(GOOD[0])), "src/links/more.cpp:2:", "name")

    def test_list_query(self):
        listed = ('const db::ListQuery<Row()> kList("links.list", R"sql({0})sql", "l.id", '
                  '{{{{"code", "l.code", "text"}}}});\n')
        self.assertEqual(self.defects(listed.format(GOOD[0])), [])
        self.assert_finds(self.defects(listed.format(GOOD[0] + " order by id")), "src/links/links.cpp:1:", "order")

    def test_service_query_crosses_organizations(self):
        text = "select organization_id from app.jobs where run_at <= $1"
        self.assertEqual(self.defects(self.query(text, "ServiceQuery")), [])
        self.assert_finds(self.defects(self.query("select * from app.jobs", "ServiceQuery")), "src/", "star")

    def test_allowed_with_a_reason_only(self):
        text = self.query("select id from app.links").replace("const", "// sql: organization: all of them\nconst")
        self.assertEqual(self.defects(text), [])
        self.assert_finds(self.defects(text.replace(": all of them", ":")), "src/", "organization")

    def test_raw_text_of_a_feature(self):
        self.assert_finds(self.defects('auto q = R"sql(select 1)sql";\n'), "src/links/links.cpp:1:", "raw")
        self.assertEqual(self.defects("\n") + self.defects('auto q = R"sql(select 1)sql";\n', "src/db/x.cpp"), [])


if __name__ == "__main__":
    unittest.main()
