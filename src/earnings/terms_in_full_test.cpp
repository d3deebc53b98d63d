// Tiers, bonuses, caps, nested conditions and the shares of those above a partner, through the real dispatch.
#include <gtest/gtest.h>

#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct TermsInFull : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();

  /// A deal of these terms as JSON, in force since 2000.
  void deal(PartnerId of, std::string_view terms) {
    const auto made = s.app.post(
        "/api/partners/" + of.str() + "/deals",
        fmt::format(R"({{"name": "Deal", "valid_from": "2000-01-01T00:00:00Z", "terms": [{}]}})", terms));
    ASSERT_EQ(made.status, 201) << made.body;
    ASSERT_EQ(s.app.post("/api/deals/" + member(made.body, "id") + "/activation", "{}").status, 200);
  }
  std::string sale(std::string_view id, std::int64_t amount, std::string_view at = "2026-03-05T10:00:00Z",
                   std::string_view more = "") {
    return s.sale(partner, id, amount, at, more);
  }
  /// "100 200": amounts in the order of their making.
  std::string amounts(std::string_view where = "true") {
    return s.cell(
        fmt::format("select coalesce(string_agg(amount::text, ' ' order by id), '') from app.earnings "
                    "where organization_id = $1 and {}",
                    where));
  }
};

constexpr std::string_view kTiered =
    R"({"trigger": "sale", "method": "percentage", "rate_ppm": 50000, "hold_days": 0, "tier_by": "count",
        "tier_period": "month", "tiers": [{"from": 2, "rate_ppm": 70000}, {"from": 3, "rate_ppm": 100000}]})";

TEST_F(TermsInFull, ATierIsThatOfWhatCameBefore) {
  deal(partner, kTiered);
  for (const auto* id : {"o1", "o2", "o3"}) sale(id, 10'000);
  const auto fourth = sale("o4", 10'000);
  EXPECT_EQ(amounts(), "500 500 700 1000");
  s.refund(fourth, "r4", 10'000);
  sale("o5", 10'000);
  EXPECT_EQ(amounts("reversal_id is null"), "500 500 700 1000 1000") << "three are left before it";
  sale("april", 10'000, "2026-04-05T10:00:00Z");
  EXPECT_EQ(amounts("occurred_at > '2026-04-01'"), "500") << "a new month";
  EXPECT_NE(s.cell("select explanation::text from app.earnings where organization_id = $1 and amount = 700")
                .find("tier from 2 in the month"),
            std::string::npos);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(TermsInFull, ATierByVolumeCountsWhatIsLeftOfRefunds) {
  deal(partner,
       R"({"trigger": "sale", "method": "fixed", "amount": 100, "currency": "USD", "hold_days": 0,
           "tier_by": "volume", "tier_period": "quarter", "tiers": [{"from": 20000, "amount": 300}]})");
  const auto first = sale("o1", 20'000, "2026-01-31T10:00:00Z");
  s.refund(first, "r1", 1);
  sale("o2", 10'000);
  sale("o3", 10'000);
  EXPECT_EQ(amounts("reversal_id is null"), "100 100 300") << "199.99, then 299.99 before it";
  sale("o4", 10'000, "2026-04-01T00:00:00Z");
  EXPECT_EQ(amounts("occurred_at >= '2026-04-01'"), "100");
}

TEST_F(TermsInFull, ABonusIsPaidOnceForEachThreshold) {
  deal(partner,
       R"({"kind": "bonus", "trigger": "sale", "method": "fixed", "currency": "USD", "hold_days": 0,
           "tier_by": "count", "tier_period": "month",
           "tiers": [{"from": 2, "amount": 1000}, {"from": 4, "amount": 5000}]})");
  sale("o1", 100);
  EXPECT_EQ(amounts(), "");
  const auto second = sale("o2", 100);
  EXPECT_EQ(amounts(), "1000");
  sale("o3", 100);
  s.refund(second, "r2", 100);
  EXPECT_EQ(amounts(), "1000 -1000") << "with the sale that reached it";
  sale("o4", 100);
  EXPECT_EQ(amounts(), "1000 -1000 1000") << "three are left: the first threshold again";
  sale("o5", 100);
  EXPECT_EQ(amounts(), "1000 -1000 1000 5000");
  sale("o6", 100);
  EXPECT_EQ(amounts(), "1000 -1000 1000 5000");
  EXPECT_EQ(s.cell("select string_agg(distinct kind, ' ') from app.earnings where organization_id = $1"),
            "bonus");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(TermsInFull, AThresholdIsReachedOnceByManyAtOnce) {
  deal(partner,
       R"({"kind": "bonus", "trigger": "sale", "method": "fixed", "currency": "USD", "hold_days": 0,
           "tier_by": "count", "tier_period": "lifetime", "tiers": [{"from": 10, "amount": 1000}]})");
  const auto key = "Bearer " + s.staff_key();
  std::vector<http::Request> requests;
  for (int i = 0; i < 20; ++i)
    requests.push_back(test::TestApp::request(
        http::Method::post, "/api/conversions",
        fmt::format(
            R"({{"external_id": "o{}", "kind": "sale", "amount": {{"amount": 100, "currency": "USD"}}, )"
            R"("partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
            i, partner.str()),
        {{"content-type", "application/json"},
         {"authorization", key},
         {"idempotency-key", fmt::format("k{}", i)}}));
  for (const auto& answer : s.storm(requests)) EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(amounts(), "1000");
}

TEST_F(TermsInFull, CapsOfDealAndPartner) {
  deal(partner,
       R"({"trigger": "sale", "method": "percentage", "rate_ppm": 100000, "currency": "USD", "hold_days": 0,
           "cap_per_deal": 1500, "cap_per_partner": 2000})");
  deal(partner, R"({"trigger": "sale", "method": "percentage", "rate_ppm": 20000, "hold_days": 0})");
  sale("o1", 10'000);
  sale("o2", 10'000, "2026-04-05T10:00:00Z");
  const auto sums = [&](std::string_view where) {
    return s.cell(
        fmt::format("select coalesce(sum(amount), 0)::text from app.earnings where organization_id = $1 and "
                    "rate_ppm = 100000 and {}",
                    where));
  };
  EXPECT_EQ(sums("occurred_at < '2026-04-01'"), "1000");
  EXPECT_EQ(sums("occurred_at > '2026-04-01'"), "500") << "what the deal leaves";
  sale("o3", 10'000, "2026-05-05T10:00:00Z");
  EXPECT_EQ(sums("true"), "1500");
}

TEST_F(TermsInFull, ConditionsNest) {
  // From 10.00 on, and (in GB, or (the plan is pro, and (product a or b))).
  deal(partner,
       R"({"trigger": "sale", "method": "percentage", "rate_ppm": 100000, "hold_days": 0,
           "conditions": [{"field": "amount", "op": "at_least", "values": ["10"]}],
           "any_of": [{"conditions": [{"field": "country", "op": "in", "values": ["GB"]}]},
                      {"conditions": [{"field": "plan", "op": "in", "values": ["pro"]}],
                       "any_of": [{"conditions": [{"field": "product", "op": "in", "values": ["a"]}]},
                                  {"conditions": [{"field": "product", "op": "in", "values": ["b"]}]}]}]})");
  constexpr auto kAt = "2026-03-05T10:00:00Z";
  sale("small", 999, kAt, R"(, "country": "GB")");
  sale("plain", 10'000, kAt, R"(, "country": "FR")");
  sale("pro alone", 10'100, kAt, R"(, "plan": "pro")");
  EXPECT_EQ(amounts(), "");
  sale("gb", 10'200, kAt, R"(, "country": "GB")");
  sale("pro a", 10'300, kAt, R"(, "plan": "pro", "product": "a")");
  sale("pro b", 10'400, kAt, R"(, "plan": "pro", "product": "b")");
  EXPECT_EQ(amounts(), "1020 1030 1040");
}

TEST_F(TermsInFull, ThoseAboveEarnOnTop) {
  const auto parent = s.partner(), grandparent = s.partner();
  deal(partner, R"({"trigger": "sale", "method": "percentage", "rate_ppm": 100000, "hold_days": 0})");
  deal(parent,
       R"({"kind": "override", "level": 1, "trigger": "sale", "method": "percentage", "rate_ppm": 200000,
                   "hold_days": 0})");
  deal(grandparent,
       R"({"kind": "override", "level": 1, "trigger": "sale", "method": "percentage", "rate_ppm": 500000,
                        "hold_days": 0},
                       {"kind": "override", "level": 2, "trigger": "sale", "method": "percentage",
                        "rate_ppm": 50000,
                        "hold_days": 0})");
  const auto put_parent = [&](PartnerId of, PartnerId above) {
    return s.app.send(http::Method::put, "/api/partners/" + of.str() + "/parent",
                      fmt::format(R"({{"parent_id": "{}"}})", above.str()));
  };
  ASSERT_EQ(put_parent(partner, parent).status, 200);
  ASSERT_EQ(put_parent(parent, grandparent).status, 200);
  EXPECT_EQ(put_parent(grandparent, partner).code(), "circle_of_partners");
  EXPECT_EQ(put_parent(partner, partner).code(), "circle_of_partners");
  EXPECT_EQ(put_parent(partner, PartnerId{new_uuid()}).status, 422);
  EXPECT_EQ(put_parent(PartnerId{new_uuid()}, parent).status, 404);
  const auto sold = sale("o1", 10'000);
  EXPECT_EQ(amounts(), "1000 200 50");
  EXPECT_EQ(
      s.cell(
          "select count(*) from app.earnings e join app.earnings c on c.organization_id = e.organization_id "
          "and c.id = e.overrides_id where e.organization_id = $1 and e.kind = 'override' and c.amount = 1000"),
      "2");
  s.refund(sold, "r1", 5'000);
  EXPECT_EQ(s.totals(), "1250 -625") << "what was on top goes with it";
  const auto beneath = [&](PartnerId of) { return s.app.get("/api/partners/" + of.str() + "/sub-partners"); };
  const auto has = [&](PartnerId of, std::string_view text) {
    return beneath(of).body.find(text) != std::string::npos;
  };
  EXPECT_TRUE(has(parent, R"("overrides":[{"amount":100,"currency":"USD"}])")) << beneath(parent).body;
  EXPECT_TRUE(has(grandparent, R"("overrides":[{"amount":25,"currency":"USD"}])")) << "of the whole branch";
  EXPECT_EQ(beneath(partner).body, R"({"items":[]})");
  EXPECT_EQ(beneath(PartnerId{new_uuid()}).status, 404);
  const auto staff = std::exchange(s.app.principal.scope, s.test::FeatureFixture::partner(parent));
  EXPECT_TRUE(has(parent, R"("amount":100)"));
  EXPECT_FALSE(has(parent, partner.str())) << "a name, and nothing else of it";
  EXPECT_EQ(beneath(grandparent).status, 404);
  s.app.principal.scope = staff;
  s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  EXPECT_EQ(s.differences(), "");
}

TEST_F(TermsInFull, WhatDoesNotFitIsRefused) {
  const auto refused = [&](std::string_view term, std::string_view pointer) {
    const auto made = s.app.post("/api/partners/" + partner.str() + "/deals",
                                 fmt::format(R"({{"name": "Deal", "terms": [{}]}})", term));
    EXPECT_EQ(made.status, 422) << term;
    EXPECT_TRUE(made.names(pointer)) << pointer << " " << made.body;
  };
  refused(R"({"kind": "override", "trigger": "sale", "method": "percentage", "rate_ppm": 1})",
          "/terms/0/level");
  refused(R"({"kind": "override", "level": 11, "trigger": "sale", "method": "percentage", "rate_ppm": 1})",
          "/terms/0/level");
  refused(R"({"kind": "bonus", "trigger": "sale", "method": "fixed", "currency": "USD"})", "/terms/0/tiers");
  refused(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1, "tiers": [{"from": 5, "rate_ppm": 2},
              {"from": 5, "rate_ppm": 3}], "tier_by": "count", "tier_period": "month"})",
          "/terms/0/tiers/1/from");
  refused(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1, "tiers": [{"from": 5, "rate_ppm": 2}],
              "tier_period": "month"})",
          "/terms/0/tier_by");
  refused(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1, "cap_per_deal": 5})",
          "/terms/0/currency");
  refused(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1, "any_of": [{"conditions": []}]})",
          "/terms/0/any_of/0/conditions");
}

}  // namespace
}  // namespace tandem::earnings
