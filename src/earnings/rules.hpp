// The commission calculator: a pure, exact function of a term and facts. No I/O, no floating point, one
// rounding per line (half away from zero). Used when a conversion is recorded, by reversals, and by
// explanations and simulations.
#pragma once
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

/// What the calculator knows of a conversion. Decimals are in major units and keep every digit of the source.
struct Facts {
  partners::Trigger trigger{};
  Currency currency;
  Decimal gross, tax, discount, cost;
  std::optional<std::string> country, product, plan;
  std::vector<std::pair<std::string, std::string>> metadata;
  Timestamp occurred_at;
  // history of the same lead, for `duration`: the first payment's instant, and whether this is it
  std::optional<Timestamp> first_payment_at;
  bool is_first_payment = true;
  // what was earned before, minor units of the conversion's currency, with the parts of named partners: by
  // this term in its calendar month and year, by all terms of its deal, by all deals of its partner
  std::int64_t earned_this_month = 0, earned_this_year = 0, earned_by_deal = 0, earned_by_partner = 0;
  // for tiers, in the term's period before this conversion: the partner's conversions of the trigger, by
  // number and in minor units; and what the term earned (of a bonus)
  std::int64_t count_before = 0, volume_before = 0, earned_this_period = 0;
};

/// Why nothing is earned. Wire names are stable; explanations show them in words.
enum class NotEarned : int {
  other_trigger,
  other_currency,
  condition,
  not_first_payment,
  duration_over,
  base_not_positive,
  month_cap_reached,
  rounds_to_zero,
  other_kind,
  threshold_not_reached,
  deal_cap_reached,
  partner_cap_reached,
  year_cap_reached
};
BOOST_DESCRIBE_ENUM(NotEarned, other_trigger, other_currency, condition, not_first_payment, duration_over,
                    base_not_positive, month_cap_reached, rounds_to_zero, other_kind, threshold_not_reached,
                    deal_cap_reached, partner_cap_reached, year_cap_reached)

struct Commission {
  std::int64_t amount = 0;      // minor units of facts.currency, > 0
  Decimal base;                 // exact, major units
  std::optional<RatePpm> rate;  // that was applied, of a percentage
  bool capped = false;
  std::vector<std::string> steps;  // "base gross 120.00 GBP", "5 % of 120.00 = 6.00", "capped at …"
};

/// What one conversion earns under one term of kind commission or bonus, before it is shared. Steps, in this
/// order: trigger, currency of an amount, tier or cap, conditions, duration, base (gross; minus discount;
/// minus discount and tax; minus discount, tax and cost), tier of what came before, rate or fixed amount with
/// one rounding, caps per conversion, month, year, deal and partner. A bonus is what the tiers reached with
/// this conversion come to, less what it earned in the period before: each threshold pays once.
std::expected<Commission, NotEarned> commission(const partners::Term& term, const Facts& facts);

/// What a term of kind override earns on top of a sub-partner's commission of `earned` minor units: trigger,
/// conditions and duration of the conversion, then the rate of what was earned, then the caps.
std::expected<Commission, NotEarned> override_commission(const partners::Term& term, const Facts& facts,
                                                         std::int64_t earned);

/// The whole months from `from` to `to`, counted as months_after() counts them; 0 when `to` is earlier.
int whole_months(Timestamp from, Timestamp to);

/// The same day and time of day `months` later, in UTC; the last day of the month where it has no such day
/// (31 January + 1 month is 28 or 29 February). A duration of N months ends just before months_after(first,
/// N).
Timestamp months_after(Timestamp from, int months);

/// The end of a hold: `days` later at the same time since midnight in the organization's zone. An earning may
/// be paid from then on.
Timestamp hold_until(Timestamp occurred_at, int days, const TimeZone& zone);

/// The explanation of a named partner's part: of the commission alone, nothing of the deal that it is of.
std::string split_explanation_json(const Money& whole, RatePpm share, std::int64_t part);

/// The explanation that is stored on the earning: JSON object with term, version, facts that mattered, steps.
std::string explanation_json(const partners::Term& term, const Facts& facts, const Commission& commission,
                             std::int64_t share, std::int64_t weight, std::int64_t weight_total);

inline constexpr int kCommissionRuleVersion = 2;

}  // namespace tandem::earnings
