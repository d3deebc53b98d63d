// Simulations: the same days under a draft or another model; nothing is written.
#include "earnings/simulations.hpp"

#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Simulating : testing::Test {
  test::Story s;
  PartnerId a = s.partner(), b = s.partner();
  attribution::Link link_a = s.link(a), link_b = s.link(b);
  partners::DealId deal_a = s.deal(a, RatePpm{100'000});
  partners::DealId deal_b = s.deal(b, RatePpm{200'000});

  std::string sale(std::string_view id, std::int64_t amount, std::string_view who,
                   std::string_view at = "2026-03-05T10:00:00Z") {
    const auto made = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": {}, "currency": "USD"}}, {}, )"
            R"("occurred_at": "{}"}})",
            id, amount, who, at));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  std::string of(PartnerId id) { return fmt::format(R"("partner_id": "{}")", id.str()); }
  void refund(const std::string& conversion, std::int64_t amount) {
    const auto made = s.app.post(
        "/api/conversions/" + conversion + "/reversals",
        fmt::format(R"({{"external_id": "r", "kind": "refund", "amount": {{"amount": {}, "currency": "USD"}},
                         "occurred_at": "2026-03-06T10:00:00Z"}})",
                    amount));
    EXPECT_EQ(made.status, 201) << made.body;
  }
  void draft(const partners::DealId& deal, std::int64_t rate) {
    const auto put = s.app.send(
        http::Method::put, "/api/deals/" + deal.str() + "/draft",
        fmt::format(R"({{"terms": [{{"trigger": "sale", "method": "percentage", "rate_ppm": {}}}]}})", rate));
    ASSERT_EQ(put.status / 100, 2) << put.body;
  }
  test::Answer simulate(std::string_view what, std::string_view from = "2026-03-01",
                        std::string_view to = "2026-04-01") {
    return s.app.get(
        fmt::format("/api/simulations?from={}&to={}{}{}", from, to, what.empty() ? "" : "&", what));
  }
  static std::string row(PartnerId id, int earned, int simulated) {
    return fmt::format(R"({{"partner_id":"{}","currency":"USD","earned":{},"simulated":{},"difference":{}}})",
                       id.str(), earned, simulated, simulated - earned);
  }
  static void has(const test::Answer& answer, const std::string& what) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find(what), std::string::npos) << what << " in " << answer.body;
  }
  std::string rows() {
    return s.cell(
        "select (select count(*) from app.earnings where organization_id = $1) || ' ' || "
        "(select count(*) from app.postings where organization_id = $1) || ' ' || "
        "(select count(*) from app.idempotency where organization_id = $1)");
  }
};

TEST_F(Simulating, ADraftThatChangesNothingMakesNoDifference) {
  refund(sale("o1", 10'000, of(a)), 2'500);
  sale("o2", 3'333, of(a));
  sale("o3", 5'000, of(b));
  sale("o4", 7'000, of(a), "2026-04-01T00:00:00Z");
  draft(deal_a, 100'000);
  const auto before = rows();
  const auto same = simulate(fmt::format("deal_id={}", deal_a.str()));
  has(same, R"("conversions":2)");
  has(same, row(a, 1'083, 1'083));
  EXPECT_EQ(same.body.find(b.str()), std::string::npos) << "another deal's conversions are not looked at";
  EXPECT_EQ(rows(), before) << "nothing is written";
}

TEST_F(Simulating, ADraftsTermsTakeThePlaceOfTheDeals) {
  refund(sale("o1", 10'000, of(a)), 2'500);
  draft(deal_a, 150'000);
  const auto more = simulate(fmt::format("deal_id={}", deal_a.str()));
  has(more, row(a, 750, 1'125));
  has(more, R"("totals":[{"currency":"USD","earned":750,"simulated":1125,"difference":375}])");
}

TEST_F(Simulating, CapsAndTiersGoOnFromWhereTheyStood) {
  sale("before", 10'000, of(a), "2026-01-05T10:00:00Z");
  sale("o1", 10'000, of(a));
  const auto put = s.app.send(
      http::Method::put, "/api/deals/" + deal_a.str() + "/draft",
      R"({"terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 100000, "currency": "USD",
          "cap_per_year": 1800, "tier_by": "count", "tier_period": "quarter",
          "tiers": [{"from": 1, "rate_ppm": 50000}]}]})");
  ASSERT_EQ(put.status, 200) << put.body;
  const auto what = fmt::format("deal_id={}", deal_a.str());
  has(simulate(what), row(a, 1'000, 500));
  sale("o2", 10'000, of(a), "2026-03-06T10:00:00Z");
  has(simulate(what), row(a, 2'000, 800));
  has(simulate(what, "2026-01-01"), row(a, 3'000, 1'800));
}

TEST_F(Simulating, PartsOfNamedPartnersAreTheirs) {
  refund(sale("o1", 10'001, of(a)), 3'334);
  const auto put =
      s.app.send(http::Method::put, "/api/deals/" + deal_a.str() + "/draft",
                 fmt::format(R"({{"terms": [{{"trigger": "sale", "method": "percentage", "rate_ppm": 100000,
                       "split": [{{"partner_id": "{}", "share_ppm": 300000}}]}}]}})",
                             b.str()));
  ASSERT_EQ(put.status, 200) << put.body;
  const auto split = simulate(fmt::format("deal_id={}", deal_a.str()));
  has(split, row(a, 667, 467));
  has(split, row(b, 0, 200));
  has(split, R"("earned":667,"simulated":667,"difference":0)");
}

TEST_F(Simulating, AnotherModelMovesWhatAllPartnersEarn) {
  const auto visit = [&](PartnerId id, const attribution::Link& link, int hours_ago) {
    s.cell(fmt::format(
        "insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot) "
        "values ($1, gen_random_uuid(), '{}', '{}', 'visitor1', 'counted', 'script', "
        "now() - interval '{} hours', {}) returning 1",
        id.str(), link.id.str(), hours_ago, hours_ago));
  };
  visit(a, link_a, 20);
  visit(b, link_b, 10);
  const auto made = s.app.post("/api/leads", R"({"email": "buyer@shop.example", "visitor_id": "visitor1"})");
  ASSERT_EQ(made.status, 201) << made.body;
  sale("o1", 10'005, fmt::format(R"("lead_id": "{}")", member(made.body, "lead_id")));
  has(simulate("model=last"), row(b, 2'001, 2'001));
  const auto first = simulate("model=first");
  has(first, row(a, 0, 1'001));
  has(first, row(b, 2'001, 0));
  has(first, R"("earned":2001,"simulated":1001,"difference":-1000)");
  const auto linear = simulate("model=linear");
  has(linear, row(a, 0, 501));
  has(linear, row(b, 2'001, 1'000));
}

TEST_F(Simulating, WhatItRefuses) {
  const auto deal = fmt::format("deal_id={}", deal_a.str());
  EXPECT_EQ(simulate(deal).status, 404) << "no draft";
  EXPECT_EQ(simulate(fmt::format("deal_id={}", new_uuid().str())).status, 404);
  draft(deal_a, 1);
  EXPECT_TRUE(simulate(deal + "&model=first").names("?model", "out_of_range"));
  EXPECT_TRUE(simulate("").names("?model", "out_of_range"));
  EXPECT_TRUE(simulate(deal, "2026-03-01", "2026-03-01").names("?to", "out_of_range"));
  EXPECT_TRUE(simulate(deal, "2026-03-01", "2027-04-06").names("?to", "out_of_range"));
  EXPECT_EQ(simulate(deal, "2026-02-30").status, 422);
  EXPECT_EQ(simulate("model=median").status, 422);
  s.app.principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, a};
  EXPECT_EQ(simulate(deal).status, 403);
}

}  // namespace
}  // namespace tandem::earnings
