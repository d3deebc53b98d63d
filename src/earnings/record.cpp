#include "earnings/record.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "attribution/ids.hpp"
#include "earnings/earning_rows.hpp"
#include "earnings/facts.hpp"
#include "earnings/holds.hpp"
#include "earnings/positions.hpp"
#include "earnings/risk.hpp"
#include "earnings/rules.hpp"
#include "earnings/standings.hpp"
#include "ledger/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using attribution::LinkId;
using attribution::RecordedConversion;
using attribution::RecordedReversal;
using attribution::ReversalId;
using partners::Term;
using partners::TermId;

struct EarnedRow {
  EarningId id;
  std::optional<ConversionId> conversion_id;
  PartnerId partner_id;
  std::optional<LinkId> link_id;
  std::optional<EarningId> overrides_id;
  EarningKind kind{};
  std::optional<TermId> term_id;
  std::optional<partners::DealVersionId> deal_version_id;
  std::string state;
  std::int64_t amount;
  Currency currency;
  std::optional<RatePpm> rate_ppm;
  std::int64_t weight, weight_total;
  Timestamp hold_until;
  std::optional<ClaimId> claim_id;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (),
                      (id, conversion_id, partner_id, link_id, overrides_id, kind, term_id, deal_version_id,
                       state, amount, currency, rate_ppm, weight, weight_total, hold_until, claim_id))

struct PartnerRow {
  PartnerId partner_id;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (partner_id, currency))

// Read after the partners' accounts are locked: nobody else moves these states until we are done.
const db::Query<EarnedRow(std::vector<ConversionId>)> kEarnedOfConversions{"earnings.earned_of_conversions",
                                                                           R"sql(
  select id, conversion_id, partner_id, link_id, overrides_id, kind, term_id, deal_version_id, state, amount, currency,
    rate_ppm, weight, weight_total, hold_until, claim_id
  from app.earnings
  where organization_id = $1 and conversion_id = any($2) and reversal_id is null
  order by id
)sql"};
const db::Query<PartnerRow(std::vector<ConversionId>)> kPartnersOfConversions{
    "earnings.partners_of_conversions",
    R"sql(
  select distinct partner_id, currency
  from app.earnings
  where organization_id = $1 and conversion_id = any($2)
)sql"};

struct SinceRow {
  PartnerId id;
  Timestamp created_at;
  std::optional<PartnerId> parent_id;
};
BOOST_DESCRIBE_STRUCT(SinceRow, (), (id, created_at, parent_id))
const db::Query<SinceRow(std::vector<PartnerId>)> kSince{"earnings.partners_since", R"sql(
  select id, created_at, parent_id from app.partners where organization_id = $1 and id = any($2)
)sql"};

// With the parts that were taken back before: left pending, they would be owed when the hold ends.
const db::Query<db::Nothing(std::vector<EarningId>)> kCancel{"earnings.cancel", R"sql(
  update app.earnings set state = 'cancelled'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state in ('pending', 'held')
)sql"};

std::vector<PartnerId> unique(std::vector<PartnerId> ids) {
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

/// Of the partners of a batch: who is above them, and how long their earnings are held: as the term says, and
/// while a partner is new at least as long as the organization says.
class Holds {
 public:
  /// Gives these partners and those above them.
  Task<std::vector<PartnerId>> load(db::Tx& tx, std::vector<PartnerId> partner_ids) {
    settings_ = co_await identity::organization_defaults(tx);
    bool has_parents = false;
    for (const auto& row : co_await tx.all(kSince, partner_ids)) {
      since_[row.id] = row.created_at;
      has_parents = has_parents || row.parent_id;
    }
    if (!has_parents) co_return partner_ids;
    std::vector<PartnerId> above;
    for (const auto& one : co_await partners::ancestors_of(tx, partner_ids)) {
      above_[one.partner_id].push_back(one);
      above.push_back(one.ancestor_id);
    }
    for (const auto& row : co_await tx.all(kSince, above)) since_[row.id] = row.created_at;
    partner_ids.insert(partner_ids.end(), above.begin(), above.end());
    co_return unique(std::move(partner_ids));
  }
  void add(std::span<const Term> terms) {
    for (const Term& term : terms) {
      auto& since = since_[term.partner_id];
      since = std::min(since, term.valid_from);
    }
  }
  /// A partner is new for some days after it was made or its first deal began, whichever was earlier.
  bool is_new(PartnerId partner_id, Timestamp at) const {
    return at < since_.at(partner_id) + std::chrono::hours{24} * settings_.new_partner_days;
  }
  int days(const Term& term, Timestamp at) const {
    return is_new(term.partner_id, at) ? std::max(term.hold_days, settings_.new_partner_hold_days)
                                       : term.hold_days;
  }
  Timestamp end(const Term& term, Timestamp at) const {
    return hold_until(at, days(term, at), settings_.time_zone);
  }
  const TimeZone& zone() const { return settings_.time_zone; }
  /// Who earns on top of what the partner earns.
  std::span<const partners::Ancestor> above(PartnerId partner_id) const {
    const auto found = above_.find(partner_id);
    return found == above_.end() ? std::span<const partners::Ancestor>{} : found->second;
  }

 private:
  std::map<PartnerId, std::vector<partners::Ancestor>> above_;
  identity::OrganizationDefaults settings_;
  std::map<PartnerId, Timestamp> since_;
};

EarningKind kind_of(partners::TermKind kind) {
  switch (kind) {
    case partners::TermKind::commission: return EarningKind::commission;
    case partners::TermKind::bonus: return EarningKind::bonus;
    case partners::TermKind::override_: break;
  }
  return EarningKind::override_;
}

std::vector<std::int64_t> weights_of(std::span<const attribution::EarningShare> shares) {
  std::vector<std::int64_t> weights;
  for (const auto& share : shares) weights.push_back(share.weight);
  return weights;
}

/// Makes the earnings of conversions.
class Earner {
 public:
  Earner(db::Tx& tx, std::span<const Term> terms, const Holds& holds, ConversionRisks& risks,
         Standings& standings, EarningRows& rows)
      : tx_(tx), terms_(terms), holds_(holds), risks_(risks), standings_(standings), rows_(rows) {}

  /// Each share's partner under each of its terms, the commission split by weight; a bonus goes to whom the
  /// conversion is credited, whole.
  void earn(const RecordedConversion& conversion) {
    if (conversion.shares.empty()) return;
    const auto weights = weights_of(conversion.shares);
    const std::int64_t total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    const PartnerId credited = conversion.shares.back().partner_id;
    Facts facts = facts_of(conversion);
    facts.metadata = conversion.metadata;
    for (std::size_t i = 0; i < conversion.shares.size(); ++i) {
      const auto& share = conversion.shares[i];
      held_by_ = risks_.holding(conversion.id, share.partner_id);
      for (const Term* term : partners::in_force(terms_, share.partner_id, conversion.occurred_at)) {
        const bool is_bonus = term->kind == partners::TermKind::bonus;
        if (is_bonus && (share.partner_id != credited || i + 1 != conversion.shares.size())) continue;
        standings_.tell(facts, *term);
        const auto earned = commission(*term, facts);
        if (!earned) continue;
        const NewEarning row{.partner_id = share.partner_id,
                             .conversion_id = conversion.id,
                             .link_id = share.link_id,
                             .amount = is_bonus ? earned->amount : shares(earned->amount, weights)[i],
                             .weight = is_bonus ? 1 : weights[i],
                             .weight_total = is_bonus ? 1 : total};
        if (row.amount == 0) continue;
        const auto id = add(*term, facts, *earned, row);
        if (!is_bonus) earn_above(facts, row, id);
      }
    }
    standings_.converted(credited, facts);
  }

 private:
  /// What those above the partner earn on top.
  void earn_above(Facts facts, const NewEarning& of, EarningId id) {
    for (const auto& above : holds_.above(of.partner_id))
      for (const Term* term : partners::in_force(terms_, above.ancestor_id, facts.occurred_at)) {
        if (term->kind != partners::TermKind::override_ || term->level != above.level) continue;
        standings_.tell(facts, *term);
        const auto earned = override_commission(*term, facts, of.amount);
        if (!earned) continue;
        add(*term, facts, *earned,
            {.partner_id = above.ancestor_id,
             .conversion_id = of.conversion_id,
             .overrides_id = id,
             .amount = earned->amount});
      }
  }

  EarningId add(const Term& term, const Facts& facts, Commission earned, NewEarning row) {
    const auto days = holds_.days(term, facts.occurred_at);
    if (days > term.hold_days) earned.steps.push_back(fmt::format("held {} days: the partner is new", days));
    row.id = tx_.new_id<EarningId>();
    row.kind = kind_of(term.kind);
    row.term_id = term.id;
    row.deal_version_id = term.deal_version_id;
    row.state = held_by_.empty() ? "pending" : "held";
    row.currency = facts.currency;
    row.base = earned.base;
    row.rate = earned.rate;
    row.occurred_at = facts.occurred_at;
    row.hold_until = holds_.end(term, facts.occurred_at);
    row.explanation = explanation_json(term, facts, earned, row.amount, row.weight, row.weight_total);
    standings_.earned(term, facts.occurred_at, facts.currency, row.amount);
    const Money money{row.amount, row.currency};
    rows_.add(row, ledger::commission_earned(row.id.uuid(), row.partner_id, money));
    risks_.hold(row.id, row.partner_id, held_by_);
    return row.id;
  }

  db::Tx& tx_;
  std::span<const Term> terms_;
  const Holds& holds_;
  ConversionRisks& risks_;
  std::vector<RiskSignalId> held_by_;  // what the share that is at work earns
  Standings& standings_;
  EarningRows& rows_;
};

/// What is taken back of what is due, or beyond it.
ledger::Posting taken_back_of(EarningId id, PartnerId partner_id, const Money& money, Positions& positions) {
  return {
      "commission.taken_back", "earning:" + id.str(), partner_id,
      ledger::due_legs(positions.at(partner_id, money.currency), ledger::Counter::commission, -money.amount)};
}

/// The negative earnings of a reversal that names no conversion: at the rate that a sale of that instant
/// would earn. They are due at once.
void owe_back(db::Tx& tx, const RecordedReversal& reversal, std::span<const Term> terms, Positions& positions,
              EarningRows& rows) {
  const auto weights = weights_of(reversal.shares);
  std::int64_t total = 0;
  for (const auto weight : weights) total += weight;
  Facts facts;
  facts.trigger = partners::Trigger::sale;
  facts.currency = reversal.currency;
  facts.gross = reversal.amount;
  facts.occurred_at = reversal.occurred_at;
  for (std::size_t i = 0; i < reversal.shares.size(); ++i) {
    const auto& share = reversal.shares[i];
    for (const Term* term : partners::in_force(terms, share.partner_id, reversal.occurred_at)) {
      if (term->method != partners::Method::percentage || term->kind != partners::TermKind::commission)
        continue;
      const auto owed = commission(*term, facts);
      if (!owed) continue;
      const std::int64_t part = shares(owed->amount, weights)[i];
      if (part == 0) continue;
      const NewEarning row{.id = tx.new_id<EarningId>(),
                           .partner_id = share.partner_id,
                           .reversal_id = reversal.id,
                           .link_id = share.link_id,
                           .term_id = term->id,
                           .deal_version_id = term->deal_version_id,
                           .state = "due",
                           .amount = -part,
                           .currency = facts.currency,
                           .base = owed->base,
                           .rate = owed->rate,
                           .weight = weights[i],
                           .weight_total = total,
                           .occurred_at = reversal.occurred_at,
                           .hold_until = reversal.occurred_at,
                           .explanation = explanation_json(*term, facts, *owed, -part, weights[i], total)};
      rows.add(row, taken_back_of(row.id, share.partner_id, {part, facts.currency}, positions));
    }
  }
}

/// The rows that take back from the earnings of the reversal's conversion, by the cumulative rule.
void take_back(db::Tx& tx, const RecordedReversal& reversal, std::span<const EarnedRow> earned,
               Positions& positions, EarningRows& rows, std::vector<EarningId>& cancelled) {
  const bool all_gone = reversal.taken_before + reversal.amount >= reversal.conversion_gross;
  for (const EarnedRow& row : earned) {
    // Nothing is left of what was cancelled.
    if (row.conversion_id != reversal.conversion_id || row.state == "cancelled") continue;
    const std::int64_t part =
        taken_back(row.amount, reversal.conversion_gross, reversal.taken_before, reversal.amount);
    const bool in_hold = row.state == "pending" || row.state == "held";
    if (in_hold && all_gone) cancelled.push_back(row.id);
    if (part == 0) continue;
    const NewEarning back{
        .id = tx.new_id<EarningId>(),
        .partner_id = row.partner_id,
        .kind = row.kind,
        .conversion_id = row.conversion_id,
        .reversal_id = reversal.id,
        .reverses_id = row.id,
        .overrides_id = row.overrides_id,
        .link_id = row.link_id,
        .term_id = row.term_id,
        .deal_version_id = row.deal_version_id,
        .claim_id = row.claim_id,
        .state = !in_hold   ? "due"
                 : all_gone ? "cancelled"
                            : row.state,
        .amount = -part,
        .currency = row.currency,
        .base = reversal.amount,
        .rate = row.rate_ppm,
        .weight = row.weight,
        .weight_total = row.weight_total,
        .occurred_at = reversal.occurred_at,
        .hold_until = std::max(row.hold_until, reversal.occurred_at),
        .explanation = fmt::format(
            R"({{"rule":"cumulative","rule_version":{},"earned":{},"total":"{}","taken_before":"{}","taken_now":"{}","taken_back":{}}})",
            kCommissionRuleVersion, row.amount, reversal.conversion_gross.str(), reversal.taken_before.str(),
            reversal.amount.str(), part)};
    const Money money{part, row.currency};
    rows.add(back, in_hold ? ledger::commission_taken_back_in_hold(back.id.uuid(), row.partner_id, money)
                           : taken_back_of(back.id, row.partner_id, money, positions));
  }
}

}  // namespace

Task<> on_conversions(db::Tx& tx, const attribution::ConversionsRecorded& event) {
  std::vector<PartnerId> partner_ids;
  for (const auto& conversion : event.conversions)
    for (const auto& share : conversion.shares) partner_ids.push_back(share.partner_id);
  if (partner_ids.empty()) co_return;
  Holds holds;
  partner_ids = co_await holds.load(tx, unique(std::move(partner_ids)));
  const auto terms = co_await partners::all_terms(tx, std::move(partner_ids));
  if (terms.empty()) co_return;
  holds.add(terms);
  Standings standings;
  co_await standings.load(tx, terms, event.conversions, holds.zone());
  ConversionRisks risks;
  co_await risks.look(tx, event.conversions);
  EarningRows rows;
  Earner earner(tx, terms, holds, risks, standings, rows);
  for (const auto& conversion : event.conversions) earner.earn(conversion);
  store_signals(tx, risks.signals());
  rows.store(tx);
  risks.store_holds(tx);
}

Task<std::vector<NewEarning>> would_earn(db::Tx& tx, const std::vector<RecordedConversion>& conversions,
                                         std::vector<Term> draft) {
  std::vector<PartnerId> partner_ids;
  for (const auto& conversion : conversions)
    for (const auto& share : conversion.shares) partner_ids.push_back(share.partner_id);
  for (const Term& term : draft) partner_ids.push_back(term.partner_id);
  Holds holds;
  partner_ids = co_await holds.load(tx, unique(std::move(partner_ids)));
  auto terms = co_await partners::all_terms(tx, std::move(partner_ids));
  if (!draft.empty()) {
    std::erase_if(terms, [&](const Term& term) { return term.deal_id == draft.front().deal_id; });
    terms.insert(terms.end(), draft.begin(), draft.end());
  }
  holds.add(terms);
  Standings standings;
  standings.begin(terms, holds.zone());
  ConversionRisks risks;
  EarningRows rows;
  Earner earner(tx, terms, holds, risks, standings, rows);
  for (const auto& conversion : conversions) earner.earn(conversion);
  co_return rows.rows();
}

Task<> on_reversals(db::Tx& tx, const attribution::ReversalsRecorded& event) {
  std::vector<PartnerId> partner_ids;
  std::vector<ConversionId> conversions;
  for (const auto& reversal : event.reversals) {
    if (reversal.conversion_id)
      conversions.push_back(*reversal.conversion_id);
    else
      for (const auto& share : reversal.shares) partner_ids.push_back(share.partner_id);
  }
  std::vector<Term> terms;
  std::vector<EarnedRow> earned;
  std::vector<ledger::PartnerCurrency> whose;
  for (const auto& reversal : event.reversals)
    if (!reversal.conversion_id)
      for (const auto& share : reversal.shares) whose.emplace_back(share.partner_id, reversal.currency);
  if (!partner_ids.empty()) terms = co_await partners::all_terms(tx, unique(std::move(partner_ids)));
  if (!conversions.empty())
    for (const auto& row : co_await tx.all(kPartnersOfConversions, conversions))
      whose.emplace_back(row.partner_id, row.currency);
  Positions positions;
  co_await positions.lock(tx, std::move(whose));
  if (!conversions.empty()) earned = co_await tx.all(kEarnedOfConversions, conversions);
  EarningRows rows;
  std::vector<EarningId> cancelled;
  for (const auto& reversal : event.reversals) {
    if (reversal.conversion_id)
      take_back(tx, reversal, earned, positions, rows, cancelled);
    else
      owe_back(tx, reversal, terms, positions, rows);
  }
  rows.store(tx);
  if (cancelled.empty()) co_return;
  tx.later(kCancel, cancelled);
  close_holds(tx, std::move(cancelled));
}

Task<> take_back_earlier(db::Tx& tx, EarningId id, std::vector<RecordedReversal> reversals) {
  if (reversals.empty()) co_return;
  Positions positions;  // it is held: nothing of what is due moves
  std::vector<EarnedRow> earned;
  for (auto& row :
       co_await tx.all(kEarnedOfConversions, std::vector{reversals.front().conversion_id.value()}))
    if (row.id == id) earned.push_back(std::move(row));
  EarningRows rows;
  std::vector<EarningId> cancelled;
  for (const auto& reversal : reversals) take_back(tx, reversal, earned, positions, rows, cancelled);
  rows.store(tx);
  if (!cancelled.empty()) tx.later(kCancel, cancelled);
}

Task<> on_dispute(db::Tx& tx, const attribution::DisputeChanged& event) {
  if (event.is_open)
    co_await hold_for_dispute(tx, event.conversion_id);
  else
    co_await release_of_dispute(tx, event.conversion_id);
}

}  // namespace tandem::earnings
