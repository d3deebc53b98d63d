#include "earnings/record.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "attribution/ids.hpp"
#include "earnings/earning_rows.hpp"
#include "earnings/facts.hpp"
#include "earnings/holds.hpp"
#include "earnings/parts.hpp"
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

struct SinceRow {
  PartnerId id;
  Timestamp created_at;
  std::optional<PartnerId> parent_id;
};
BOOST_DESCRIBE_STRUCT(SinceRow, (), (id, created_at, parent_id))
const db::Query<SinceRow(std::vector<PartnerId>)> kSince{"earnings.partners_since", R"sql(
  select id, created_at, parent_id from app.partners where organization_id = $1 and id = any($2)
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
  /// Of the partners that these terms are of, and of those that they share with.
  Task<> add(db::Tx& tx, std::span<const Term> terms) {
    std::vector<PartnerId> named;
    for (const Term& term : terms) {
      auto& since = since_[term.partner_id];
      since = std::min(since, term.valid_from);
      for (const auto& share : term.split) named.push_back(share.partner_id);
    }
    std::erase_if(named, [&](PartnerId id) { return since_.contains(id); });
    if (named.empty()) co_return;
    for (const auto& row : co_await tx.all(kSince, unique(std::move(named)))) since_[row.id] = row.created_at;
  }
  /// A partner is new for some days after it was made or its first deal began, whichever was earlier.
  bool is_new(PartnerId partner_id, Timestamp at) const {
    return at < since_.at(partner_id) + std::chrono::hours{24} * settings_.new_partner_days;
  }
  int days(const Term& term, PartnerId partner_id, Timestamp at) const {
    return is_new(partner_id, at) ? std::max(term.hold_days, settings_.new_partner_hold_days)
                                  : term.hold_days;
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

/// Makes the earnings of conversions.
class Earner {
 public:
  Earner(db::Tx& tx, std::span<const Term> terms, const Holds& holds, ConversionRisks& risks,
         Standings& standings, EarningRows& rows)
      : tx_(tx), terms_(terms), holds_(holds), risks_(risks), standings_(standings), rows_(rows) {}

  /// Each share's partner under each of its terms, the commission shared by weight and then with those whom
  /// the term names; a bonus goes to whom the conversion is credited, whole.
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
        NewEarning row{.partner_id = share.partner_id,
                       .conversion_id = conversion.id,
                       .link_id = share.link_id,
                       .amount = is_bonus ? earned->amount : shares(earned->amount, weights)[i],
                       .weight = is_bonus ? 1 : weights[i],
                       .weight_total = is_bonus ? 1 : total};
        standings_.earned(*term, facts.occurred_at, facts.currency, row.amount);
        if (!term->split.empty()) row.amount = split(*term, facts, row);
        if (row.amount == 0) continue;
        const auto id = add(*term, facts, *earned, row);
        if (!is_bonus) earn_above(facts, row, id);
      }
    }
    add_parts(facts);
    standings_.converted(credited, facts);
  }

 private:
  /// What a partner has of a commission under a term of another one, of all shares of the conversion
  /// together.
  struct Part {
    const Term* term;
    RatePpm share;
    std::int64_t whole = 0;
    NewEarning row;
    std::vector<RiskSignalId> held_by;
  };

  /// Keeps the parts of those whom the term names; gives what is left for the term's own partner.
  std::int64_t split(const Term& term, const Facts& facts, const NewEarning& of) {
    const auto amounts = split_parts(term, of.amount);
    for (std::size_t i = 0; i < term.split.size(); ++i) {
      const auto& [partner_id, share] = term.split[i];
      const auto is_same = [&](const Part& part) {
        return part.term == &term && part.row.partner_id == partner_id;
      };
      auto part = std::ranges::find_if(parts_, is_same);
      if (part == parts_.end())
        part = parts_.insert(part, Part{.term = &term,
                                        .share = share,
                                        .row = {.partner_id = partner_id,
                                                .conversion_id = of.conversion_id,
                                                .split_from = term.partner_id,
                                                .currency = facts.currency,
                                                .rate = share},
                                        .held_by = held_by_});
      part->whole += of.amount;
      part->row.amount += amounts[i + 1];
    }
    return amounts.front();
  }

  void add_parts(const Facts& facts) {
    for (auto& part : parts_) {
      if (part.row.amount == 0) continue;
      const Money whole{part.whole, facts.currency};
      part.row.base = Decimal(part.whole, facts.currency.exponent());
      part.row.explanation = split_explanation_json(whole, part.share, part.row.amount);
      held_by_ = std::move(part.held_by);
      store(*part.term, facts, holds_.days(*part.term, part.row.partner_id, facts.occurred_at),
            std::move(part.row));
    }
    parts_.clear();
  }

  /// What those above the partner earn on top.
  void earn_above(Facts facts, const NewEarning& of, EarningId id) {
    for (const auto& above : holds_.above(of.partner_id))
      for (const Term* term : partners::in_force(terms_, above.ancestor_id, facts.occurred_at)) {
        if (term->kind != partners::TermKind::override_ || term->level != above.level) continue;
        standings_.tell(facts, *term);
        const auto earned = override_commission(*term, facts, of.amount);
        if (!earned) continue;
        standings_.earned(*term, facts.occurred_at, facts.currency, earned->amount);
        add(*term, facts, *earned,
            {.partner_id = above.ancestor_id,
             .conversion_id = of.conversion_id,
             .overrides_id = id,
             .amount = earned->amount});
      }
  }

  EarningId add(const Term& term, const Facts& facts, Commission earned, NewEarning row) {
    const auto days = holds_.days(term, term.partner_id, facts.occurred_at);
    if (days > term.hold_days) earned.steps.push_back(fmt::format("held {} days: the partner is new", days));
    row.currency = facts.currency;
    row.base = earned.base;
    row.rate = earned.rate;
    row.explanation = explanation_json(term, facts, earned, row.amount, row.weight, row.weight_total);
    return store(term, facts, days, std::move(row));
  }

  EarningId store(const Term& term, const Facts& facts, int hold_days, NewEarning row) {
    row.id = tx_.new_id<EarningId>();
    row.kind = kind_of(term.kind);
    row.term_id = term.id;
    row.deal_version_id = term.deal_version_id;
    row.state = held_by_.empty() ? "pending" : "held";
    row.occurred_at = facts.occurred_at;
    row.hold_until = hold_until(facts.occurred_at, hold_days, holds_.zone());
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
  std::vector<Part> parts_;            // of the conversion that is at work
  Standings& standings_;
  EarningRows& rows_;
};

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
  co_await holds.add(tx, terms);
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
                                         std::vector<Term> draft, Timestamp from) {
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
  co_await holds.add(tx, terms);
  Standings standings;
  co_await standings.load_as_of(tx, terms, from, holds.zone());
  ConversionRisks risks;
  EarningRows rows;
  Earner earner(tx, terms, holds, risks, standings, rows);
  for (const auto& conversion : conversions) earner.earn(conversion);
  co_return rows.rows();
}

Task<> on_dispute(db::Tx& tx, const attribution::DisputeChanged& event) {
  if (event.is_open)
    co_await hold_for_dispute(tx, event.conversion_id);
  else
    co_await release_of_dispute(tx, event.conversion_id);
}

}  // namespace tandem::earnings
