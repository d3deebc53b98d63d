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
/// or rejected they do nothing. Throws, with the request's first statement, kPartnerSuspended and kForbidden.
void admit(db::Tx& tx, const http::Request& request);

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

enum class ConditionField : int { country, product, plan, amount, metadata };
BOOST_DESCRIBE_ENUM(ConditionField, country, product, plan, amount, metadata)
enum class ConditionOperator : int { in, not_in, at_least, below };
BOOST_DESCRIBE_ENUM(ConditionOperator, in, not_in, at_least, below)

/// One condition; all conditions of a term must hold. `values` are compared as texts without regard to case;
/// for `amount` with at_least and below there is one value, an exact decimal in major units of the
/// conversion's currency.
struct Condition {
  ConditionField field{};
  std::optional<Text<1, 64>> key;  // of metadata
  ConditionOperator op{};
  std::vector<Text<1, 120>> values;
};
BOOST_DESCRIBE_STRUCT(Condition, (), (field, key, op, values))

/// A commission term of a deal's version. Amounts in minor units of `currency`.
struct Term {
  TermId id;
  DealId deal_id;
  DealVersionId deal_version_id;
  PartnerId partner_id;
  int version = 1;
  Timestamp valid_from;
  int position = 0;  // among the terms of its version; the same place in another version is the same term
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
};

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

/// What these partners are called.
Task<std::vector<identity::PartnerName>> names_of(db::Tx& tx, std::vector<PartnerId> ids);

}  // namespace tandem::partners
