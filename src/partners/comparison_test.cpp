#include "partners/comparison.hpp"

#include <gtest/gtest.h>

namespace tandem::partners {
namespace {

TermInput percent(Trigger trigger, std::int64_t ppm) {
  TermInput term;
  term.trigger = trigger;
  term.method = Method::percentage;
  term.rate_ppm = RatePpm{ppm};
  return with_defaults(std::move(term), 90, 30);
}

/// "trigger: field before > after, …" of each term.
std::vector<std::string> told(const std::vector<ComparedTerm>& terms) {
  std::vector<std::string> out;
  for (const auto& term : terms) {
    std::string line = fmt::format("{} {}", json::enum_name(term.change),
                                   json::enum_name((term.after ? term.after : term.before)->trigger));
    for (const auto& field : term.fields)
      line += fmt::format(", {} {} > {}", field.field, field.before.value_or("-"), field.after.value_or("-"));
    out.push_back(std::move(line));
  }
  return out;
}

TEST(CompareTerms, TellsWhatChangesInWords) {
  TermInput before = percent(Trigger::sale, 50'000);
  TermInput after = percent(Trigger::sale, 72'500);
  after.hold_days = 60;
  after.base = Base::net_of_tax;
  after.currency = Currency{};
  after.cap_per_month = 12'345;
  after.duration = Duration::months;
  after.duration_months = 12;
  Condition country;
  country.field = ConditionField::country;
  country.op = ConditionOperator::not_in;
  country.values = {Text<1, 120>::parse("GB").value(), Text<1, 120>::parse("IE").value()};
  after.conditions = std::vector{country};
  EXPECT_EQ(
      told(compare_terms({&before, 1}, {&after, 1})),
      (std::vector<std::string>{
          "changed sale, rate_ppm 5 % > 7.25 %, currency - > USD, base gross > net of tax, duration "
          "lifetime > months, duration_months - > 12 months, hold_days 30 days > 60 days, cap_per_month - > "
          "123.45 USD, conditions none > country not in GB, IE"}));
}

TEST(CompareTerms, PairsTermsOfOneTriggerEqualOnesFirst) {
  const std::vector before{percent(Trigger::sale, 10'000), percent(Trigger::sale, 20'000),
                           percent(Trigger::lead, 1)};
  const std::vector after{percent(Trigger::sale, 20'000), percent(Trigger::sale, 30'000),
                          percent(Trigger::subscription, 5)};
  EXPECT_EQ(told(compare_terms(before, after)),
            (std::vector<std::string>{"same sale", "changed sale, rate_ppm 1 % > 3 %", "added subscription",
                                      "removed lead"}));
  EXPECT_TRUE(compare_terms({}, {}).empty());
}

}  // namespace
}  // namespace tandem::partners
