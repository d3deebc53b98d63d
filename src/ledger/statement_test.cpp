#include "ledger/statement.hpp"

#include <gtest/gtest.h>

#include "ledger/api.hpp"
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

}  // namespace
}  // namespace tandem::ledger
