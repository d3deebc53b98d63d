#include "partners/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tandem::partners {

namespace {

std::string spaced(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', ' ');
  return out;
}

std::string in_words(const Condition& condition) {
  std::vector<std::string_view> values;
  for (const auto& value : condition.values) values.push_back(value.str());
  const std::string what = condition.key
                               ? fmt::format("{} {}", json::enum_name(condition.field), condition.key->str())
                               : std::string(json::enum_name(condition.field));
  return fmt::format("{} {} {}", what, spaced(json::enum_name(condition.op)), fmt::join(values, ", "));
}

std::string in_words(const ConditionSet& set);
std::string in_words(const ConditionGroup& group);

template <class T>
std::string joined(const std::vector<T>& parts, std::string_view between) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.push_back(in_words(part));
  return all.empty() ? "none" : fmt::format("{}", fmt::join(all, between));
}

std::string in_words(const ConditionSet& set) { return joined(set.conditions, " and "); }

std::string in_words(const ConditionGroup& group) {
  std::vector<std::string> all;
  for (const auto& condition : group.conditions) all.push_back(in_words(condition));
  if (group.any_of && !group.any_of->empty()) all.push_back("(" + joined(*group.any_of, " or ") + ")");
  return fmt::format("({})", fmt::join(all, " and "));
}

std::string percent(RatePpm rate) {
  constexpr int kPpmInPercent = 4;  // 10,000 ppm are one percent
  return Decimal{rate.ppm(), kPpmInPercent}.str() + " %";
}

std::string in_words(const TermInput& term, const Tier& tier) {
  const Currency currency = term.currency.value_or(Currency{});
  return fmt::format(
      "from {} {}",
      term.tier_by == TierBy::volume ? to_text(Money{tier.from, currency}) : std::to_string(tier.from),
      tier.rate_ppm ? percent(*tier.rate_ppm) : to_text(Money{tier.amount.value_or(0), currency}));
}

/// The value of a term's field in words.
template <class T>
std::string in_words(const TermInput& term, std::string_view field, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return spaced(json::enum_name(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "yes" : "no";
  } else if constexpr (std::is_same_v<T, RatePpm>) {
    return percent(value);
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return to_text(Money{value, term.currency.value_or(Currency{})});
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    if (field == "level") return fmt::format("level {}", value);
    return fmt::format("{} {}", value, field.ends_with("months") ? "months" : "days");
  } else if constexpr (std::is_same_v<T, std::vector<Condition>>) {
    return joined(value, "; ");
  } else if constexpr (std::is_same_v<T, std::vector<ConditionGroup>>) {
    return joined(value, " or ");
  } else if constexpr (std::is_same_v<T, std::vector<TermShare>>) {
    std::vector<std::string> all;
    for (const TermShare& share : value)
      all.push_back(fmt::format("{} to partner {}", percent(share.share_ppm), share.partner_id.str()));
    return all.empty() ? "none" : fmt::format("{}", fmt::join(all, "; "));
  } else if constexpr (std::is_same_v<T, std::vector<Tier>>) {
    std::vector<std::string> all;
    for (const Tier& tier : value) all.push_back(in_words(term, tier));
    return all.empty() ? "none" : fmt::format("{}", fmt::join(all, "; "));
  } else {
    return value.str();
  }
}

template <class T>
std::optional<std::string> in_words(const TermInput& term, std::string_view field,
                                    const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return in_words(term, field, *value);
}

std::vector<FieldChange> changes_between(const TermInput& before, const TermInput& after) {
  std::vector<FieldChange> out;
  using Members = boost::describe::describe_members<TermInput, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto d) {
    const auto& old = before.*d.pointer;
    const auto& now = after.*d.pointer;
    if (json::print(old) != json::print(now))
      out.push_back({d.name, in_words(before, d.name, old), in_words(after, d.name, now)});
  });
  return out;
}

}  // namespace

std::vector<ComparedTerm> compare_terms(std::span<const TermInput> before, std::span<const TermInput> after) {
  std::vector<ComparedTerm> out;
  for (const TermInput& term : after) out.push_back({TermChange::added, std::nullopt, term, {}});
  std::vector<bool> is_matched(before.size());
  const auto match = [&](ComparedTerm& to, bool must_be_equal) {
    if (to.before) return;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (is_matched[i] || before[i].trigger != to.after->trigger) continue;
      auto fields = changes_between(before[i], *to.after);
      if (must_be_equal && !fields.empty()) continue;
      is_matched[i] = true;
      to.before = before[i];
      to.change = fields.empty() ? TermChange::same : TermChange::changed;
      to.fields = std::move(fields);
      return;
    }
  };
  for (auto& to : out) match(to, true);
  for (auto& to : out) match(to, false);
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!is_matched[i]) out.push_back({TermChange::removed, before[i], std::nullopt, {}});
  return out;
}

}  // namespace tandem::partners
