// What other modules may ask of partners: whether one is active, and the commission terms in force. A Term is
// a value: the calculator (earnings/rules) reads nothing else of a deal.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/message.hpp"
#include "identity/api.hpp"
#include "partners/ids.hpp"

namespace tandem::partners {

enum class PartnerState : int { applied, active, suspended, archived, rejected };
BOOST_DESCRIBE_ENUM(PartnerState, applied, active, suspended, archived, rejected)
enum class DealState : int { draft, active, paused, archived };
BOOST_DESCRIBE_ENUM(DealState, draft, active, paused, archived)

inline constexpr ProblemKind kPartnerNotActive{409, "partner_not_active", "The partner is not active"};

/// The state of a partner that the transaction's actor may see; nullopt when there is none.
Task<std::optional<PartnerState>> state_of(db::Tx& tx, PartnerId partner_id);
Task<bool> is_active(db::Tx& tx, PartnerId partner_id);
/// Throws Problem kNotFound, or kPartnerNotActive.
Task<> require_active(db::Tx& tx, PartnerId partner_id);

/// The hook of http::Hooks: while a partner is suspended its own actors only read; of one that was archived
/// or rejected they do nothing (reads for half a second more, when another server did it). Throws, with the
/// request's first statement, kPartnerSuspended and kForbidden.
void admit(db::Tx& tx, const http::Request& request);

/// commission: of a conversion. bonus: once for each threshold that the partner's conversions reach in a
/// period. override: a share, on top, of what a sub-partner's commission terms earn.
enum class TermKind : int { commission, bonus, override_ };
BOOST_DESCRIBE_ENUM(TermKind, commission, bonus, override_)
enum class Trigger : int { lead, sale, subscription };
BOOST_DESCRIBE_ENUM(Trigger, lead, sale, subscription)
enum class Method : int { percentage, fixed };
BOOST_DESCRIBE_ENUM(Method, percentage, fixed)
/// What a percentage is taken of: the whole amount, or what is left after discount, tax or cost.
enum class Base : int { gross, net_of_discount, net_of_tax, net_of_cost };
BOOST_DESCRIBE_ENUM(Base, gross, net_of_discount, net_of_tax, net_of_cost)
/// Which payments of one lead earn: the first, those within N months of the first, or all.
enum class Duration : int { first, months, lifetime };
BOOST_DESCRIBE_ENUM(Duration, first, months, lifetime)
/// Who gets a lead: its first touch, its last, or all touches in equal parts.
enum class Model : int { first, last, linear };
BOOST_DESCRIBE_ENUM(Model, first, last, linear)

/// tenure: whole months since the customer's first payment.
enum class ConditionField : int { country, product, plan, amount, tenure, metadata };
BOOST_DESCRIBE_ENUM(ConditionField, country, product, plan, amount, tenure, metadata)
enum class ConditionOperator : int { in, not_in, at_least, below };
BOOST_DESCRIBE_ENUM(ConditionOperator, in, not_in, at_least, below)

/// One condition. `values` are compared as texts without regard to case; `amount` and `tenure` go with
/// at_least and below and one value: an exact decimal in major units of the conversion's currency, or months.
struct Condition {
  ConditionField field{};
  std::optional<Text<1, 64>> key;  // of metadata
  ConditionOperator op{};
  std::vector<Text<1, 120>> values;
};
BOOST_DESCRIBE_STRUCT(Condition, (), (field, key, op, values))
/// All of these hold.
struct ConditionSet {
  std::vector<Condition> conditions;
};
BOOST_DESCRIBE_STRUCT(ConditionSet, (), (conditions))
/// All of these hold and, where `any_of` has any, at least one of its sets. A term whose `any_of` has groups
/// needs one of them besides all of its conditions: AND and OR, three deep.
struct ConditionGroup {
  std::vector<Condition> conditions;
  std::optional<std::vector<ConditionSet>> any_of;
};
BOOST_DESCRIBE_STRUCT(ConditionGroup, (), (conditions, any_of))

/// What a tier is reached by: the partner's conversions of the term's trigger in the period, of all its
/// deals, less what was refunded; their amounts (in the term's currency), or their number.
enum class TierBy : int { volume, count };
BOOST_DESCRIBE_ENUM(TierBy, volume, count)
/// Calendar periods in the organization's zone.
enum class TierPeriod : int { month, quarter, year, lifetime };
BOOST_DESCRIBE_ENUM(TierPeriod, month, quarter, year, lifetime)
/// From `from` on (minor units of the term's currency, or a number) this rate or amount. Of a commission the
/// tier is that of what came before the conversion; a bonus pays the amount of each tier that is reached.
struct Tier {
  std::int64_t from = 0;
  std::optional<RatePpm> rate_ppm;
  std::optional<std::int64_t> amount;
};
BOOST_DESCRIBE_STRUCT(Tier, (), (from, rate_ppm, amount))

/// Another partner that a part of a term's commission goes to. What the named partners leave is the deal's
/// partner's.
struct TermShare {
  PartnerId partner_id;
  RatePpm share_ppm;  // of the commission, at least 1
};
BOOST_DESCRIBE_STRUCT(TermShare, (), (partner_id, share_ppm))

/// A commission term of a deal's version. Amounts in minor units of `currency`.
struct Term {
  TermId id;
  DealId deal_id;
  DealVersionId deal_version_id;
  PartnerId partner_id;
  int version = 1;
  Timestamp valid_from;
  int position = 0;  // among the terms of its version; the same place in another version is the same term
  TermKind kind = TermKind::commission;
  Trigger trigger{};
  Method method{};
  RatePpm rate;                      // percentage
  std::int64_t amount = 0;           // fixed
  std::optional<Currency> currency;  // of amount and caps
  Base base{};
  Duration duration = Duration::lifetime;
  int duration_months = 0;
  int window_days = 90;
  Model model = Model::last;
  bool coupon_wins = true;
  int hold_days = 30;
  std::optional<std::int64_t> cap_per_conversion, cap_per_month;
  std::vector<Condition> conditions;
  std::vector<ConditionGroup> any_of;
  int level = 0;  // override: 1 is of a direct sub-partner
  TierBy tier_by = TierBy::volume;
  TierPeriod tier_period = TierPeriod::month;
  std::vector<Tier> tiers;  // rising
  std::optional<std::int64_t> cap_per_deal, cap_per_partner, cap_per_year;
  std::vector<TermShare> split;  // a million parts at most; caps are of the whole commission
};
/// What of a term's commission is its own partner's.
RatePpm own_share(std::span<const TermShare> split);

/// A partner above another one, 1 being who brought it.
struct Ancestor {
  PartnerId partner_id, ancestor_id;
  std::int32_t level = 1;
};
BOOST_DESCRIBE_STRUCT(Ancestor, (), (partner_id, ancestor_id, level))
/// Everybody above these partners, ten levels at most.
Task<std::vector<Ancestor>> ancestors_of(db::Tx& tx, std::vector<PartnerId> partner_ids);

/// A partner by its slug, for importers.
struct NamedPartner {
  Slug slug;
  Text<1, 200> name;
};
struct FoundPartner {
  Slug slug;
  PartnerId id;
  bool is_new = false;
};
/// Those of these slugs that exist.
Task<std::vector<FoundPartner>> find_partners(db::Tx& tx, std::vector<NamedPartner> named);
/// All of them: what is missing is made, active, each with an active deal `deal_name` of this one term from
/// term.valid_from on. Partners that exist keep what they have. Three round trips for any number.
Task<std::vector<FoundPartner>> ensure_partners(db::Tx& tx, std::vector<NamedPartner> named,
                                                std::string deal_name, Term term);

/// The terms of the versions in force at `at` of the active deals of these partners, ordered by partner and
/// position. One round trip for any number of partners.
Task<std::vector<Term>> terms_in_force(db::Tx& tx, std::vector<PartnerId> partner_ids, Timestamp at);
/// Every version of every active deal of these partners, for batches that span time; choose with in_force().
Task<std::vector<Term>> all_terms(db::Tx& tx, std::vector<PartnerId> partner_ids);
/// Of all_terms(): those of each deal's version in force at `at` for one partner.
std::vector<const Term*> in_force(std::span<const Term> terms, PartnerId partner_id, Timestamp at);
/// The terms of a deal's draft as if they were in force, from the beginning of time; nullopt for a deal
/// without a draft that the transaction's actor may see.
Task<std::optional<std::vector<Term>>> draft_terms(db::Tx& tx, DealId deal_id);

/// What these partners are called.
Task<std::vector<identity::PartnerName>> names_of(db::Tx& tx, std::vector<PartnerId> ids);

}  // namespace tandem::partners
