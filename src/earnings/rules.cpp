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
    case ConditionField::amount:
    case ConditionField::tenure: return nullptr;
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

/// What at_least and below compare; nothing of a field that is no number.
std::optional<Decimal> number_of(const Condition& condition, const Facts& facts) {
  if (condition.field == ConditionField::amount) return facts.gross;
  if (condition.field == ConditionField::tenure)
    return Decimal(whole_months(facts.first_payment_at.value_or(facts.occurred_at), facts.occurred_at), 0);
  return std::nullopt;
}

/// A bound that cannot be read, or one on a field that is no number, never holds: nothing is earned by
/// mistake.
bool holds(const Condition& condition, const Facts& facts) {
  if (condition.op == ConditionOperator::in) return is_among(condition, facts);
  if (condition.op == ConditionOperator::not_in) return !is_among(condition, facts);
  const auto number = number_of(condition, facts);
  if (!number || condition.values.size() != 1) return false;
  const auto bound = Decimal::parse(condition.values.front().str());
  if (!bound) return false;
  return condition.op == ConditionOperator::at_least ? *number >= *bound : *number < *bound;
}

bool all_hold(const std::vector<Condition>& conditions, const Facts& facts) {
  return std::ranges::all_of(conditions, [&](const auto& condition) { return holds(condition, facts); });
}

bool group_holds(const partners::ConditionGroup& group, const Facts& facts) {
  if (!all_hold(group.conditions, facts)) return false;
  if (!group.any_of || group.any_of->empty()) return true;
  return std::ranges::any_of(*group.any_of, [&](const auto& set) { return all_hold(set.conditions, facts); });
}

/// The conditions, and one of the groups where there are any.
bool all_hold(const Term& term, const Facts& facts) {
  if (!all_hold(term.conditions, facts)) return false;
  return term.any_of.empty() ||
         std::ranges::any_of(term.any_of, [&](const auto& group) { return group_holds(group, facts); });
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

/// "condition …" of each condition, and which group of `any_of` holds.
std::vector<std::string> condition_steps(const Term& term, const Facts& facts) {
  std::vector<std::string> steps;
  for (const auto& condition : term.conditions) steps.push_back(words_of(condition, facts));
  for (std::size_t i = 0; i < term.any_of.size(); ++i) {
    if (!group_holds(term.any_of[i], facts)) continue;
    steps.push_back(fmt::format("group {} of {} holds", i + 1, term.any_of.size()));
    break;
  }
  return steps;
}

/// Cuts to the caps; the one that left nothing, if any.
std::optional<NotEarned> cap(const Term& term, const Facts& facts, Commission& out) {
  std::optional<NotEarned> emptied;
  const auto cut = [&](const std::optional<std::int64_t>& most, std::int64_t used, NotEarned why,
                       std::string_view words) {
    if (!most || out.amount == 0) return;
    const auto left = std::max<std::int64_t>(*most - used, 0);
    if (out.amount <= left) return;
    out.amount = left;
    out.capped = true;
    out.steps.push_back(fmt::format("{} {}", words, to_text(Money{left, facts.currency})));
    if (left == 0) emptied = why;
  };
  cut(term.cap_per_conversion, 0, NotEarned::rounds_to_zero, "capped per conversion at");
  cut(term.cap_per_month, facts.earned_this_month, NotEarned::month_cap_reached,
      "capped to what the month leaves:");
  cut(term.cap_per_year, facts.earned_this_year, NotEarned::year_cap_reached,
      "capped to what the year leaves:");
  cut(term.cap_per_deal, facts.earned_by_deal, NotEarned::deal_cap_reached,
      "capped to what the deal leaves:");
  cut(term.cap_per_partner, facts.earned_by_partner, NotEarned::partner_cap_reached,
      "capped to what the partner's cap leaves:");
  return emptied;
}

std::string threshold_words(const Term& term, const partners::Tier& tier, const Facts& facts) {
  const std::string what = term.tier_by == partners::TierBy::volume
                               ? to_text(Money{tier.from, facts.currency})
                               : std::to_string(tier.from);
  return fmt::format("{} {}", what,
                     term.tier_period == partners::TierPeriod::lifetime
                         ? "in all"
                         : fmt::format("in the {}", json::enum_name(term.tier_period)));
}

/// The highest tier that is reached; none below the first one.
const partners::Tier* tier_at(const Term& term, std::int64_t reached) {
  const partners::Tier* found = nullptr;
  for (const auto& tier : term.tiers)
    if (tier.from <= reached) found = &tier;
  return found;
}

/// The thresholds that are reached with this conversion, less what they paid in the period before.
std::expected<Commission, NotEarned> bonus(const Term& term, const Facts& facts) {
  Commission out;
  out.base = facts.gross;
  out.steps = condition_steps(term, facts);
  const auto gross = facts.gross.minor_units(facts.currency.exponent());
  TANDEM_ASSERT(gross, "amount {}", facts.gross.str());
  const std::int64_t reached =
      term.tier_by == partners::TierBy::volume ? facts.volume_before + *gross : facts.count_before + 1;
  std::int64_t entitled = 0;
  for (const auto& tier : term.tiers) {
    if (tier.from > reached) break;
    entitled += tier.amount.value_or(0);
    out.steps.push_back(fmt::format("threshold {} reached: {}", threshold_words(term, tier, facts),
                                    to_text(Money{tier.amount.value_or(0), facts.currency})));
  }
  out.amount = std::max<std::int64_t>(entitled - facts.earned_this_period, 0);
  if (out.amount == 0) return std::unexpected(NotEarned::threshold_not_reached);
  if (facts.earned_this_period != 0)
    out.steps.push_back(fmt::format("less {} of the period before",
                                    to_text(Money{facts.earned_this_period, facts.currency})));
  return out;
}

/// The commission before caps, with the steps that led to it.
std::expected<Commission, NotEarned> uncapped(const Term& term, const Facts& facts) {
  Commission out;
  out.steps = condition_steps(term, facts);
  const int digits = facts.currency.exponent();
  const BaseAmount base = base_of(term, facts);
  out.base = base.amount;
  const bool is_fixed = term.method == partners::Method::fixed;
  // A lead is worth its fixed amount without any payment; everything else needs something that was paid.
  if (base.amount.sign() <= 0 && !(is_fixed && term.trigger == partners::Trigger::lead))
    return std::unexpected(NotEarned::base_not_positive);
  out.steps.push_back(fmt::format("base {} {}", base.words, facts.currency.code()));
  const auto* tier =
      tier_at(term, term.tier_by == partners::TierBy::volume ? facts.volume_before : facts.count_before);
  if (tier != nullptr) out.steps.push_back(fmt::format("tier from {}", threshold_words(term, *tier, facts)));
  if (is_fixed) {
    out.amount = tier != nullptr ? tier->amount.value_or(term.amount) : term.amount;
    out.steps.push_back(fmt::format("fixed {}", to_text(Money{out.amount, facts.currency})));
    return out;
  }
  out.rate = tier != nullptr ? tier->rate_ppm.value_or(term.rate) : term.rate;
  const auto amount = base.amount.rate_minor_units(*out.rate, digits);
  TANDEM_ASSERT(amount, "commission of {} {} exceeds what an amount may be", base.amount.str(),
                facts.currency.code());
  out.amount = *amount;
  const Decimal exact = base.amount * Decimal(out.rate->ppm(), 6), rounded(out.amount, digits);
  std::string step = fmt::format("{} % of {} = {}", percent(*out.rate), decimal_text(base.amount, digits),
                                 decimal_text(exact, digits));
  if (exact != rounded) step += ", rounded " + decimal_text(rounded, digits);
  out.steps.push_back(std::move(step));
  return out;
}

/// What a term asks of a conversion before anything is computed.
std::optional<NotEarned> refused(const Term& term, const Facts& facts) {
  if (term.trigger != facts.trigger) return NotEarned::other_trigger;
  const bool has_amounts = term.method == partners::Method::fixed || term.cap_per_conversion ||
                           term.cap_per_month || term.cap_per_year || term.cap_per_deal ||
                           term.cap_per_partner ||
                           (!term.tiers.empty() && term.tier_by == partners::TierBy::volume);
  if (has_amounts && term.currency && *term.currency != facts.currency) return NotEarned::other_currency;
  if (!all_hold(term, facts)) return NotEarned::condition;
  return outside_duration(term, facts);
}

std::expected<Commission, NotEarned> capped(const Term& term, const Facts& facts,
                                            std::expected<Commission, NotEarned> out) {
  if (!out) return out;
  if (out->amount == 0) return std::unexpected(NotEarned::rounds_to_zero);
  if (const auto emptied = cap(term, facts, *out)) return std::unexpected(*emptied);
  return out;
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
  put(out, "kind", json::enum_name(term.kind));
  put(out, "trigger", json::enum_name(term.trigger));
  put(out, "method", json::enum_name(term.method));
  if (term.method == partners::Method::percentage) put(out, "rate_ppm", term.rate.ppm());
  if (term.method == partners::Method::fixed && term.kind == partners::TermKind::commission)
    put(out, "amount", term.amount);
  if (term.kind == partners::TermKind::override_) put(out, "level", term.level);
  if (term.currency) put(out, "currency", term.currency->code());
  put(out, "base", json::enum_name(term.base));
  put(out, "duration", json::enum_name(term.duration));
  if (term.duration == partners::Duration::months) put(out, "duration_months", term.duration_months);
  if (term.cap_per_conversion) put(out, "cap_per_conversion", *term.cap_per_conversion);
  if (term.cap_per_month) put(out, "cap_per_month", *term.cap_per_month);
  if (term.cap_per_year) put(out, "cap_per_year", *term.cap_per_year);
  if (term.cap_per_deal) put(out, "cap_per_deal", *term.cap_per_deal);
  if (term.cap_per_partner) put(out, "cap_per_partner", *term.cap_per_partner);
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
  if (term.cap_per_year) put(out, "earned_this_year", facts.earned_this_year);
  if (term.cap_per_deal) put(out, "earned_by_deal", facts.earned_by_deal);
  if (term.cap_per_partner) put(out, "earned_by_partner", facts.earned_by_partner);
  if (!term.tiers.empty()) {
    put(out, "count_before", facts.count_before);
    put(out, "volume_before", facts.volume_before);
  }
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

Timestamp hold_until(Timestamp occurred_at, int days, const TimeZone& zone) {
  const Day day = day_in_zone(occurred_at, zone);
  return start_of_day(Day{day.days() + std::chrono::days{days}}, zone) +
         (occurred_at - start_of_day(day, zone));
}

int whole_months(Timestamp from, Timestamp to) {
  using namespace std::chrono;
  if (to <= from) return 0;
  const auto month_of = [](Timestamp at) {
    const year_month_day day{floor<days>(sys_time<microseconds>{microseconds{at.unix_us()}})};
    return day.year() / day.month();
  };
  const auto between = static_cast<int>((month_of(to) - month_of(from)).count());
  return months_after(from, between) <= to ? between : between - 1;
}

std::expected<Commission, NotEarned> commission(const Term& term, const Facts& facts) {
  if (term.kind == partners::TermKind::override_) return std::unexpected(NotEarned::other_kind);
  if (const auto why = refused(term, facts)) return std::unexpected(*why);
  return capped(term, facts,
                term.kind == partners::TermKind::bonus ? bonus(term, facts) : uncapped(term, facts));
}

std::expected<Commission, NotEarned> override_commission(const Term& term, const Facts& facts,
                                                         std::int64_t earned) {
  if (term.kind != partners::TermKind::override_) return std::unexpected(NotEarned::other_kind);
  if (const auto why = refused(term, facts)) return std::unexpected(*why);
  Commission out;
  out.base = Decimal(earned, facts.currency.exponent());
  out.amount = apply_rate(earned, term.rate);
  out.rate = term.rate;
  out.steps = condition_steps(term, facts);
  out.steps.push_back(fmt::format("override of level {}: {} % of {} = {}", term.level, percent(term.rate),
                                  to_text(Money{earned, facts.currency}),
                                  to_text(Money{out.amount, facts.currency})));
  return capped(term, facts, std::move(out));
}

std::string split_explanation_json(const Money& whole, RatePpm share, std::int64_t part) {
  std::string out = R"({"rule":"split")";
  put(out, "rule_version", kCommissionRuleVersion);
  put(out, "commission", whole.amount);
  put(out, "share_ppm", share.ppm());
  put(out, "share", part);
  key(out, "steps");
  out += '[';
  json::print_string(fmt::format("{} % of the sale's commission {}: {}", percent(share), to_text(whole),
                                 to_text(Money{part, whole.currency})),
                     out);
  return out + "]}";
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
  if (!term.split.empty()) put(out, "share_ppm", partners::own_share(term.split).ppm());
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
  if (!term.split.empty()) {
    if (out.back() != '[') out += ',';
    json::print_string(
        fmt::format("split with others, own part {} %: {}", percent(partners::own_share(term.split)),
                    to_text(Money{share, facts.currency})),
        out);
  }
  return out + "]}";
}

}  // namespace tandem::earnings
