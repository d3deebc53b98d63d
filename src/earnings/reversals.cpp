// What reversals take back of earnings, by the cumulative rule.
#include <algorithm>

#include "attribution/ids.hpp"
#include "earnings/earning_rows.hpp"
#include "earnings/facts.hpp"
#include "earnings/holds.hpp"
#include "earnings/parts.hpp"
#include "earnings/positions.hpp"
#include "earnings/record.hpp"
#include "earnings/rules.hpp"
#include "ledger/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using attribution::LinkId;
using attribution::RecordedReversal;
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
  std::optional<PartnerId> split_from;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (),
                      (id, conversion_id, partner_id, link_id, overrides_id, kind, term_id, deal_version_id,
                       state, amount, currency, rate_ppm, weight, weight_total, hold_until, claim_id,
                       split_from))

struct PartnerRow {
  PartnerId partner_id;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (partner_id, currency))

// Read after the partners' accounts are locked: nobody else moves these states until we are done.
const db::Query<EarnedRow(std::vector<ConversionId>)> kEarnedOfConversions{"earnings.earned_of_conversions",
                                                                           R"sql(
  select id, conversion_id, partner_id, link_id, overrides_id, kind, term_id, deal_version_id, state, amount, currency,
    rate_ppm, weight, weight_total, hold_until, claim_id, split_from
  from app.earnings
  where organization_id = $1 and conversion_id = any($2) and reversal_id is null and reverses_id is null
  order by id
)sql"};
const db::Query<PartnerRow(std::vector<ConversionId>)> kPartnersOfConversions{
    "earnings.partners_of_conversions",
    R"sql(
  select distinct partner_id, currency
  from app.earnings
  where organization_id = $1 and conversion_id = any($2)
)sql"};

// With the parts that were taken back before: left pending, they would be owed when the hold ends.
const db::Query<db::Nothing(std::vector<EarningId>)> kCancel{"earnings.cancel", R"sql(
  update app.earnings set state = 'cancelled'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state in ('pending', 'held')
)sql"};

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
      const std::int64_t whole = shares(owed->amount, weights)[i];
      const auto parts = split_parts(*term, whole);
      const auto add = [&](NewEarning row, std::int64_t part) {
        if (part == 0) return;
        row.id = tx.new_id<EarningId>();
        row.reversal_id = reversal.id;
        row.term_id = term->id;
        row.deal_version_id = term->deal_version_id;
        row.state = "due";
        row.amount = -part;
        row.currency = facts.currency;
        row.occurred_at = row.hold_until = reversal.occurred_at;
        auto posting = taken_back_of(row.id, row.partner_id, {part, facts.currency}, positions);
        rows.add(std::move(row), std::move(posting));
      };
      add({.partner_id = share.partner_id,
           .link_id = share.link_id,
           .base = owed->base,
           .rate = owed->rate,
           .weight = weights[i],
           .weight_total = total,
           .explanation = explanation_json(*term, facts, *owed, -parts.front(), weights[i], total)},
          parts.front());
      const Money back{-whole, facts.currency};
      for (std::size_t k = 0; k < term->split.size(); ++k) {
        const auto& [partner_id, of_whole] = term->split[k];
        add({.partner_id = partner_id,
             .split_from = term->partner_id,
             .base = Decimal(whole, facts.currency.exponent()),
             .rate = of_whole,
             .explanation = split_explanation_json(back, of_whole, -parts[k + 1])},
            parts[k + 1]);
      }
    }
  }
}

/// What takes `part` back of an earning. Of a named partner's part it says nothing of what was sold.
NewEarning taking_back(EarningId id, const RecordedReversal& reversal, const EarnedRow& row,
                       std::int64_t part) {
  const std::string of_sale =
      row.split_from
          ? ""
          : fmt::format(R"("total":"{}","taken_before":"{}","taken_now":"{}",)",
                        reversal.conversion_gross.str(), reversal.taken_before.str(), reversal.amount.str());
  return {
      .id = id,
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
      .split_from = row.split_from,
      .state = row.state,
      .amount = -part,
      .currency = row.currency,
      .base = row.split_from ? Decimal(part, row.currency.exponent()) : reversal.amount,
      .rate = row.rate_ppm,
      .weight = row.weight,
      .weight_total = row.weight_total,
      .occurred_at = reversal.occurred_at,
      .hold_until = std::max(row.hold_until, reversal.occurred_at),
      .explanation = fmt::format(R"({{"rule":"cumulative","rule_version":{},"earned":{},{}"taken_back":{}}})",
                                 kCommissionRuleVersion, row.amount, of_sale, part)};
}

/// The rows that take back from the earnings of the reversal's conversion, by the cumulative rule; the parts
/// of one commission in step with the whole.
void take_back(db::Tx& tx, const RecordedReversal& reversal, std::span<const EarnedRow> earned,
               Positions& positions, EarningRows& rows, std::vector<EarningId>& cancelled) {
  const bool all_gone = reversal.taken_before + reversal.amount >= reversal.conversion_gross;
  const auto take = [&](const EarnedRow& row, std::int64_t part) {
    if (row.state == "cancelled") return;  // nothing is left of it
    const bool in_hold = row.state == "pending" || row.state == "held";
    if (in_hold && all_gone) cancelled.push_back(row.id);
    if (part == 0) return;
    auto back = taking_back(tx.new_id<EarningId>(), reversal, row, part);
    if (!in_hold) back.state = "due";
    if (in_hold && all_gone) back.state = "cancelled";
    const Money money{part, row.currency};
    auto posting = in_hold ? ledger::commission_taken_back_in_hold(back.id.uuid(), row.partner_id, money)
                           : taken_back_of(back.id, row.partner_id, money, positions);
    rows.add(std::move(back), std::move(posting));
  };
  std::vector<EarnedRow> of_conversion;
  for (const EarnedRow& row : earned)
    if (row.conversion_id == reversal.conversion_id) of_conversion.push_back(row);
  for (const auto& commission : commissions(std::span<const EarnedRow>(of_conversion))) {
    std::vector<std::int64_t> parts;
    for (const auto i : commission) parts.push_back(of_conversion[i].amount);
    const auto taken =
        parts_taken_back(parts, reversal.conversion_gross, reversal.taken_before, reversal.amount);
    for (std::size_t k = 0; k < parts.size(); ++k) take(of_conversion[commission[k]], taken[k]);
  }
}

}  // namespace

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
  if (!partner_ids.empty()) terms = co_await partners::all_terms(tx, std::move(partner_ids));
  for (const auto& reversal : event.reversals)
    if (!reversal.conversion_id)
      for (const Term& term : terms)
        for (const auto& share : term.split) whose.emplace_back(share.partner_id, reversal.currency);
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

}  // namespace tandem::earnings
