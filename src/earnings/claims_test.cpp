// Claims: filed with evidence, decided by a day with a reason, and what an accepted one earns.
#include "earnings/claims.hpp"

#include <gtest/gtest.h>

#include "attribution/api.hpp"
#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Claiming : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();

  void act_as(PartnerId id) {
    s.app.principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, id};
  }
  void act_as_staff() {
    s.app.principal.scope = s.staff;
    s.app.principal.scope.actor_id = ActorId{new_uuid()};
  }
  std::string sale(std::string_view id, std::int64_t amount, std::string_view who = {}) {
    const auto made = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": {}, "currency": "USD"}}, )"
            R"("partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
            id, amount, who.empty() ? partner.str() : who));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  void refund(const std::string& conversion, std::string_view id, std::int64_t amount) {
    const auto made = s.app.post(
        "/api/conversions/" + conversion + "/reversals",
        fmt::format(R"({{"external_id": "{}", "kind": "refund", "amount": {{"amount": {}, "currency": "USD"}},
                         "occurred_at": "2026-03-06T10:00:00Z"}})",
                    id, amount));
    EXPECT_EQ(made.status, 201) << made.body;
  }
  test::Answer file(std::string_view about, std::string_view kind = "missing") {
    return s.app.post(
        "/api/partners/" + partner.str() + "/claims",
        fmt::format(R"({{"kind": "{}", {}, "evidence": "The buyer wrote to us."}})", kind, about));
  }
  std::string filed(std::string_view about) {
    act_as(partner);
    const auto answer = file(about);
    EXPECT_EQ(answer.status, 201) << answer.body;
    act_as_staff();
    return "/api/claims/" + member(answer.body, "id");
  }
  test::Answer accept(const std::string& claim, std::int64_t amount, std::string_view more = {}) {
    return s.app.post(
        claim + "/acceptance",
        fmt::format(R"({{"amount": {{"amount": {}, "currency": "USD"}}, "reason": "Shown."{}}})", amount,
                    more));
  }
  std::string states() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || state || ' ' || amount, ', ' order by id), '') "
        "from app.earnings where organization_id = $1");
  }
  std::int64_t end() {
    return s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  }
};

TEST_F(Claiming, APartnerFilesOneAndTheStaffDecidesByADay) {
  act_as(partner);
  const auto made = s.app.post(
      "/api/partners/" + partner.str() + "/claims",
      R"({"kind": "not_credited", "order_reference": "A-17", "amount": {"amount": 900, "currency": "USD"},
          "evidence": "Our mail of the 3rd.\nThe buyer's answer.", "evidence_references": ["mail 3 March", "A-17"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  for (const char* what : {R"("state":"open")", R"("order_reference":"A-17")", R"("amount":900)",
                           R"("evidence_references":["mail 3 March","A-17"])", R"("is_overdue":false)"})
    EXPECT_NE(made.body.find(what), std::string::npos) << what << " in " << made.body;
  EXPECT_EQ(s.cell("select round(extract(epoch from decide_by - created_at) / 86400)::text from app.claims "
                   "where organization_id = $1"),
            "30");
  const std::string path = "/api/claims/" + member(made.body, "id");
  EXPECT_EQ(s.app.post(path + "/rejection", R"({"reason": "no"})").status, 403) << "not by a partner";
  act_as_staff();
  EXPECT_EQ(s.app.post(path + "/review", "").status, 200);
  EXPECT_EQ(s.app.post(path + "/review", "").code(), "state");
  EXPECT_EQ(s.app.post(path + "/rejection", "{}").status, 422);
  const auto rejected = s.app.post(path + "/rejection", R"({"reason": "The buyer came by himself."})");
  ASSERT_EQ(rejected.status, 200) << rejected.body;
  EXPECT_NE(rejected.body.find(R"("decided_by":")"), std::string::npos);
  EXPECT_EQ(accept(path, 900).code(), "state");
  act_as(partner);
  const auto seen = s.app.get(path);
  EXPECT_NE(seen.body.find(R"("state":"rejected")"), std::string::npos) << seen.body;
  EXPECT_NE(seen.body.find("came by himself"), std::string::npos);
  EXPECT_NE(seen.body.find(R"("decided_by":null)"), std::string::npos) << "who decided is the staff's";
  EXPECT_EQ(s.app.post(path + "/withdrawal", "").code(), "state");
  EXPECT_EQ(states(), "");
  EXPECT_EQ(s.cell("select string_agg(kind, ' ' order by id) from app.outbox where organization_id = $1 "
                   "and kind like 'claim.%'"),
            "claim.filed claim.under_review claim.rejected");
}

TEST_F(Claiming, ADayThatHasPassedIsSurfacedAndDecidesNothing) {
  s.cell(
      "update app.organizations set settings = '{\"claim_days\": 1}' where organization_id = $1 returning 1");
  const auto path = filed(R"("order_reference": "A-1")");
  EXPECT_NE(s.app.get("/api/claims?is_overdue=true").body.find(R"("items":[])"), std::string::npos);
  Clock::freeze(Clock::now() + std::chrono::hours{25});
  const auto overdue = s.app.get("/api/claims?is_overdue=true&sort=decide_by").body;
  EXPECT_NE(overdue.find(R"("state":"open")"), std::string::npos) << overdue;
  EXPECT_NE(overdue.find(R"("is_overdue":true)"), std::string::npos) << overdue;
  EXPECT_EQ(accept(path, 100).status, 200);
  EXPECT_NE(s.app.get("/api/claims?is_overdue=true").body.find(R"("items":[])"), std::string::npos);
  Clock::freeze(std::nullopt);
}

TEST_F(Claiming, WhatItIsAboutIsOneThingThatThePartnerSees) {
  const auto other = s.partner();
  s.deal(other, RatePpm{100'000});
  const auto foreign = sale("o1", 10'000, other.str());
  const auto foreign_earning = s.cell("select id from app.earnings where organization_id = $1");
  act_as(partner);
  EXPECT_TRUE(
      file(R"("amount": {"amount": 1, "currency": "USD"})").names("/order_reference", "out_of_range"));
  EXPECT_EQ(file(fmt::format(R"("order_reference": "A", "lead_id": "{}")", new_uuid().str())).status, 422);
  EXPECT_EQ(file(fmt::format(R"("conversion_id": "{}")", foreign)).status, 404);
  EXPECT_EQ(file(fmt::format(R"("conversion_id": "{}")", new_uuid().str())).status, 404);
  EXPECT_EQ(file(fmt::format(R"("earning_id": "{}")", foreign_earning)).status, 404);
  EXPECT_EQ(file(fmt::format(R"("order_reference": "A", "document_id": "{}")", new_uuid().str())).status,
            404);
  EXPECT_TRUE(
      file(R"("order_reference": "A", "amount": {"amount": 0, "currency": "USD"})").names("/amount/amount"));
  EXPECT_EQ(file(R"("order_reference": "A")", "nonsense").status, 422);
  EXPECT_EQ(s.app
                .post("/api/partners/" + other.str() + "/claims",
                      R"({"kind": "missing", "order_reference": "A", "evidence": "x"})")
                .status,
            404);
  EXPECT_EQ(s.cell("select count(*)::text from app.claims where organization_id = $1"), "0");
  act_as_staff();
  EXPECT_EQ(file(fmt::format(R"("conversion_id": "{}")", foreign), "not_credited").status, 201)
      << "the staff files what the partner told it";
  EXPECT_EQ(file(fmt::format(R"("earning_id": "{}")", foreign_earning)).status, 404);
  act_as(partner);
  ASSERT_EQ(file(R"("order_reference": "A")").status, 201);
  EXPECT_EQ(file(R"("order_reference": "A")").code(), "claim_open");
  act_as(other);
  EXPECT_NE(s.app.get("/api/claims").body.find(R"("items":[])"), std::string::npos);
  EXPECT_EQ(s.app.get("/api/claims/" + s.cell("select id from app.claims where organization_id = $1 limit 1"))
                .status,
            404);
}

TEST_F(Claiming, AnAcceptedOneEarnsAnAdjustmentThatIsHeldDueAndPaid) {
  const auto path = filed(R"("order_reference": "A-17")");
  EXPECT_TRUE(accept(path, 0).names("/amount/amount"));
  EXPECT_TRUE(accept(path, 10, R"(, "hold_days": 366)").names("/hold_days"));
  EXPECT_EQ(accept(path, 10, fmt::format(R"(, "conversion_id": "{}")", new_uuid().str())).status, 404);
  const auto accepted = accept(path, 1'250, R"(, "hold_days": 0)");
  ASSERT_EQ(accepted.status, 200) << accepted.body;
  const auto earning = member(accepted.body, "adjustment_id");
  EXPECT_EQ(states(), "adjustment pending 1250");
  EXPECT_EQ(accept(path, 1'250).code(), "state");
  EXPECT_EQ(s.cell("select balance::text from app.accounts where organization_id = $1 "
                   "and code = 'liab.commission_held'"),
            "1250");
  const auto why = s.app.get("/api/explain/earning/" + earning).body;
  EXPECT_NE(why.find(R"("key":"earning_adjustment")"), std::string::npos) << why;
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(states(), "adjustment due 1250");
  const PayoutId payout{new_uuid()};
  s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
    co_await take_into_payout(tx, payout, {*EarningId::parse(earning)});
    co_await pay(tx, payout, {*EarningId::parse(earning)});
  });
  EXPECT_EQ(states(), "adjustment paid 1250");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Claiming, WhoFiledItDoesNotDecideIt) {
  act_as_staff();
  const auto made = file(R"("order_reference": "A-17")");
  const std::string path = "/api/claims/" + member(made.body, "id");
  EXPECT_EQ(accept(path, 10).code(), "same_person");
  EXPECT_EQ(s.app.post(path + "/rejection", R"({"reason": "no"})").code(), "same_person");
  act_as_staff();
  EXPECT_EQ(accept(path, 10).status, 200);
}

TEST_F(Claiming, RefundsBeforeAndAfterTakeBackOfTheAdjustment) {
  s.deal(partner, RatePpm{100'000});
  const auto conversion = sale("o1", 10'000);
  refund(conversion, "r1", 2'500);
  EXPECT_EQ(states(), "commission pending 1000, commission pending -250");
  const auto path = filed(fmt::format(R"("conversion_id": "{}")", conversion));
  EXPECT_EQ(
      s.app.post(path + "/acceptance", R"({"amount": {"amount": 400, "currency": "EUR"}, "reason": "x"})")
          .status,
      422);
  ASSERT_EQ(accept(path, 400).status, 200);
  EXPECT_EQ(
      states(),
      "commission pending 1000, commission pending -250, adjustment pending 400, adjustment pending -100");
  EXPECT_EQ(s.differences(), "");
  refund(conversion, "r2", 7'500);
  EXPECT_EQ(s.cell("select sum(amount)::text || ' ' || string_agg(distinct state, '') from app.earnings "
                   "where organization_id = $1"),
            "0 cancelled");
  EXPECT_EQ(s.differences(), "");
  // Of a conversion that was refunded in full nothing is left to give.
  const auto late = filed(fmt::format(R"("conversion_id": "{}")", conversion));
  ASSERT_EQ(accept(late, 300).status, 200);
  EXPECT_EQ(s.cell("select sum(amount)::text || ' ' || string_agg(distinct state, '') from app.earnings "
                   "where organization_id = $1"),
            "0 cancelled");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Claiming, TheAdjustmentOfADisputedConversionIsHeld) {
  s.deal(partner, RatePpm{100'000});
  const auto conversion = sale("o1", 10'000);
  const auto dispute = [&](attribution::DisputeState state) {
    s.tx(s.system, db::Role::money, [&](db::Tx& tx) -> Task<> {
      co_await attribution::record_dispute(
          tx, {"api", "d1", "o1", state, *Timestamp::parse("2026-03-07T10:00:00Z")});
    });
  };
  dispute(attribution::DisputeState::open);
  ASSERT_EQ(accept(filed(fmt::format(R"("conversion_id": "{}")", conversion)), 400).status, 200);
  EXPECT_EQ(states(), "commission held 1000, adjustment held 400");
  dispute(attribution::DisputeState::lost);
  EXPECT_EQ(s.cell("select sum(amount)::text from app.earnings where organization_id = $1"), "0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Claiming, ARepeatedAcceptanceEarnsOnce) {
  const auto path = filed(R"("order_reference": "A-17")");
  const std::string body = R"({"amount": {"amount": 500, "currency": "USD"}, "reason": "Shown."})";
  const http::Pairs headers{{"content-type", "application/json"}, {"idempotency-key", "once"}};
  const auto first = s.app.call(http::Method::post, path + "/acceptance", body, headers);
  const auto second = s.app.call(http::Method::post, path + "/acceptance", body, headers);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(states(), "adjustment pending 500");
}

}  // namespace
}  // namespace tandem::earnings
