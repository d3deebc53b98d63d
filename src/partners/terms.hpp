// The commission terms of a deal: how they come in, what is refused, how they are stored and read.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "db/query.hpp"
#include "partners/api.hpp"

namespace tandem::partners {

inline constexpr std::size_t kTermsMax = 20, kConditionsMax = 20, kConditionValuesMax = 100, kGroupsMax = 10,
                             kTiersMax = 20, kSplitMax = 10;

/// A term as a client writes it. Amounts in minor units of `currency`.
struct TermInput {
  std::optional<TermKind> kind;
  Trigger trigger{};
  Method method{};
  std::optional<RatePpm> rate_ppm;     // percentage
  std::optional<std::int64_t> amount;  // fixed
  std::optional<Currency> currency;    // of amount and caps
  std::optional<Base> base;            // gross unless told
  std::optional<Duration> duration;    // lifetime unless told
  std::optional<std::int32_t> duration_months;
  std::optional<std::int32_t> window_days;  // as the organization has set, unless told
  std::optional<Model> model;               // last unless told
  std::optional<bool> coupon_wins;          // true unless told
  std::optional<std::int32_t> hold_days;    // as the organization has set, unless told
  std::optional<std::int64_t> cap_per_conversion, cap_per_month;
  std::optional<std::vector<Condition>> conditions;   // all of them
  std::optional<std::vector<ConditionGroup>> any_of;  // and one of these, where there are any
  std::optional<std::int32_t> level;                  // override: 1 is of a direct sub-partner; to 10
  std::optional<TierBy> tier_by;                      // with tiers
  std::optional<TierPeriod> tier_period;              // with tiers
  std::optional<std::vector<Tier>> tiers;             // of a bonus its thresholds
  std::optional<std::int64_t> cap_per_deal, cap_per_partner;
  std::optional<std::int64_t> cap_per_year;     // a calendar year in the organization's zone
  std::optional<std::vector<TermShare>> split;  // of a commission: other active partners and their parts
};
BOOST_DESCRIBE_STRUCT(TermInput, (),
                      (kind, trigger, method, rate_ppm, amount, currency, base, duration, duration_months,
                       window_days, model, coupon_wins, hold_days, cap_per_conversion, cap_per_month,
                       conditions, any_of, level, tier_by, tier_period, tiers, cap_per_deal, cap_per_partner,
                       cap_per_year, split))

/// A term as it is shown.
struct DealTerm {
  TermId id;
  TermKind kind{};
  Trigger trigger{};
  Method method{};
  std::optional<RatePpm> rate_ppm;
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
  Base base{};
  Duration duration{};
  std::optional<std::int32_t> duration_months;
  std::int32_t window_days = 0;
  Model model{};
  bool coupon_wins = true;
  std::int32_t hold_days = 0;
  std::optional<std::int64_t> cap_per_conversion, cap_per_month;
  std::vector<Condition> conditions;
  std::vector<ConditionGroup> any_of;
  std::optional<std::int32_t> level;
  std::optional<TierBy> tier_by;
  std::optional<TierPeriod> tier_period;
  std::vector<Tier> tiers;
  std::optional<std::int64_t> cap_per_deal, cap_per_partner, cap_per_year;
  std::vector<TermShare> split;  // for the organization alone
  RatePpm own_share_ppm;         // of the commission, what is the deal's partner's
};
BOOST_DESCRIBE_STRUCT(DealTerm, (),
                      (id, kind, trigger, method, rate_ppm, amount, currency, base, duration, duration_months,
                       window_days, model, coupon_wins, hold_days, cap_per_conversion, cap_per_month,
                       conditions, any_of, level, tier_by, tier_period, tiers, cap_per_deal, cap_per_partner,
                       cap_per_year, split, own_share_ppm))

/// A row of app.deal_terms with its version.
struct TermRow {
  TermId id;
  DealId deal_id;
  DealVersionId deal_version_id;
  PartnerId partner_id;
  std::int32_t version = 0;
  Timestamp valid_from;
  std::int32_t position = 0;
  TermKind kind{};
  Trigger trigger{};
  Method method{};
  std::optional<RatePpm> rate_ppm;
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
  Base base{};
  Duration duration{};
  std::optional<std::int32_t> duration_months;
  std::int32_t window_days = 0;
  Model model{};
  bool coupon_wins = true;
  std::int32_t hold_days = 0;
  std::optional<std::int64_t> cap_per_conversion, cap_per_month;
  JsonObject conditions;  // a JSON list, as any_of and tiers
  JsonObject any_of;
  std::optional<std::int32_t> level;
  std::optional<TierBy> tier_by;
  std::optional<TierPeriod> tier_period;
  JsonObject tiers;
  std::optional<std::int64_t> cap_per_deal, cap_per_partner, cap_per_year;
  JsonObject split;  // a JSON list
};
BOOST_DESCRIBE_STRUCT(TermRow, (),
                      (id, deal_id, deal_version_id, partner_id, version, valid_from, position, kind, trigger,
                       method, rate_ppm, amount, currency, base, duration, duration_months, window_days,
                       model, coupon_wins, hold_days, cap_per_conversion, cap_per_month, conditions, any_of,
                       level, tier_by, tier_period, tiers, cap_per_deal, cap_per_partner, cap_per_year,
                       split))

/// Every mistake of the terms, with pointers such as /terms/0/rate_ppm.
std::vector<FieldError> check_terms(std::span<const TermInput> terms);
/// Throws kInvalid unless the terms pass check_terms() and whom they name beside the deal's partner is active
/// and another one.
Task<> require_terms(db::Tx& tx, PartnerId partner_id, const std::vector<TermInput>& terms);

/// The term with everything said: what it leaves out is as the fields above tell.
TermInput with_defaults(TermInput term, std::int32_t default_window_days, std::int32_t default_hold_days);
/// A term as a client would write it.
TermInput input_of(const DealTerm& term);

/// Queues the rows of a version's terms on the transaction. The terms passed check_terms().
void insert_terms(db::Tx& tx, DealVersionId version_id, PartnerId partner_id,
                  std::span<const TermInput> terms, std::int32_t default_window_days,
                  std::int32_t default_hold_days);

/// The terms of all versions of a deal, by version and position.
const db::Query<TermRow(DealId)>& deal_terms_query();
/// As the transaction's actor may see it: a partner does not learn with whom it shares.
DealTerm shown(const db::Tx& tx, const TermRow& row);

}  // namespace tandem::partners
