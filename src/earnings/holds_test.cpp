// Holds: by their time, of new partners, for review, for a dispute; and debts that are given up.
#include "earnings/holds.hpp"

#include <gtest/gtest.h>

#include "attribution/api.hpp"
#include "earnings/api.hpp"
#include "jobs/schedule.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Holding : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();

  std::string sale(std::string_view id, std::int64_t amount, std::string_view at = "2026-03-05T10:00:00Z") {
    return s.sale(partner, id, amount, at);
  }
  void dispute(std::string_view conversion, attribution::DisputeState state, std::string_view name = "d1") {
    s.tx(s.system, db::Role::money, [&](db::Tx& tx) -> Task<> {
      co_await attribution::record_dispute(tx, {"api", std::string(name), std::string(conversion), state,
                                                *Timestamp::parse("2026-03-07T10:00:00Z")});
    });
  }
  std::int64_t end() {
    return s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  }
  std::string earning() {
    return s.cell("select id::text from app.earnings where organization_id = $1 order by id limit 1");
  }
  std::string path(std::string_view move) { return fmt::format("/api/earnings/{}/{}", earning(), move); }
  std::string states() {
    return s.cell(
        "select coalesce(string_agg(state || ' ' || amount, ', ' order by id), '') from app.earnings "
        "where organization_id = $1");
  }
  std::string balances() {
    return s.cell(
        "select coalesce(string_agg(split_part(code, '.', 2) || ' ' || balance, ', ' order by code), '') "
        "from app.accounts where organization_id = $1 and partner_id is not null and balance <> 0");
  }
  std::string source() {
    return s.cell("select source from app.conversions where organization_id = $1 limit 1");
  }
};

TEST_F(Holding, TheHourlyJobEndsHolds) {
  s.deal(partner, RatePpm{100'000});
  sale("o1", 10'000);
  s.run(jobs::begin_periods(s.pool, {{s.organization_id, TimeZone::parse("UTC").value()}}));
  EXPECT_GE(s.work(), 1);
  EXPECT_EQ(states(), "due 1000");
  EXPECT_EQ(s.run(jobs::begin_periods(s.pool, {{s.organization_id, TimeZone::parse("UTC").value()}})), 0);
}

TEST_F(Holding, ANewPartnerIsHeldLonger) {
  const auto now = Clock::now();
  auto term = test::FeatureFixture::percentage(RatePpm{100'000});
  term.hold_days = 30;
  const auto made = s.app.post("/api/partners/" + partner.str() + "/deals",
                               R"({"name": "New", "terms": )" + json::print(std::vector{term}) + "}");
  s.app.post("/api/deals/" + member(made.body, "id") + "/activation", "{}");
  sale("o1", 10'000, (now + std::chrono::hours{1}).str());
  const auto held = [&] {
    return s.cell(
        "select extract(day from hold_until - occurred_at)::text from app.earnings where organization_id = $1 "
        "order by id desc limit 1");
  };
  EXPECT_EQ(held(), "60");
  EXPECT_NE(s.app.get("/api/earnings/" + earning()).body.find("held 60 days: the partner is new"),
            std::string::npos);
  sale("o2", 10'000, (now + std::chrono::hours{24 * 91}).str());
  EXPECT_EQ(held(), "30") << "after its first 90 days";
}

TEST_F(Holding, AHoldEndsAtTheSameTimeOfDayInTheOrganizationsZone) {
  s.cell(
      "update app.organizations set time_zone = 'America/New_York' where organization_id = $1 returning 1");
  auto term = test::FeatureFixture::percentage(RatePpm{100'000});
  term.hold_days = 7;
  s.deal(partner, std::vector{term});
  sale("o1", 10'000, "2026-03-05T12:00:00Z");  // 07:00; the clocks go forward on the 8th
  EXPECT_EQ(
      s.cell(
          "select to_char(hold_until at time zone 'America/New_York', 'YYYY-MM-DD HH24:MI') from app.earnings "
          "where organization_id = $1"),
      "2026-03-12 07:00");
}

TEST_F(Holding, AnEarningIsHeldForReviewAndReleased) {
  s.deal(partner, RatePpm{100'000});
  const auto first = sale("o1", 10'000);
  s.refund(first, "r1", 2'500);
  EXPECT_EQ(s.app.post(path("release"), "").code(), "state");
  EXPECT_EQ(s.app.post(path("hold"), R"({})").status, 422);
  const auto held = s.app.post(path("hold"), R"({"note": "who is that?"})");
  ASSERT_EQ(held.status, 200) << held.body;
  EXPECT_NE(held.body.find(R"("reason":"review","note":"who is that?")"), std::string::npos) << held.body;
  EXPECT_EQ(states(), "held 1000, held -250");
  EXPECT_EQ(s.app.post(path("hold"), R"({"note": "again"})").code(), "state");
  EXPECT_EQ(end(), 0) << "a held earning does not become due";
  EXPECT_EQ(s.app.post(path("release"), "").status, 200);
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(balances(), "commission_payable 750");
  ASSERT_EQ(s.app.post(path("hold"), R"({"note": "due, and looked at"})").status, 200);
  EXPECT_EQ(states(), "held 1000, held -250");
  EXPECT_EQ(balances(), "commission_held 750");
  EXPECT_EQ(s.differences(), "");
  s.refund(first, "r2", 7'500);
  EXPECT_EQ(states(), "cancelled 1000, cancelled -250, cancelled -750");
  EXPECT_EQ(s.app.post(path("release"), "").code(), "state") << "nothing is left to look at";
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Holding, WhatIsInAPayoutIsNotHeldAndPartnersDoNotHold) {
  s.deal(partner, RatePpm{100'000});
  sale("o1", 10'000);
  end();
  s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
    co_await take_into_payout(tx, PayoutId{new_uuid()}, {*EarningId::parse(earning())});
  });
  EXPECT_EQ(s.app.post(path("hold"), R"({"note": "late"})").code(), "state");
  EXPECT_EQ(s.app.post("/api/earnings/" + new_uuid().str() + "/hold", R"({"note": "whose"})").status, 404);
  test::Story other;
  const auto theirs = path("hold");
  EXPECT_EQ(other.app.post(theirs, R"({"note": "whose"})").status, 404);
  s.app.principal.scope = s.partner(partner);
  EXPECT_EQ(s.app.post(path("hold"), R"({"note": "mine"})").status, 403);
}

TEST_F(Holding, ADisputeHoldsAndWonLetsGo) {
  s.deal(partner, RatePpm{100'000});
  const auto first = sale("o1", 10'000);
  end();
  const auto name = s.cell("select external_id from app.conversions where organization_id = $1");
  ASSERT_EQ(source(), "api");
  dispute(name, attribution::DisputeState::open);
  EXPECT_EQ(states(), "held 1000");
  EXPECT_EQ(balances(), "commission_held 1000");
  ASSERT_EQ(s.app.post(path("hold"), R"({"note": "and we look"})").status, 200);
  dispute(name, attribution::DisputeState::won);
  EXPECT_EQ(states(), "held 1000") << "still looked at";
  EXPECT_EQ(s.app.post(path("release"), "").status, 200);
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(states(), "due 1000");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Holding, ALostDisputeTakesBackWhatIsLeft) {
  s.deal(partner, RatePpm{100'000});
  const auto first = sale("o1", 10'000);
  s.refund(first, "r1", 4'000);
  dispute("o1", attribution::DisputeState::open);
  dispute("o1", attribution::DisputeState::lost);
  EXPECT_EQ(states(), "cancelled 1000, cancelled -400, cancelled -600");
  EXPECT_EQ(balances(), "");
  const auto second = sale("o2", 10'000);
  s.refund(second, "r2", 10'000);
  end();
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Holding, ADisputeOfWhatWasPaidIsOwedBackWhenLost) {
  s.deal(partner, RatePpm{100'000});
  sale("o1", 10'000);
  end();
  const PayoutId payout{new_uuid()};
  s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
    co_await take_into_payout(tx, payout, {*EarningId::parse(earning())});
    co_await pay(tx, payout, {*EarningId::parse(earning())});
  });
  dispute("o1", attribution::DisputeState::open);
  EXPECT_EQ(states(), "paid 1000");
  dispute("o1", attribution::DisputeState::lost);
  EXPECT_EQ(states(), "paid 1000, due -1000");
  EXPECT_EQ(balances(), "clawback_receivable 1000");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Holding, ADebtIsGivenUpByTwoPeople) {
  s.deal(partner, RatePpm{100'000});
  const auto first = sale("o1", 10'000);
  end();
  const PayoutId payout{new_uuid()};
  s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
    co_await take_into_payout(tx, payout, {*EarningId::parse(earning())});
    co_await pay(tx, payout, {*EarningId::parse(earning())});
  });
  s.refund(first, "r1", 10'000);
  const auto ask = [&](std::int64_t amount) {
    return s.app.post(
        "/api/partners/" + partner.str() + "/write-offs",
        fmt::format(R"({{"amount": {{"amount": {}, "currency": "USD"}}, "reason": "left"}})", amount));
  };
  EXPECT_EQ(ask(1'001).code(), "owes_less");
  const auto asked = ask(600);
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(ask(400).code(), "write_off_open");
  const auto path_of = [](const test::Answer& of) { return "/api/write-offs/" + member(of.body, "id"); };
  EXPECT_EQ(s.app.post(path_of(asked) + "/approval", "").code(), "same_person");
  s.app.principal.scope.actor_id = ActorId{new_uuid()};
  const auto approved = s.app.post(path_of(asked) + "/approval", "");
  EXPECT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(s.app.post(path_of(asked) + "/approval", "").code(), "state");
  EXPECT_EQ(states(), "paid 1000, due -1000, due 600");
  EXPECT_EQ(balances(), "clawback_receivable 400");
  EXPECT_EQ(s.differences(), "");
  const auto again = ask(400);
  ASSERT_EQ(again.status, 201);
  EXPECT_EQ(s.app.post(path_of(again) + "/refusal", "").status, 200);
  EXPECT_EQ(balances(), "clawback_receivable 400");
  EXPECT_EQ(s.app.get(path_of(again)).body.find(R"("state":"refused")") != std::string::npos, true);
  EXPECT_EQ(s.app.post("/api/write-offs/" + new_uuid().str() + "/approval", "").status, 404);
}

}  // namespace
}  // namespace tandem::earnings
