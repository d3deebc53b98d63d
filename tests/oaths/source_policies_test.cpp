// The row-level policies of the platform that Tandem replaces, each as the attack that it let through: what a
// partner, a customer or somebody who knows the database's names could do there is refused here, over HTTP
// and in SQL as the very roles of the server.
#include <gtest/gtest.h>

#include "db/conninfo.hpp"
#include "identity/api.hpp"
#include "identity/log_in_limits.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using http::Method;
using test::member;

struct SourcePolicies : testing::Test {
  test::Story s;
  test::FeatureFixture elsewhere;  // another organization
  PartnerId mine = s.partner(), theirs = s.partner(), foreign = elsewhere.partner();
  std::string key = s.partner_key(mine);

  SourcePolicies() {
    for (const auto partner : {mine, theirs}) {
      s.deal(partner, RatePpm{100'000});
      const auto link = s.link(partner);
      const auto sold = s.app.post(
          "/api/conversions",
          fmt::format(
              R"({{"external_id": "{0}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, "link_code": "{1}", "occurred_at": "2026-03-05T10:00:00Z"}})",
              link.id.str(), link.code.str()));
      EXPECT_EQ(sold.status, 201) << sold.body;
    }
  }

  test::Answer as_partner(Method method, const std::string& target, std::string body = {}) {
    return s.outside.send(method, target, std::move(body), {{"authorization", "Bearer " + key}});
  }

  /// One statement as this role of the server, for this kind of actor: the SQLSTATE of its refusal, or how
  /// many rows it touched or saw.
  std::string attempt(std::string_view role, std::string_view kind, const std::string& sql) {
    db::AdminConnection session(db::conninfo_with(s.database.address(), {{"user", role}}));
    const std::string context = fmt::format(
        "begin; set local app.organization_id = '{}'; set local app.actor_kind = '{}'; "
        "set local app.actor_id = '{}'; set local app.partner_id = '{}'; ",
        s.organization_id.str(), kind, new_uuid().str(), mine.str());
    try {
      const auto results = session.script(context + sql);
      const auto& last = results.back();
      return fmt::format("{} rows", last.columns() > 0 ? std::string(last.cell(0, 0).value_or("0"))
                                                       : std::to_string(last.affected()));
    } catch (const db::DbError& error) {
      return error.sqlstate();
    }
  }
  std::string as_partner_in(std::string_view role, const std::string& sql) {
    return attempt(role, "partner", sql);
  }
  std::string look(const std::string& sql) { return s.cell(sql); }
};

constexpr std::string_view kNoRight = "42501";

// "Service role manages earnings … FOR ALL USING (TRUE)" names no role, so it is everybody's.
TEST_F(SourcePolicies, EarningsForAllUsingTrue) {
  ASSERT_EQ(look("select count(*) from app.earnings where organization_id = $1"), "2");
  for (const auto* role : {"app_read", "app_write", "app_money"}) {
    EXPECT_EQ(as_partner_in(role, "select count(*) from app.earnings"), "1 rows") << role;
    EXPECT_EQ(
        as_partner_in(role, "select count(*) from app.earnings where partner_id = '" + theirs.str() + "'"),
        "0 rows");
  }
  EXPECT_EQ(as_partner_in("app_write", "update app.earnings set amount = amount * 100"), kNoRight);
  EXPECT_EQ(as_partner_in("app_money", "update app.earnings set amount = amount * 100"), kNoRight);
  EXPECT_EQ(as_partner_in("app_money", "update app.earnings set partner_id = '" + mine.str() + "'"),
            kNoRight);
  for (const auto* role : {"app_write", "app_money"})
    EXPECT_EQ(as_partner_in(role, "delete from app.earnings"), kNoRight);
  EXPECT_EQ(
      as_partner_in("app_write",
                    "insert into app.earnings select (jsonb_populate_record(e, jsonb_build_object('id', "
                    "gen_random_uuid(), 'amount', 999999))).* from app.earnings e"),
      kNoRight);
  const auto listed = as_partner(Method::get, "/api/earnings").body;
  EXPECT_EQ(test::items(listed), 1) << listed;
  EXPECT_EQ(listed.find(theirs.str()), std::string::npos);
  EXPECT_EQ(as_partner(Method::post, "/api/earnings", "{}").status, 405);
}

// "Partners can update own profile" has no WITH CHECK and names no columns: rate, status and totals were
// theirs.
TEST_F(SourcePolicies, PartnersRaiseTheirOwnRateAndStatus) {
  const std::string own = "/api/partners/" + mine.str();
  for (const auto* field :
       {R"("status": "active")", R"("state": "active")", R"("commission_rate": 90)", R"("total_earnings": 1)",
        R"("legal_name": "Another")", R"("tax_id": "1")", R"("external_id": "x")", R"("id": "x")"}) {
    const auto answer = as_partner(Method::patch, own, fmt::format("{{{}}}", field));
    EXPECT_TRUE(answer.status == 422 || answer.status == 403) << field << answer.body;
  }
  for (const auto* column : {"status = 'suspended'", "legal_name = 'x'", "external_id = 'x'"})
    EXPECT_EQ(as_partner_in("app_write", fmt::format("update app.partners set {}", column)), kNoRight)
        << column;
  for (const auto* role : {"app_write", "app_money"})
    EXPECT_EQ(as_partner_in(role, "update app.deal_terms set rate_ppm = 900000"), kNoRight);
  EXPECT_EQ(as_partner(Method::post, own + "/deals", "{}").status, 403);
}

// "user_id = auth.uid()" is checked for the old row alone: a profile could be handed on.
TEST_F(SourcePolicies, AProfileIsGivenAway) {
  for (const auto& to : {theirs, foreign}) {
    const auto found = as_partner_in("app_write", fmt::format("update app.partners set id = '{}'", to.str()));
    EXPECT_EQ(found, kNoRight);
  }
  EXPECT_EQ(as_partner_in("app_write", fmt::format("update app.partners set organization_id = '{}'",
                                                   elsewhere.organization_id.str())),
            kNoRight);
}

// "Admins can view all partners": an administrator of one company saw those of every other.
TEST_F(SourcePolicies, AdminsOfOneCompanySeeAnother) {
  EXPECT_EQ(attempt("app_read", "staff", "select count(*) from app.partners"), "2 rows");
  EXPECT_EQ(attempt("app_read", "staff",
                    fmt::format("select count(*) from app.partners where id = '{}'", foreign.str())),
            "0 rows");
  EXPECT_EQ(s.app.get("/api/partners/" + foreign.str()).status, 404);
  EXPECT_EQ(s.app.get("/api/partners").body.find(foreign.str()), std::string::npos);
}

// profiles.is_admin follows user_type, which its owner may set: everybody could be an administrator.
TEST_F(SourcePolicies, SomebodyMakesThemselvesAdministrator) {
  identity::LogInLimits::instance().clear();
  const std::string email = "viewer-" + s.slug + "@people.example";
  const std::string password = "a quiet harbour at dawn";
  s.run(identity::make_login(s.pool, s.organization_id,
                             {.email = Email::parse(email).value(),
                              .name = Text<1, 120>::parse("Vic").value(),
                              .role = identity::MemberRole::viewer,
                              .partner_id = {}},
                             Secret(password)));
  const auto in = s.outside.send(Method::post, "/api/session",
                                 fmt::format(R"({{"email": "{}", "password": "{}"}})", email, password));
  ASSERT_EQ(in.status, 201) << in.body;
  const auto set = in.header("Set-Cookie");
  const http::Pairs browser{{"cookie", set.substr(0, set.find(';'))},
                            {"x-csrf-token", member(in.body, "csrf_token")},
                            {"sec-fetch-site", "same-origin"}};
  const auto send = [&](Method method, const std::string& target, std::string body) {
    return s.outside.send(method, target, std::move(body), browser);
  };
  const auto membership = look("select id from app.memberships where organization_id = $1 limit 1");
  EXPECT_EQ(send(Method::patch, "/api/members/" + membership, R"({"role": "owner"})").status, 403);
  EXPECT_EQ(send(Method::patch, "/api/me", R"({"role": "owner"})").status, 422);
  EXPECT_EQ(send(Method::patch, "/api/me", R"({"is_admin": true})").status, 422);
  EXPECT_EQ(send(Method::post, "/api/invitations", R"({"email": "x@y.example", "role": "owner"})").status,
            403);
  EXPECT_EQ(look("select role from app.memberships where organization_id = $1"), "viewer");
  const std::string join = fmt::format(
      "insert into app.memberships (organization_id, id, user_id, role, email, name) values ('{}', '{}', '{}', "
      "'owner', 'x@y.example', 'x')",
      s.organization_id.str(), new_uuid().str(), new_uuid().str());
  for (const auto* role : {"app_read", "app_write", "app_money"}) {
    EXPECT_EQ(as_partner_in(role, join), role == std::string("app_read") ? "25006" : kNoRight) << role;
    EXPECT_EQ(as_partner_in(role, "select count(*) from app.users"), "0 rows") << role;
  }
}

// "Partners can create orders": price, rate, commission and state came from the partner, the trigger paid
// them.
TEST_F(SourcePolicies, AnOrderNamesItsOwnCommission) {
  const std::string order =
      R"({"external_id": "mine-1", "kind": "sale", "amount": {"amount": 999900, "currency": "USD"}, "partner_id": ")" +
      mine.str() + R"(", "occurred_at": "2026-03-05T10:00:00Z"})";
  EXPECT_EQ(as_partner(Method::post, "/api/conversions", order).status, 403);
  EXPECT_EQ(
      s.app
          .post(
              "/api/conversions",
              R"({"external_id": "mine-2", "kind": "sale", "amount": {"amount": 1, "currency": "USD"}, )"
              R"("commission_rate": 90, "commission_amount_usd": 90, "occurred_at": "2026-03-05T10:00:00Z"})")
          .status,
      422);
  for (const auto* table : {"conversions", "earnings", "postings", "transfers"})
    EXPECT_EQ(as_partner_in("app_write", fmt::format("insert into app.{0} select * from app.{0}", table)),
              table == std::string("conversions") ? "23505" : kNoRight)
        << table;
  EXPECT_EQ(look("select count(*) from app.earnings where organization_id = $1"), "2");
}

// An order of "b2c" passed the policy by its user_id, whatever partner it named.
TEST_F(SourcePolicies, AnOrderIsBookedOnAnotherPartner) {
  EXPECT_EQ(as_partner_in(
                "app_write",
                fmt::format("insert into app.conversions select (jsonb_populate_record(t, jsonb_build_object("
                            "'id', gen_random_uuid(), 'external_id', 'z', 'partner_id', '{}'))).* "
                            "from app.conversions t",
                            theirs.str())),
            kNoRight);
  EXPECT_EQ(
      as_partner_in("app_write",
                    fmt::format("insert into app.links (organization_id, id, partner_id, code, destination) "
                                "select organization_id, gen_random_uuid(), '{}', 'z', destination from "
                                "app.links",
                                theirs.str())),
      kNoRight);
  EXPECT_EQ(as_partner(Method::post, "/api/partners/" + theirs.str() + "/links",
                       R"({"destination": "https://shop.example/"})")
                .status,
            404);
}

// UPDATE … SET order_status = 'ALLOCATED' again and again: the trigger added to the totals each time.
TEST_F(SourcePolicies, AStateIsSetTwiceToEarnTwice) {
  const auto again = s.app.post(
      "/api/conversions",
      fmt::format(
          R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, "partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
          look("select external_id from app.conversions where organization_id = $1 and partner_id = '" +
               mine.str() + "'"),
          mine.str()));
  EXPECT_NE(again.status, 201) << again.body;
  EXPECT_EQ(look("select count(*) from app.earnings where organization_id = $1"), "2");
  EXPECT_EQ(attempt("app_write", "staff", "update app.conversions set amount = 1"), kNoRight);
  EXPECT_EQ(attempt("app_money", "staff", "update app.conversions set amount = 1"), kNoRight);
  EXPECT_EQ(s.differences(), "");
}

// "Partners can manage own customers FOR ALL": rows of others by their id, and a person's account linked at
// will.
TEST_F(SourcePolicies, CustomersOfAnotherPartner) {
  const auto made = s.app.post("/api/partners/" + theirs.str() + "/customers",
                               R"({"first_name": "Aziza", "email": "aziza@example.com"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string customer = "/api/partner-customers/" + member(made.body, "id");
  for (const auto& [method, body] :
       {std::pair{Method::get, ""}, std::pair{Method::patch, R"({"first_name": "x"})"},
        std::pair{Method::delete_, ""}})
    EXPECT_EQ(as_partner(method, customer, body).status, 404) << http::method_name(method);
  EXPECT_EQ(as_partner_in("app_write", "update app.partner_customers set first_name = 'x'"), "0 rows");
  EXPECT_EQ(as_partner_in("app_write", "delete from app.partner_customers"), "0 rows");
  EXPECT_EQ(as_partner_in("app_read", "select count(*) from app.contacts"), "0 rows");
}

// customer_groups and customer_group_members have no policy at all.
TEST_F(SourcePolicies, ATableWithoutAWall) {
  EXPECT_EQ(
      s.peek(
          "select string_agg(c.relname, ', ') from pg_class c "
          "where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity "
          "and (has_table_privilege('app_read', c.oid, 'select') or has_table_privilege('app_write', c.oid, "
          "'insert')) and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = "
          "'organization_id')"),
      std::nullopt);
}

// v_orders_complete and its like run as their owner, whom no policy binds.
TEST_F(SourcePolicies, AViewThatRunsAsItsOwner) {
  EXPECT_EQ(s.peek("select string_agg(c.relname, ', ') from pg_class c "
                   "where c.relnamespace = 'app'::regnamespace and c.relkind in ('v', 'm') "
                   "and not coalesce('security_invoker=true' = any (c.reloptions), false)"),
            std::nullopt);
  EXPECT_EQ(s.peek("select string_agg(p.proname, ', ') from pg_proc p "
                   "where p.pronamespace = 'app'::regnamespace and p.prosecdef"),
            std::nullopt);
}

// ON DELETE CASCADE from users to partners to customers and earnings: a closed account took the books with
// it.
TEST_F(SourcePolicies, ADeletedAccountTakesTheBooksWithIt) {
  EXPECT_EQ(s.peek("select string_agg(conname, ', ') from pg_constraint "
                   "where connamespace = 'app'::regnamespace and confdeltype in ('c', 'n', 'd')"),
            std::nullopt);
  for (const auto* kind : {"staff", "partner", "system"})
    for (const auto* table : {"partners", "users", "conversions", "leads", "earnings", "postings"})
      EXPECT_EQ(attempt("app_write", kind, fmt::format("delete from app.{}", table)), kNoRight)
          << kind << " " << table;
}

// auth.uid() of nobody is null and of a forged token anybody: without a context nothing is seen.
TEST_F(SourcePolicies, AnActorOfNoKind) {
  for (const auto* kind : {"", "customer", "respondent", "admin", "service_role", "anon"}) {
    EXPECT_EQ(attempt("app_read", kind, "select count(*) from app.partners"), "0 rows") << kind;
    EXPECT_EQ(attempt("app_read", kind, "select count(*) from app.earnings"), "0 rows") << kind;
  }
  EXPECT_EQ(s.outside.get("/api/partners").status, 401);
}

}  // namespace
}  // namespace tandem
