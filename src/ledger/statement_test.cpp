#include "ledger/statement.hpp"

#include <gtest/gtest.h>

#include "identity/ids.hpp"
#include "ledger/api.hpp"
#include "ledger/platform_statement.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::ledger {
namespace {

struct OrganizationStatement : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare_statement};
  PartnerId a = f.partner(), b = f.partner();

  void earned(PartnerId partner_id, std::int64_t amount, std::string_view currency = "USD") {
    f.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
      post(tx, std::vector{
                   commission_earned(new_uuid(), partner_id, {amount, Currency::parse(currency).value()})});
      co_return;
    });
  }
  std::string rows(std::string_view query = {}) {
    const auto answer = app.get(fmt::format("/api/ledger/statement?format=csv{}", query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.substr(answer.body.find("\r\n") + 2);
  }
};

TEST_F(OrganizationStatement, AddsUpOverAllPartnersInEachCurrency) {
  earned(a, 500);
  earned(b, 200);
  earned(b, 300, "JPY");
  EXPECT_EQ(rows(),
            "\"exp.commission\",\"JPY\",\"0\",\"300\",\"0\",\"300\"\r\n"
            "\"liab.commission_held\",\"JPY\",\"0\",\"0\",\"300\",\"-300\"\r\n"
            "\"exp.commission\",\"USD\",\"0\",\"700\",\"0\",\"700\"\r\n"
            "\"liab.commission_held\",\"USD\",\"0\",\"0\",\"700\",\"-700\"\r\n");
}

TEST_F(OrganizationStatement, WhatCameBeforeIsTheOpening) {
  earned(a, 500);
  f.peek("select set_config('session_replication_role', 'replica', false)");
  f.peek("update app.postings set at = '2026-01-31T12:00:00Z' where organization_id = $1 returning 1",
         {f.organization_id.str()});
  f.peek("select set_config('session_replication_role', 'origin', false)");
  EXPECT_EQ(rows("&from=2026-02-01&to=2026-03-01"),
            "\"exp.commission\",\"USD\",\"500\",\"0\",\"0\",\"500\"\r\n"
            "\"liab.commission_held\",\"USD\",\"-500\",\"0\",\"0\",\"-500\"\r\n");
  EXPECT_EQ(rows("&to=2026-01-31"), "");
  EXPECT_EQ(rows("&from=2026-01-31&to=2026-02-01"),
            "\"exp.commission\",\"USD\",\"0\",\"500\",\"0\",\"500\"\r\n"
            "\"liab.commission_held\",\"USD\",\"0\",\"0\",\"500\",\"-500\"\r\n");
}

TEST_F(OrganizationStatement, IsTheStaffsAndOfSensibleDays) {
  test::expect_refused(
      app, {{http::Method::get, "/api/ledger/statement?from=2026-02-02&to=2026-02-01", {}, 422, "invalid"},
            {http::Method::get, "/api/ledger/statement?from=2026-02-30", {}, 422, "invalid", "?from"}});
  app.principal.scope = f.partner(a);
  EXPECT_EQ(app.get("/api/ledger/statement").status, 403);
}

// Of days so long ago that no other test posts there.
struct PlatformStatement : testing::Test {
  test::FeatureFixture f, other;
  test::TestApp app{f, declare_platform_statement};
  PlatformStatement() {
    app.principal.kind = http::Principal::Kind::user;
    app.principal.scope.organization_id = identity::kPlatform;
  }

  static void earned(test::FeatureFixture& of, std::int64_t amount, std::string_view currency,
                     std::string_view at) {
    const PartnerId partner = of.partner();
    of.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
      post(tx,
           std::vector{commission_earned(new_uuid(), partner, {amount, Currency::parse(currency).value()})});
      co_return;
    });
    of.peek("select set_config('session_replication_role', 'replica', false)");
    of.peek("update app.postings set at = $2 where organization_id = $1 and at > '2000-01-01' returning 1",
            {of.organization_id.str(), std::string(at)});
    of.peek("select set_config('session_replication_role', 'origin', false)");
  }
};

TEST_F(PlatformStatement, AddsUpOverOrganizationsInEachCommodityAndNamesNone) {
  earned(f, 500, "USD", "1981-01-31T23:59:59Z");
  earned(f, 70, "JPY", "1981-02-01T00:00:00Z");
  earned(other, 200, "USD", "1981-02-28T12:00:00Z");
  earned(other, 30, "JPY", "1981-03-01T00:00:00Z");
  const auto february = app.get("/api/platform/statement?format=csv&from=1981-02-01&to=1981-03-01");
  EXPECT_EQ(february.body,
            "\"account_class\",\"account\",\"commodity\",\"opening\",\"debits\",\"credits\",\"closing\"\r\n"
            "\"exp\",\"exp.commission\",\"JPY\",\"0\",\"70\",\"0\",\"70\"\r\n"
            "\"liab\",\"liab.commission_held\",\"JPY\",\"0\",\"0\",\"70\",\"-70\"\r\n"
            "\"exp\",\"exp.commission\",\"USD\",\"500\",\"200\",\"0\",\"700\"\r\n"
            "\"liab\",\"liab.commission_held\",\"USD\",\"-500\",\"0\",\"200\",\"-700\"\r\n");
  const auto all = app.get("/api/platform/statement?to=1981-03-02").body;
  EXPECT_NE(all.find(R"("account":"exp.commission","commodity":"JPY","opening":0,"debits":100,"credits":0)"),
            std::string::npos)
      << all;
  for (const auto* fixture : {&f, &other})
    EXPECT_EQ(all.find(fixture->organization_id.str()), std::string::npos);
}

TEST_F(PlatformStatement, IsTheOperatorsAlone) {
  EXPECT_EQ(app.get("/api/platform/statement?to=1970-01-01").body, R"({"items":[],"next_cursor":null})");
  test::expect_refused(
      app, {{http::Method::get, "/api/platform/statement?from=2026-02-02&to=2026-02-01", {}, 422, "invalid"},
            {http::Method::get, "/api/platform/statement?from=2026-02-30", {}, 422, "invalid", "?from"},
            {http::Method::get, "/api/platform/statement?organization_id=x", {}, 422, "invalid"}});
  app.principal.scope = f.staff;
  EXPECT_EQ(app.get("/api/platform/statement").code(), "forbidden") << "an owner of one organization";
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get("/api/platform/statement").code(), "forbidden");
}

}  // namespace
}  // namespace tandem::ledger
