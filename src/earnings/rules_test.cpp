#include "earnings/rules.hpp"
#include "earnings/parts.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <numeric>
#include <random>

#include "base/json.hpp"

namespace tandem::earnings {
namespace {

using partners::Base;
using partners::Condition;
using partners::ConditionField;
using partners::ConditionOperator;
using partners::Duration;
using partners::Method;
using partners::Term;
using partners::Trigger;

Decimal decimal(std::string_view text) { return Decimal::parse(text).value(); }
Currency currency(std::string_view code) { return Currency::parse(code).value(); }
Timestamp instant(std::string_view text) { return Timestamp::parse(text).value(); }

Term percentage(std::int64_t ppm) {
  Term term;
  term.trigger = Trigger::sale;
  term.method = Method::percentage;
  term.rate = RatePpm{ppm};
  return term;
}
Term fixed(std::int64_t amount, std::string_view code) {
  Term term;
  term.trigger = Trigger::sale;
  term.method = Method::fixed;
  term.amount = amount;
  term.currency = currency(code);
  return term;
}
Facts sale(std::string_view gross, std::string_view code = "USD") {
  Facts facts;
  facts.trigger = Trigger::sale;
  facts.currency = currency(code);
  facts.gross = decimal(gross);
  facts.occurred_at = instant("2026-03-15T12:00:00Z");
  return facts;
}
Condition condition(ConditionField field, ConditionOperator op, std::vector<std::string_view> values,
                    std::optional<std::string_view> key = {}) {
  Condition out;
  out.field = field;
  out.op = op;
  if (key) out.key = Text<1, 64>::parse(*key);
  for (const auto value : values) out.values.push_back(Text<1, 120>::parse(value).value());
  return out;
}

/// The amount, or why there is none.
std::string outcome(const Term& term, const Facts& facts) {
  const auto result = commission(term, facts);
  if (!result) return std::string(json::enum_name(result.error()));
  EXPECT_GT(result->amount, 0);
  return std::to_string(result->amount) + (result->capped ? " capped" : "");
}

// ------------------------------------------------------------------ the calculator

TEST(Commission, rounds_half_away_from_zero_once) {
  struct Case {
    std::string_view gross, code;
    std::int64_t ppm;
    std::string_view expected;
  };
  constexpr std::array cases = std::to_array<Case>({
      {"2042.761", "GBP", 50'000, "10214"},  // 102.13805
      {"0.1", "USD", 50'000, "1"},           // half a cent
      {"0.09", "USD", 50'000, "rounds_to_zero"},
      {"0.099999", "USD", 50'000, "rounds_to_zero"},
      {"0.3", "USD", 50'000, "2"},  // 1.5 cents
      {"100", "USD", 1'000'000, "10000"},
      {"100", "USD", 0, "rounds_to_zero"},
      {"100", "USD", 1, "rounds_to_zero"},
      {"5000", "USD", 1, "1"},  // 0.5 cents
      {"1000", "JPY", 50'000, "50"},
      {"30", "JPY", 50'000, "2"},  // 1.5 yen
      {"29.99", "JPY", 50'000, "1"},
      {"1.230", "KWD", 50'000, "62"},  // 61.5 thousandths
      {"1.229", "KWD", 50'000, "61"},
      {"10000000000.00", "USD", 1'000'000, "1000000000000"},
      {"33.33", "USD", 333'333, "1111"},
  });
  for (const auto& test : cases)
    EXPECT_EQ(outcome(percentage(test.ppm), sale(test.gross, test.code)), test.expected)
        << test.gross << ' ' << test.code << ' ' << test.ppm;
  EXPECT_THROW(outcome(percentage(1'000'000), sale("10000000000.01")), AssertionFailed);
}

TEST(Commission, trigger_and_currency) {
  auto facts = sale("100");
  facts.trigger = Trigger::subscription;
  EXPECT_EQ(outcome(percentage(50'000), facts), "other_trigger");
  EXPECT_EQ(outcome(fixed(500, "EUR"), sale("100")), "other_currency");
  EXPECT_EQ(outcome(fixed(500, "USD"), sale("100")), "500");
  auto capped = percentage(50'000);
  capped.currency = currency("EUR");
  EXPECT_EQ(outcome(capped, sale("100")), "500") << "the currency is that of caps, and there are none";
  capped.cap_per_month = 100;
  EXPECT_EQ(outcome(capped, sale("100")), "other_currency");
  EXPECT_EQ(outcome(capped, sale("100", "EUR")), "100 capped");
}

TEST(Commission, a_base_must_be_positive_except_for_a_fixed_lead) {
  EXPECT_EQ(outcome(percentage(50'000), sale("0")), "base_not_positive");
  EXPECT_EQ(outcome(percentage(50'000), sale("-10")), "base_not_positive");
  EXPECT_EQ(outcome(fixed(500, "USD"), sale("0")), "base_not_positive");
  auto term = fixed(500, "USD");
  term.trigger = Trigger::lead;
  auto lead = sale("0");
  lead.trigger = Trigger::lead;
  EXPECT_EQ(outcome(term, lead), "500");
  auto share = percentage(50'000);
  share.trigger = Trigger::lead;
  EXPECT_EQ(outcome(share, lead), "base_not_positive");
}

TEST(Commission, bases) {
  auto facts = sale("120");
  facts.discount = decimal("20");
  facts.tax = decimal("16.6667");
  facts.cost = decimal("50");
  const auto of = [&](Base base) {
    auto term = percentage(100'000);
    term.base = base;
    return outcome(term, facts);
  };
  EXPECT_EQ(of(Base::gross), "1200");
  EXPECT_EQ(of(Base::net_of_discount), "1000");
  EXPECT_EQ(of(Base::net_of_tax), "833");   // 8.33333
  EXPECT_EQ(of(Base::net_of_cost), "333");  // 3.33333
  facts.cost = decimal("90");
  EXPECT_EQ(of(Base::net_of_cost), "base_not_positive");
}

TEST(Commission, durations_are_half_open_and_know_the_ends_of_months) {
  const auto pays = [](std::string_view first, int months, std::string_view at) {
    auto term = percentage(100'000);
    term.duration = Duration::months;
    term.duration_months = months;
    auto facts = sale("100");
    facts.is_first_payment = first == at;
    facts.first_payment_at = instant(first);
    facts.occurred_at = instant(at);
    return outcome(term, facts);
  };
  EXPECT_EQ(pays("2026-01-31T10:00:00Z", 1, "2026-01-31T10:00:00Z"), "1000");
  EXPECT_EQ(pays("2026-01-31T10:00:00Z", 1, "2026-02-28T09:59:59.999999Z"), "1000");
  EXPECT_EQ(pays("2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"), "duration_over");
  EXPECT_EQ(pays("2028-01-31T10:00:00Z", 1, "2028-02-28T10:00:00Z"), "1000") << "a leap year";
  EXPECT_EQ(pays("2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"), "duration_over");
  EXPECT_EQ(pays("2028-02-29T00:00:00Z", 12, "2029-02-27T23:59:59Z"), "1000");
  EXPECT_EQ(pays("2028-02-29T00:00:00Z", 12, "2029-02-28T00:00:00Z"), "duration_over");
  EXPECT_EQ(pays("2026-01-31T10:00:00Z", 3, "2026-04-30T09:59:59Z"), "1000");
  EXPECT_EQ(pays("2026-01-31T10:00:00Z", 3, "2026-04-30T10:00:00Z"), "duration_over");
  EXPECT_EQ(pays("2026-11-15T00:00:00Z", 2, "2027-01-14T23:59:59Z"), "1000");
  EXPECT_EQ(pays("2026-11-15T00:00:00Z", 2, "2027-01-15T00:00:00Z"), "duration_over");

  auto first = percentage(100'000);
  first.duration = Duration::first;
  auto facts = sale("100");
  EXPECT_EQ(outcome(first, facts), "1000");
  facts.is_first_payment = false;
  EXPECT_EQ(outcome(first, facts), "not_first_payment");
  EXPECT_EQ(outcome(percentage(100'000), facts), "1000") << "lifetime";
  auto months = percentage(100'000);
  months.duration = Duration::months;
  months.duration_months = 1;
  EXPECT_EQ(outcome(months, facts), "1000") << "without an earlier payment this is the first";
}

TEST(Commission, caps) {
  auto term = percentage(100'000);
  term.currency = currency("USD");
  term.cap_per_conversion = 800;
  EXPECT_EQ(outcome(term, sale("79.99")), "800");
  EXPECT_EQ(outcome(term, sale("80")), "800");
  EXPECT_EQ(outcome(term, sale("80.10")), "800 capped");
  term.cap_per_month = 2000;
  auto facts = sale("100");
  facts.earned_this_month = 1200;
  EXPECT_EQ(outcome(term, facts), "800 capped");
  facts.earned_this_month = 1500;
  EXPECT_EQ(outcome(term, facts), "500 capped");
  facts.earned_this_month = 1999;
  EXPECT_EQ(outcome(term, facts), "1 capped");
  for (const int earned : {2000, 2001}) {
    facts.earned_this_month = earned;
    EXPECT_EQ(outcome(term, facts), "month_cap_reached");
  }
  facts.earned_this_month = -300;  // reversals of the month before may leave less than nothing
  EXPECT_EQ(outcome(term, facts), "800 capped");
  auto bounty = fixed(500, "USD");
  bounty.cap_per_month = 700;
  facts.earned_this_month = 500;
  EXPECT_EQ(outcome(bounty, facts), "200 capped");
}

TEST(Commission, conditions) {
  using F = ConditionField;
  using O = ConditionOperator;
  auto facts = sale("100.00");
  facts.country = "GB";
  facts.product = "Gold";
  facts.metadata = {{"region", "north"}};
  const auto with = [&](std::vector<Condition> conditions) {
    auto term = percentage(100'000);
    term.conditions = std::move(conditions);
    return outcome(term, facts);
  };
  EXPECT_EQ(with({condition(F::country, O::in, {"fr", "gb"})}), "1000");
  EXPECT_EQ(with({condition(F::country, O::in, {"FR"})}), "condition");
  EXPECT_EQ(with({condition(F::country, O::not_in, {"FR"})}), "1000");
  EXPECT_EQ(with({condition(F::country, O::not_in, {"gb"})}), "condition");
  EXPECT_EQ(with({condition(F::product, O::in, {"gold"})}), "1000");
  EXPECT_EQ(with({condition(F::product, O::in, {"gol"})}), "condition");
  EXPECT_EQ(with({condition(F::plan, O::in, {"pro"})}), "condition") << "the conversion names no plan";
  EXPECT_EQ(with({condition(F::plan, O::not_in, {"pro"})}), "1000");
  EXPECT_EQ(with({condition(F::metadata, O::in, {"North"}, "Region")}), "1000");
  EXPECT_EQ(with({condition(F::metadata, O::in, {"north"}, "other")}), "condition");
  EXPECT_EQ(with({condition(F::metadata, O::in, {"north"})}), "condition") << "no key";
  EXPECT_EQ(with({condition(F::amount, O::at_least, {"100"})}), "1000");
  EXPECT_EQ(with({condition(F::amount, O::at_least, {"100.01"})}), "condition");
  EXPECT_EQ(with({condition(F::amount, O::below, {"100.01"})}), "1000");
  EXPECT_EQ(with({condition(F::amount, O::below, {"100"})}), "condition");
  EXPECT_EQ(with({condition(F::amount, O::in, {"99", "100.000"})}), "1000");
  EXPECT_EQ(with({condition(F::amount, O::not_in, {"100"})}), "condition");
  EXPECT_EQ(with({condition(F::amount, O::at_least, {"much"})}), "condition") << "no number: earns nothing";
  EXPECT_EQ(with({condition(F::amount, O::at_least, {"1", "2"})}), "condition");
  EXPECT_EQ(with({condition(F::country, O::at_least, {"1"})}), "condition");
  EXPECT_EQ(with({condition(F::country, O::in, {"GB"}), condition(F::amount, O::below, {"50"})}),
            "condition");
}

TEST(Commission, steps_are_in_words) {
  auto term = percentage(50'000);
  term.base = Base::net_of_discount;
  term.currency = currency("GBP");
  term.cap_per_conversion = 10'000;
  term.conditions = {condition(ConditionField::country, ConditionOperator::in, {"GB"}),
                     condition(ConditionField::amount, ConditionOperator::at_least, {"10"}),
                     condition(ConditionField::metadata, ConditionOperator::in, {"secret"}, "note")};
  auto facts = sale("2062.761", "GBP");
  facts.discount = decimal("20");
  facts.country = "GB";
  facts.metadata = {{"note", "secret"}};
  EXPECT_EQ(commission(term, facts)->steps,
            (std::vector<std::string>{
                "condition country in holds: GB", "condition amount at_least holds: 2062.761",
                "condition metadata.note in holds", "base gross 2062.761 - discount 20.00 = 2042.761 GBP",
                "5 % of 2042.761 = 102.13805, rounded 102.14", "capped per conversion at 100.00 GBP"}));
  EXPECT_EQ(commission(percentage(125'000), sale("1000", "JPY"))->steps,
            (std::vector<std::string>{"base gross 1000 JPY", "12.5 % of 1000 = 125"}));
  EXPECT_EQ(commission(fixed(1500, "KWD"), sale("20", "KWD"))->steps,
            (std::vector<std::string>{"base gross 20.000 KWD", "fixed 1.500 KWD"}));
}

TEST(Explanation, is_json_and_holds_what_mattered) {
  auto term = percentage(50'000);
  term.duration = Duration::months;
  term.duration_months = 12;
  term.currency = currency("USD");
  term.cap_per_conversion = 10'000;
  term.cap_per_month = 20'000;
  auto facts = sale("100.00");
  facts.discount = decimal("1.5");
  facts.tax = decimal("2");
  facts.cost = decimal("3");
  facts.product = "\"quoted\"\n";
  facts.first_payment_at = facts.occurred_at;
  simdjson::dom::parser parser;
  const auto json = explanation_json(term, facts, *commission(term, facts), 167, 1, 3);
  const auto parsed = parser.parse(json).value();
  EXPECT_EQ(std::int64_t(parsed["rule_version"]), kCommissionRuleVersion);
  EXPECT_EQ(std::int64_t(parsed["term"]["rate_ppm"]), 50'000);
  EXPECT_EQ(std::int64_t(parsed["term"]["duration_months"]), 12);
  EXPECT_EQ(std::string_view(parsed["facts"]["gross"]), "100");
  EXPECT_EQ(std::string_view(parsed["facts"]["discount"]), "1.5");
  EXPECT_TRUE(bool(parsed["facts"]["is_first_payment"]));
  EXPECT_EQ(std::int64_t(parsed["commission"]), 500);
  EXPECT_EQ(std::int64_t(parsed["share"]), 167);
  EXPECT_FALSE(bool(parsed["capped"]));
  EXPECT_EQ(std::string_view(parsed["steps"].at(2)), "share 1 of 3: 1.67 USD");
  const auto bounty = fixed(500, "USD");
  const auto text = explanation_json(bounty, sale("1"), *commission(bounty, sale("1")), 500, 1, 1);
  EXPECT_EQ(std::int64_t(parser.parse(text).value()["term"]["amount"]), 500);
}

// ------------------------------------------------------------------ shares and reversals

TEST(Shares, add_up) {
  EXPECT_EQ(shares(100, std::array<std::int64_t, 3>{1, 1, 1}), (std::vector<std::int64_t>{34, 33, 33}));
  EXPECT_EQ(shares(1, std::array<std::int64_t, 2>{1, 1}), (std::vector<std::int64_t>{1, 0}));
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::int64_t> weights(1 + random() % 40);
    for (auto& weight : weights) weight = static_cast<std::int64_t>(random() % 9);
    weights[random() % weights.size()] += 1;
    const auto amount = static_cast<std::int64_t>(random() % 1'000'000'000'001);
    const auto parts = shares(amount, weights);
    ASSERT_EQ(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}), amount);
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto exact = static_cast<__int128>(amount) * weights[i];
      ASSERT_LT(exact - static_cast<__int128>(parts[i]) * sum, sum) << "less than a whole unit away";
      ASSERT_GT(exact - static_cast<__int128>(parts[i]) * sum, -sum);
    }
  }
}

TEST(TakenBack, by_the_cumulative_rule) {
  // 33.33 at 5 % is 1.67; three thirds of 11.11 take back all of it.
  const auto total = decimal("33.33"), part = decimal("11.11");
  EXPECT_EQ(taken_back(167, total, {}, part), 56);
  EXPECT_EQ(taken_back(167, total, part, part), 55);
  EXPECT_EQ(taken_back(167, total, part + part, part), 56);
  EXPECT_EQ(taken_back(167, total, {}, total), 167);
  EXPECT_EQ(taken_back(167, total, {}, decimal("1000")), 167) << "cut to what is left";
  EXPECT_EQ(taken_back(167, total, part, decimal("1000")), 111);
  EXPECT_EQ(taken_back(167, total, total, part), 0);
  EXPECT_EQ(taken_back(167, total, decimal("50"), part), 0);
  EXPECT_EQ(taken_back(167, total, {}, {}), 0);
  EXPECT_EQ(taken_back(167, total, {}, decimal("-5")), 0);
  EXPECT_EQ(taken_back(167, {}, {}, part), 0) << "nothing was paid";
  EXPECT_EQ(taken_back(0, total, {}, total), 0);
  EXPECT_EQ(taken_back(1, decimal("100"), {}, decimal("50")), 0) << "half of one is still one";
  EXPECT_EQ(taken_back(1, decimal("100"), decimal("50"), decimal("0.01")), 1);
  EXPECT_EQ(taken_back(kMaxAmount, decimal("10000000000.000001"), {}, decimal("0.000001")), 0);
  EXPECT_THROW(taken_back(-1, total, {}, total), AssertionFailed);
  EXPECT_THROW(taken_back(1, Decimal(1, 13), {}, total), AssertionFailed);
}

/// Whatever the sequence: never less than nothing, never more than was earned, in all what one refund of the
/// same amount would have taken back, and exactly everything in the end.
TEST(TakenBack, of_random_sequences) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5000; ++round) {
    const int scale = static_cast<int>(random() % 7);
    const auto units = static_cast<std::int64_t>(1 + random() % (round % 2 == 0 ? 1000 : 1'000'000'000'000));
    const auto earned = static_cast<std::int64_t>(random() % (round % 3 == 0 ? 10 : 1'000'000'000'001));
    const Decimal total(units, scale);
    Decimal refunded;
    std::int64_t taken = 0;
    while (refunded < total) {
      const auto left = total + -refunded;
      const bool is_last = random() % 5 == 0;
      const auto now =
          is_last ? left
                  : Decimal(1 + static_cast<__int128>(random() % static_cast<std::uint64_t>(units)), scale);
      const auto part = taken_back(earned, total, refunded, now);
      ASSERT_GE(part, 0);
      taken += part;
      refunded = std::min(refunded + now, total);
      ASSERT_LE(taken, earned);
      ASSERT_EQ(taken, taken_back(earned, total, {}, refunded)) << "the splitting does not matter";
    }
    ASSERT_EQ(taken, earned);
  }
}

/// Any commission, any shares, any sequence of refunds: the parts add up to what is left of the whole after
/// each of them, no part grows or goes below nothing, each is near its share, and in the end nothing is left.
TEST(Parts, of_random_sequences_add_up) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    Term term;
    std::int64_t unnamed = RatePpm::kMaxPpm;
    for (auto named = random() % 10; named > 0 && unnamed > 0; --named) {
      const auto most =
          static_cast<std::uint64_t>(round % 2 == 0 ? unnamed : std::min<std::int64_t>(unnamed, 200'000));
      const auto share = static_cast<std::int64_t>(1 + random() % most);
      term.split.push_back({PartnerId{new_uuid()}, RatePpm{share}});
      unnamed -= share;
    }
    const auto whole = static_cast<std::int64_t>(1 + random() % (round % 3 == 0 ? 20 : 1'000'000'000'000));
    const auto parts = split_parts(term, whole);
    ASSERT_EQ(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}), whole);
    ASSERT_EQ(parts_left(parts, whole), parts) << "nothing is refunded yet";
    const Decimal total(static_cast<std::int64_t>(1 + random() % (round % 5 == 0 ? 30 : 1'000'000'000)), 2);
    Decimal refunded;
    auto left = parts;
    while (refunded < total) {
      const auto rest = total + -refunded;
      const auto now =
          random() % 5 == 0
              ? rest
              : Decimal(1 + static_cast<__int128>(random() % static_cast<std::uint64_t>(total.units())), 2);
      const auto taken = parts_taken_back(parts, total, refunded, now);
      ASSERT_EQ(std::accumulate(taken.begin(), taken.end(), std::int64_t{0}),
                taken_back(whole, total, refunded, now));
      refunded = std::min(refunded + now, total);
      const auto of_whole = whole - taken_back(whole, total, {}, refunded);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        ASSERT_GE(taken[i], 0);
        left[i] -= taken[i];
        ASSERT_GE(left[i], 0);
        const auto off = static_cast<__int128>(left[i]) * whole - static_cast<__int128>(parts[i]) * of_whole;
        // Half a unit for each part: what rounding gives to many small ones is missing at a large one.
        ASSERT_LE(2 * (off < 0 ? -off : off),
                  static_cast<__int128>(whole) * static_cast<std::int64_t>(parts.size() + 1))
            << "far from its share";
      }
      ASSERT_EQ(left, parts_left(parts, of_whole)) << "the way there does not matter";
    }
    ASSERT_EQ(left, std::vector<std::int64_t>(parts.size(), 0));
  }
}

TEST(Parts, fall_one_after_the_other) {
  // Largest remainders would give the last part a unit back when 11 become 10.
  const std::vector<std::int64_t> parts{6, 6, 2};
  std::vector<std::int64_t> before = parts;
  for (std::int64_t left = 14; left >= 0; --left) {
    const auto now = parts_left(parts, left);
    for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_LE(now[i], before[i]) << left;
    before = now;
  }
  EXPECT_EQ(parts_left(parts, 7), (std::vector<std::int64_t>{3, 3, 1}));
  EXPECT_EQ(parts_left(std::array<std::int64_t, 1>{100}, 37), (std::vector<std::int64_t>{37}));
  EXPECT_THROW(parts_left(parts, 15), AssertionFailed);
}

TEST(Months, keep_the_time_of_day) {
  EXPECT_EQ(months_after(instant("2026-01-31T23:59:59.5Z"), 1).str(),
            instant("2026-02-28T23:59:59.5Z").str());
  EXPECT_EQ(months_after(instant("2026-12-01T00:00:00Z"), 1).str(), instant("2027-01-01T00:00:00Z").str());
  EXPECT_EQ(months_after(instant("2026-05-31T00:00:00Z"), 0).str(), instant("2026-05-31T00:00:00Z").str());
}

}  // namespace
}  // namespace tandem::earnings
