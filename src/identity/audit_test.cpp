#include "identity/audit.hpp"

#include <gtest/gtest.h>

#include "identity/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

TEST(AuditText, NamesTheAction) {
  EXPECT_EQ(audit_action("POST", "/api/partners/{partner_id}/links"), "post_partners_links");
  EXPECT_EQ(audit_action("PATCH", "/api/api-keys/{id}"), "patch_api_keys");
  EXPECT_EQ(audit_action("POST", "/api/deals/{deal_id}/activation"), "post_deals_activation");
}

TEST(AuditText, KeepsNamesAndIdsOnly) {
  EXPECT_EQ(audit_body("{}"), R"({"fields":[],"ids":{}})");
  EXPECT_EQ(audit_body(""), R"({"fields":[],"ids":{}})");
  EXPECT_EQ(audit_body(R"({ "name" : "Ann } \" , \"x\": ", "deep": {"a": [1, {"b": "}"}], "c": null},
                           "partner_id": "01890000-0000-7000-8000-000000000001",
                           "external_id": "ann@example.com",
                           "n": -1.5 })"),
            R"({"fields":["name","deep","partner_id","external_id","n"],)"
            R"("ids":{"partner_id":"01890000-0000-7000-8000-000000000001"}})");
}

struct Audit : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare, hooks()};
  /// The hook of the program, with the fixture's staff as the caller.
  http::Hooks hooks() {
    http::Hooks out;
    out.audit = audit;
    return out;
  }
};

TEST_F(Audit, AnEntrySaysFromWhereAndWhatChanged) {
  const auto made =
      app.post("/api/site-keys", R"({"name": "Shop", "allowed_origins": ["https://a.example"]})");
  const auto target = "/api/site-keys/" + member(made.body, "id");
  ASSERT_EQ(app.send(Method::patch, target, R"({"allowed_origins": ["https://b.example"]})").status, 200);
  const auto entry = app.get("/api/audit?action=patch_site_keys").body;
  EXPECT_NE(entry.find(R"("changed": {"allowed_origins": [["https://a.example"], ["https://b.example"]]})"),
            std::string::npos)
      << entry;
  EXPECT_NE(entry.find(R"("from": "127.0.0.0/24")"), std::string::npos) << entry;
  EXPECT_NE(entry.find(R"("request": ")"), std::string::npos) << entry;
}

struct Person {
  std::string state, email;
  Timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(Person, (), (state, email, updated_at))

TEST_F(Audit, APersonalValueIsNamedAndNotKept) {
  f.tx(db::Role::write, [](db::Tx& tx) -> Task<> {
    note_change(tx, Person{"new", "ann@example.test", {}}, Person{"old", "bob@example.test", tx.now()},
                {"email"});
    http::Route route;
    route.method = Method::patch;
    route.pattern = "/api/people";
    audit(tx, route, test::TestApp::request(Method::patch, "/api/people", "", {}), std::nullopt);
    co_return;
  });
  const auto entry = app.get("/api/audit?action=patch_people").body;
  EXPECT_NE(entry.find(R"("changed": {"email": null, "state": ["new", "old"]})"), std::string::npos) << entry;
  EXPECT_EQ(entry.find("ann@"), std::string::npos);
}

TEST_F(Audit, AnAnchorFindsARewrittenChain) {
  app.post("/api/site-keys", R"({"name": "Shop", "allowed_origins": ["*"]})");
  f.run(seal_all(f.pool));
  const auto heads = f.run(audit_anchors(f.pool));
  const auto head = std::ranges::find(heads, f.staff.organization_id, &AuditAnchor::organization_id);
  ASSERT_NE(head, heads.end());
  const auto problems = [&](const AuditAnchor& anchor) {
    return f.tx(db::Role::read, [&](db::Tx& tx) { return verify_audit(tx, anchor); });
  };
  EXPECT_TRUE(problems(*head).empty());
  AuditAnchor other = *head;
  other.hash = std::string(64, '0');
  ASSERT_EQ(problems(other).size(), 1U);
  EXPECT_EQ(problems(other).front().problem, "anchor mismatch");
}

TEST_F(Audit, EveryChangeLeavesOneEntry) {
  const auto made = app.post("/api/site-keys", R"({"name": "Anna Bell", "allowed_origins": ["*"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  app.get("/api/site-keys");
  app.post("/api/site-keys", R"({"name": ""})");  // refused: nothing changed
  const auto list = app.get("/api/audit");
  EXPECT_EQ(test::items(list.body), 1) << list.body;
  EXPECT_EQ(member(list.body, "action"), "post_site_keys");
  EXPECT_EQ(member(list.body, "subject_id"), member(made.body, "id"));
  EXPECT_EQ(member(list.body, "actor_id"), f.staff.actor_id.str());
  EXPECT_EQ(list.body.find("Anna"), std::string::npos);
  EXPECT_EQ(test::items(app.get("/api/audit?action=post_site_keys&actor_id=" + f.staff.actor_id.str()).body),
            1);
  EXPECT_EQ(test::items(app.get("/api/audit?action=other").body), 0);
  EXPECT_EQ(test::items(app.get("/api/audit?from=2100-01-01T00:00:00Z").body), 0);
  EXPECT_EQ(app.get("/api/audit?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").status, 422);
  EXPECT_EQ(app.get("/api/audit?format=csv").status, 200);
}

TEST_F(Audit, IsSealedAndVerified) {
  for (int i = 0; i < 3; ++i) app.post("/api/site-keys", R"({"name": "S", "allowed_origins": ["*"]})");
  EXPECT_GE(f.run(seal_all(f.pool)), 3);
  EXPECT_NE(app.get("/api/audit").body.find(R"("seq":3)"), std::string::npos);
  const auto verify = [&] { return f.tx(db::Role::read, [](db::Tx& tx) { return verify_audit(tx); }); };
  EXPECT_TRUE(verify().empty());
  app.post("/api/site-keys", R"({"name": "S", "allowed_origins": ["*"]})");
  f.run(seal_all(f.pool));
  EXPECT_TRUE(verify().empty());
  f.database.admin().script(
      "begin; set local session_replication_role = replica; update app.audit set action = 'x' "
      "where seq = 2 and organization_id = '" +
      f.organization_id.str() + "'; commit");
  const auto problems = verify();
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].problem, "content changed");
  EXPECT_EQ(problems[0].at_seq, 2);
}

TEST_F(Audit, APartnerLeavesEntriesAndReadsNone) {
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get("/api/audit").status, 403);
  f.tx(app.principal.scope, db::Role::write, [](db::Tx& tx) -> Task<> {
    record_audit(tx, "seen", std::nullopt, JsonObject{});
    co_return;
  });
  app.principal.scope = f.staff;
  EXPECT_EQ(member(app.get("/api/audit?action=seen").body, "actor_kind"), "partner");
}

}  // namespace
}  // namespace tandem::identity
