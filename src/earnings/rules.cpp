#include "earnings/rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/assert.hpp"
#include "base/json.hpp"

namespace tandem::earnings {
namespace {

using partners::Condition;
using partners::ConditionField;
using partners::ConditionOperator;
using partners::Term;

constexpr int kMostDigits = 12;  // after the point, of amounts that come from outside

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

/// What the conversion says of a field; nullptr when it says nothing.
const std::string* text_of(const Condition& condition, const Facts& facts) {
  const auto of = [](const std::optional<std::string>& text) { return text ? &*text : nullptr; };
  switch (condition.field) {
    case ConditionField::country: return of(facts.country);
    case ConditionField::product: return of(facts.product);
    case ConditionField::plan: return of(facts.plan);
    case ConditionField::amount: return nullptr;
    case ConditionField::metadata: break;
  }
  for (const auto& [key, value] : facts.metadata)
    if (condition.key && same_text(key, condition.key->str())) return &value;
  return nullptr;
}

bool is_among(const Condition& condition, const Facts& facts) {
  if (condition.field == ConditionField::amount)
    return std::ranges::any_of(condition.values, [&](const auto& value) {
      const auto amount = Decimal::parse(value.str());
      return amount && *amount == facts.gross;
    });
  const std::string* text = text_of(condition, facts);
  return text && std::ranges::any_of(condition.values,
                                     [&](const auto& value) { return same_text(value.str(), *text); });
}

/// A bound that cannot be read, or one on another field than the amount, never holds: nothing is earned by
/// mistake.
bool holds(const Condition& condition, const Facts& facts) {
  if (condition.op == ConditionOperator::in) return is_among(condition, facts);
  if (condition.op == ConditionOperator::not_in) return !is_among(condition, facts);
  if (condition.field != ConditionField::amount || condition.values.size() != 1) return false;
  const auto bound = Decimal::parse(condition.values.front().str());
  if (!bound) return false;
  return condition.op == ConditionOperator::at_least ? facts.gross >= *bound : facts.gross < *bound;
}

/// Whether the payment is within the term's duration, or why not.
std::optional<NotEarned> outside_duration(const Term& term, const Facts& facts) {
  switch (term.duration) {
    case partners::Duration::lifetime: return std::nullopt;
    case partners::Duration::first:
      if (facts.is_first_payment) return std::nullopt;
      return NotEarned::not_first_payment;
    case partners::Duration::months: break;
  }
  const Timestamp first = facts.first_payment_at.value_or(facts.occurred_at);
  if (facts.occurred_at < months_after(first, term.duration_months)) return std::nullopt;
  return NotEarned::duration_over;
}

/// For people: at least the currency's digits, "120.00" of 120, and every further one that there is.
std::string decimal_text(const Decimal& amount, int digits) {
  std::string out = amount.str();
  const auto point = out.find('.');
  const std::size_t has = point == std::string::npos ? 0 : out.size() - point - 1;
  if (digits > 0 && point == std::string::npos) out += '.';
  for (auto i = has; i < static_cast<std::size_t>(digits); ++i) out += '0';
  return out;
}

struct BaseAmount {
  Decimal amount;
  std::string words;
};

/// The base, and how it came about: "gross 120.00", "gross 120.00 - discount 20.00 = 100.00".
BaseAmount base_of(const Term& term, const Facts& facts) {
  using partners::Base;
  const int digits = facts.currency.exponent();
  BaseAmount base{facts.gross, "gross " + decimal_text(facts.gross, digits)};
  const auto less = [&](std::string_view name, const Decimal& amount) {
    base.amount = base.amount + -amount;
    base.words += fmt::format(" - {} {}", name, decimal_text(amount, digits));
  };
  if (term.base != Base::gross) less("discount", facts.discount);
  if (term.base == Base::net_of_tax || term.base == Base::net_of_cost) less("tax", facts.tax);
  if (term.base == Base::net_of_cost) less("cost", facts.cost);
  if (term.base != Base::gross) base.words += " = " + decimal_text(base.amount, digits);
  return base;
}

/// "5", "12.5", "0.0001": parts per million as percent, without trailing zeros.
std::string percent(RatePpm rate) { return Decimal(rate.ppm(), 4).str(); }

std::string words_of(const Condition& condition, const Facts& facts) {
  const std::string field = condition.field == ConditionField::metadata && condition.key
                                ? "metadata." + condition.key->str()
                                : std::string(json::enum_name(condition.field));
  std::string words = fmt::format("condition {} {} holds", field, json::enum_name(condition.op));
  // Values of metadata are the caller's and may be personal: they are not copied.
  if (condition.field == ConditionField::amount)
    words += ": " + decimal_text(facts.gross, facts.currency.exponent());
  else if (const std::string* text = text_of(condition, facts);
           text && condition.field != ConditionField::metadata)
    words += ": " + *text;
  return words;
}

void cap(const Term& term, const Facts& facts, Commission& out) {
  const auto cut = [&](std::int64_t most, std::string_view why) {
    if (out.amount <= most) return;
    out.amount = most;
    out.capped = true;
    out.steps.push_back(fmt::format("{} {}", why, to_text(Money{most, facts.currency})));
  };
  if (term.cap_per_conversion) cut(*term.cap_per_conversion, "capped per conversion at");
  if (term.cap_per_month)
    cut(std::max<std::int64_t>(*term.cap_per_month - facts.earned_this_month, 0),
        "capped to what the month leaves:");
}

/// The commission before caps, with the steps that led to it.
std::expected<Commission, NotEarned> uncapped(const Term& term, const Facts& facts) {
  Commission out;
  for (const auto& condition : term.conditions) out.steps.push_back(words_of(condition, facts));
  const int digits = facts.currency.exponent();
  const BaseAmount base = base_of(term, facts);
  out.base = base.amount;
  const bool is_fixed = term.method == partners::Method::fixed;
  // A lead is worth its fixed amount without any payment; everything else needs something that was paid.
  if (base.amount.sign() <= 0 && !(is_fixed && term.trigger == partners::Trigger::lead))
    return std::unexpected(NotEarned::base_not_positive);
  out.steps.push_back(fmt::format("base {} {}", base.words, facts.currency.code()));
  if (is_fixed) {
    out.amount = term.amount;
    out.steps.push_back(fmt::format("fixed {}", to_text(Money{out.amount, facts.currency})));
    return out;
  }
  const auto amount = base.amount.rate_minor_units(term.rate, digits);
  TANDEM_ASSERT(amount, "commission of {} {} exceeds what an amount may be", base.amount.str(),
                facts.currency.code());
  out.amount = *amount;
  const Decimal exact = base.amount * Decimal(term.rate.ppm(), 6), rounded(out.amount, digits);
  std::string step = fmt::format("{} % of {} = {}", percent(term.rate), decimal_text(base.amount, digits),
                                 decimal_text(exact, digits));
  if (exact != rounded) step += ", rounded " + decimal_text(rounded, digits);
  out.steps.push_back(std::move(step));
  return out;
}

__int128 power_of_ten(int exponent) {
  __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// Appends `"name": `, with a comma unless it is the first of its object.
void key(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{') out += ',';
  json::print_string(name, out);
  out += ':';
}
void put(std::string& out, std::string_view name, std::string_view text) {
  key(out, name);
  json::print_string(text, out);
}
void put(std::string& out, std::string_view name, std::int64_t number) {
  key(out, name);
  out += std::to_string(number);
}

void put_term(std::string& out, const Term& term) {
  key(out, "term");
  out += '{';
  put(out, "id", term.id.str());
  put(out, "deal_id", term.deal_id.str());
  put(out, "deal_version_id", term.deal_version_id.str());
  put(out, "version", term.version);
  put(out, "trigger", json::enum_name(term.trigger));
  put(out, "method", json::enum_name(term.method));
  if (term.method == partners::Method::percentage) put(out, "rate_ppm", term.rate.ppm());
  if (term.method == partners::Method::fixed) put(out, "amount", term.amount);
  if (term.currency) put(out, "currency", term.currency->code());
  put(out, "base", json::enum_name(term.base));
  put(out, "duration", json::enum_name(term.duration));
  if (term.duration == partners::Duration::months) put(out, "duration_months", term.duration_months);
  if (term.cap_per_conversion) put(out, "cap_per_conversion", *term.cap_per_conversion);
  if (term.cap_per_month) put(out, "cap_per_month", *term.cap_per_month);
  out += '}';
}

void put_facts(std::string& out, const Term& term, const Facts& facts) {
  key(out, "facts");
  out += '{';
  put(out, "currency", facts.currency.code());
  put(out, "gross", facts.gross.str());
  if (facts.discount.sign() != 0) put(out, "discount", facts.discount.str());
  if (facts.tax.sign() != 0) put(out, "tax", facts.tax.str());
  if (facts.cost.sign() != 0) put(out, "cost", facts.cost.str());
  put(out, "occurred_at", facts.occurred_at.str());
  if (term.duration != partners::Duration::lifetime) {
    key(out, "is_first_payment");
    out += facts.is_first_payment ? "true" : "false";
    if (facts.first_payment_at) put(out, "first_payment_at", facts.first_payment_at->str());
  }
  if (term.cap_per_month) put(out, "earned_this_month", facts.earned_this_month);
  out += '}';
}

}  // namespace

Timestamp months_after(Timestamp from, int months) {
  using namespace std::chrono;
  const sys_time<microseconds> instant{microseconds{from.unix_us()}};
  const auto midnight = floor<days>(instant);
  const year_month_day start{midnight};
  auto day = start + std::chrono::months{months};
  if (!day.ok()) day = day.year() / day.month() / last;
  return Timestamp::from_unix_us((sys_days{day} + (instant - midnight)).time_since_epoch().count());
}

Timestamp hold_until(const Term& term, Timestamp occurred_at) {
  return occurred_at + std::chrono::days{term.hold_days};
}

std::expected<Commission, NotEarned> commission(const Term& term, const Facts& facts) {
  if (term.trigger != facts.trigger) return std::unexpected(NotEarned::other_trigger);
  const bool has_amounts =
      term.method == partners::Method::fixed || term.cap_per_conversion || term.cap_per_month;
  if (has_amounts && term.currency && *term.currency != facts.currency)
    return std::unexpected(NotEarned::other_currency);
  if (!std::ranges::all_of(term.conditions, [&](const auto& condition) { return holds(condition, facts); }))
    return std::unexpected(NotEarned::condition);
  if (const auto why = outside_duration(term, facts)) return std::unexpected(*why);
  auto out = uncapped(term, facts);
  if (!out) return out;
  if (out->amount == 0) return std::unexpected(NotEarned::rounds_to_zero);
  cap(term, facts, *out);
  if (out->amount == 0) return std::unexpected(NotEarned::month_cap_reached);
  return out;
}

std::vector<std::int64_t> shares(std::int64_t amount, std::span<const std::int64_t> weights) {
  return allocate(amount, weights);
}

std::int64_t taken_back(std::int64_t earned, const Decimal& total, const Decimal& refunded_before,
                        const Decimal& refunded_now) {
  TANDEM_ASSERT(earned >= 0 && earned <= kMaxAmount, "earned {}", earned);
  if (total.sign() <= 0) return 0;
  const int scale = std::max({total.scale(), refunded_before.scale(), refunded_now.scale()});
  TANDEM_ASSERT(scale <= kMostDigits, "an amount with {} decimals", scale);
  const auto units = [scale](const Decimal& amount) {
    return amount.units() * power_of_ten(scale - amount.scale());
  };
  const __int128 whole = units(total);
  // earned × whole must fit into 127 bits: 10^12 × 10^25.
  TANDEM_ASSERT(whole <= power_of_ten(25), "total {}", total.str());
  const __int128 none = 0;
  const __int128 before = std::clamp(units(refunded_before), none, whole);
  const __int128 after = std::min(before + std::clamp(units(refunded_now), none, whole), whole);
  const auto fee = [&](__int128 refunded) { return divide_rounded(earned * (whole - refunded), whole); };
  return fee(before) - fee(after);
}

std::string explanation_json(const Term& term, const Facts& facts, const Commission& commission,
                             std::int64_t share, std::int64_t weight, std::int64_t weight_total) {
  std::string out = "{";
  put(out, "rule_version", kCommissionRuleVersion);
  put_term(out, term);
  put_facts(out, term, facts);
  put(out, "base", commission.base.str());
  put(out, "commission", commission.amount);
  key(out, "capped");
  out += commission.capped ? "true" : "false";
  put(out, "share", share);
  put(out, "weight", weight);
  put(out, "weight_total", weight_total);
  key(out, "steps");
  out += '[';
  for (const auto& step : commission.steps) {
    if (out.back() != '[') out += ',';
    json::print_string(step, out);
  }
  if (weight != weight_total) {
    if (out.back() != '[') out += ',';
    json::print_string(
        fmt::format("share {} of {}: {}", weight, weight_total, to_text(Money{share, facts.currency})), out);
  }
  return out + "]}";
}

}  // namespace tandem::earnings
