// Ten worked cases that published programmes explain to their partners, as facts in our own words. Where a
// case ends in a payout, its calculable part is here: what is earned, taken back, and from when it may be
// paid.
#include <gtest/gtest.h>

#include "earnings/parts.hpp"
#include "earnings/rules.hpp"

namespace tandem::earnings {
namespace {

using partners::ConditionField;
using partners::ConditionOperator;
using partners::Duration;
using partners::Method;
using partners::Term;
using partners::Trigger;

const Currency kUsd = Currency::parse("USD").value();

Term percentage(std::int64_t ppm) {
  Term term;
  term.trigger = Trigger::sale;
  term.rate = RatePpm{ppm};
  return term;
}
Facts sale(std::string_view gross, std::optional<std::string> product = {}) {
  Facts facts;
  facts.trigger = Trigger::sale;
  facts.currency = kUsd;
  facts.gross = Decimal::parse(gross).value();
  facts.product = std::move(product);
  facts.occurred_at = Timestamp::parse("2026-01-10T09:00:00Z").value();
  return facts;
}
partners::Condition product(ConditionOperator op, std::string_view name) {
  partners::Condition condition;
  condition.field = ConditionField::product;
  condition.op = op;
  condition.values = {Text<1, 120>::parse(name).value()};
  return condition;
}
/// Minor units; 0 when nothing is earned.
std::int64_t earned(const Term& term, const Facts& facts) {
  const auto result = commission(term, facts);
  return result ? result->amount : 0;
}

/// Each invoice line takes its own product's rate, else the default: one conversion a line, one term a rate.
TEST(WorkedExamples, per_line_product_rates) {
  Term special = percentage(400'000), standard = percentage(100'000);
  special.conditions = {product(ConditionOperator::in, "course")};
  standard.conditions = {product(ConditionOperator::not_in, "course")};
  const std::array lines{sale("100.00", "course"), sale("50.00", "book")};
  std::int64_t sum = 0;
  for (const auto& line : lines) sum += earned(special, line) + earned(standard, line);
  EXPECT_EQ(sum, 4500);
  EXPECT_EQ((lines[0].gross + lines[1].gross).minor_units(2), 15000) << "the sale stays the whole invoice";
}

/// The seller earns of the sale, and so does the partner who referred the seller: a term of each partner's
/// deal.
TEST(WorkedExamples, two_tier_on_sale) {
  EXPECT_EQ(earned(percentage(200'000), sale("100.00")), 2000);
  EXPECT_EQ(earned(percentage(100'000), sale("100.00")), 1000);
}

/// "100 % of the first monthly payment, up to the whole dollar", and the same floor for one month of the
/// annual plan: for both published prices a fixed 5.00 on the first payment.
Term first_month() {
  Term term;
  term.trigger = Trigger::subscription;
  term.method = Method::fixed;
  term.amount = 500;
  term.currency = kUsd;
  term.duration = Duration::first;
  return term;
}
TEST(WorkedExamples, first_payment_only_monthly_plan) {
  auto payment = sale("4.99");
  payment.trigger = Trigger::subscription;
  EXPECT_EQ(earned(first_month(), payment), 500);
  payment.is_first_payment = false;
  EXPECT_EQ(earned(first_month(), payment), 0);
}
TEST(WorkedExamples, first_payment_only_annual_plan) {
  auto payment = sale("47.88");  // twelve months at 3.99, billed at once
  payment.trigger = Trigger::subscription;
  EXPECT_EQ(earned(first_month(), payment), 500);
}

/// Open earnings fall by the whole commission. That they were open and not paid is the payout's to know.
TEST(WorkedExamples, refund_before_payout) {
  const auto facts = sale("100.00");
  const auto commission = earned(percentage(200'000), facts);
  EXPECT_EQ(commission, 2000);
  EXPECT_EQ(commission - taken_back(commission, facts.gross, {}, facts.gross), 0);
}

/// The same entry of -20.00, whether it was paid or not; a later payout is lower by what the ledger then
/// holds.
TEST(WorkedExamples, refund_after_payout) {
  const auto facts = sale("100.00");
  EXPECT_EQ(-taken_back(2000, facts.gross, {}, facts.gross), -2000);
}

/// Not payable before day 30.
TEST(WorkedExamples, holding_period) {
  Term term = percentage(200'000);
  term.hold_days = 30;
  const auto day_0 = sale("100.00").occurred_at;
  const auto utc = TimeZone::parse("UTC").value();
  EXPECT_EQ(hold_until(day_0, term.hold_days, utc), day_0 + std::chrono::days{30});
  EXPECT_EQ(hold_until(day_0, term.hold_days, utc).str(), "2026-02-09T09:00:00.000Z");
  term.hold_days = 0;
  EXPECT_EQ(hold_until(day_0, term.hold_days, utc), day_0);
}

/// What collects towards the threshold of 100.00: 60.00, then 110.00. The threshold itself is the payout's.
TEST(WorkedExamples, minimum_payout) {
  const auto first = earned(percentage(200'000), sale("300.00"));
  const auto second = earned(percentage(200'000), sale("250.00"));
  EXPECT_EQ(first, 6000);
  EXPECT_EQ(first + second, 11000);
}

/// The partner pays retail less the discount; the saving is what it gains, and its margin is its own.
TEST(WorkedExamples, reseller_discount) {
  const std::int64_t retail = 1500, resold = 2000;
  const auto saving = apply_rate(retail, RatePpm{50'000});
  EXPECT_EQ(saving, 75);
  EXPECT_EQ(retail - saving, 1425);
  EXPECT_EQ(resold - (retail - saving), 575);
}

TEST(WorkedExamples, percent_of_order) { EXPECT_EQ(earned(percentage(50'000), sale("19.00")), 95); }

}  // namespace
}  // namespace tandem::earnings
