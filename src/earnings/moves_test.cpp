// Earnings on their way to the partner: due, in a payout, paid, and back.
#include <gtest/gtest.h>

#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Moves : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  PayoutId payout{new_uuid()};

  void SetUp() override { s.deal(partner, RatePpm{100'000}); }
  /// A sale of the past, without a hold; gives the conversion.
  std::string sale(std::string_view id, std::int64_t amount) { return s.sale(partner, id, amount); }
  std::int64_t end() {
    return s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  }
  std::vector<EarningId> all() {
    std::vector<EarningId> out;
    const auto text =
        s.cell("select string_agg(id::text, ',' order by id) from app.earnings where organization_id = $1");
    for (std::size_t at = 0; at < text.size(); at += 37)
      out.push_back(*EarningId::parse(text.substr(at, 36)));
    return out;
  }
  using Verb = Task<std::vector<MovedEarning>> (*)(db::Tx&, PayoutId, std::vector<EarningId>);
  std::size_t move(Verb verb, std::vector<EarningId> ids) { return move(verb, payout, std::move(ids)); }
  std::size_t move(Verb verb, PayoutId of, std::vector<EarningId> ids) {
    return s.tx(db::Role::money, [&](db::Tx& tx) -> Task<std::size_t> {
      const auto moved = co_await verb(tx, of, ids);
      co_return moved.size();
    });
  }
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
};

TEST_F(Moves, AHoldEndsByTheDatabasesClockWithWhatWasTakenBack) {
  const auto first = sale("o1", 10'000);
  s.refund(first, "r1", 2'500);
  EXPECT_EQ(states(), "pending 1000, pending -250");
  s.cell(
      "update app.earnings set hold_until = now() + interval '1 second' where organization_id = $1 returning 1");
  EXPECT_EQ(end(), 0) << "not before its time";
  s.cell("update app.earnings set hold_until = now() where organization_id = $1 returning 1");
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(end(), 0) << "once";
  EXPECT_EQ(states(), "due 1000, due -250");
  EXPECT_EQ(balances(), "commission_payable 750");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Moves, ARefundAfterTheHoldComesOutOfThePayableAndThenIsOwedBack) {
  const auto first = sale("o1", 10'000);
  end();
  EXPECT_EQ(move(take_into_payout, all()), 1U);
  EXPECT_EQ(balances(), "payout_in_transit 1000");
  s.refund(first, "r1", 4'000);
  EXPECT_EQ(states(), "in_payout 1000, due -400");
  EXPECT_EQ(balances(), "clawback_receivable 400, payout_in_transit 1000");
  EXPECT_EQ(s.differences(), "");
  EXPECT_EQ(move(take_into_payout, all()), 1U) << "a draft takes in what came since";
  EXPECT_EQ(balances(), "payout_in_transit 600");
  EXPECT_EQ(move(pay, all()), 2U);
  EXPECT_EQ(states(), "paid 1000, paid -400");
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(s.differences(), "");
  s.refund(first, "r2", 6'000);
  EXPECT_EQ(states(), "paid 1000, paid -400, due -600") << "never more than was earned";
  EXPECT_EQ(balances(), "clawback_receivable 600");
  sale("o2", 10'000);
  end();
  EXPECT_EQ(balances(), "commission_payable 400") << "what was owed back is made good when a later hold ends";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Moves, APayoutGivesBackAndATransferMayComeBack) {
  sale("o1", 10'000);
  end();
  move(take_into_payout, all());
  EXPECT_EQ(move(take_into_payout, PayoutId{new_uuid()}, all()), 0U) << "an earning is in one payout";
  EXPECT_EQ(move(give_back_from_payout, PayoutId{new_uuid()}, all()), 0U) << "of another payout";
  EXPECT_EQ(move(give_back_from_payout, all()), 1U);
  EXPECT_EQ(states(), "due 1000");
  EXPECT_EQ(balances(), "commission_payable 1000");
  move(take_into_payout, all());
  EXPECT_EQ(move(pay, all()), 1U);
  EXPECT_EQ(move(pay, all()), 0U) << "once";
  EXPECT_EQ(move(give_back_paid, all()), 1U);
  EXPECT_EQ(balances(), "commission_payable 1000");
  EXPECT_EQ(
      s.cell("select sum(total) from app.account_totals where organization_id = $1 and code = 'asset.bank'"),
      "0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Moves, WhatIsOwedBackIsNettedFirst) {
  const auto first = sale("o1", 10'000);
  end();
  s.refund(first, "r1", 4'000);
  EXPECT_EQ(balances(), "commission_payable 600");
  const auto ids = all();
  EXPECT_THROW(move(take_into_payout, {ids[0]}), Problem) << "1000 of 600";
  EXPECT_EQ(states(), "due 1000, due -400");
  EXPECT_EQ(move(take_into_payout, ids), 2U);
  EXPECT_THROW(move(give_back_from_payout, {ids[0]}), Problem) << "-400 would stay";
  EXPECT_EQ(move(give_back_from_payout, {ids[1]}), 1U);
  EXPECT_EQ(balances(), "clawback_receivable 400, payout_in_transit 1000");
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem::earnings
