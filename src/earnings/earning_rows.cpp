// The insert of new earnings, in one statement for any number.
#include "earnings/earning_rows.hpp"

#include "base/json.hpp"
#include "earnings/rollups.hpp"

namespace tandem::earnings {
namespace {

const db::Query<db::Nothing(
    std::vector<EarningId>, std::vector<PartnerId>, std::vector<std::optional<attribution::ConversionId>>,
    std::vector<std::optional<attribution::ReversalId>>, std::vector<std::optional<EarningId>>,
    std::vector<std::optional<attribution::LinkId>>, std::vector<std::optional<partners::TermId>>,
    std::vector<std::optional<partners::DealVersionId>>, std::vector<std::string>, std::vector<std::int64_t>,
    std::vector<std::string>, std::vector<Decimal>, std::vector<std::optional<RatePpm>>,
    std::vector<std::int64_t>, std::vector<std::int64_t>, std::vector<Timestamp>, std::vector<Timestamp>,
    std::vector<JsonObject>, std::vector<EarningKind>, std::vector<std::optional<EarningId>>,
    std::vector<std::optional<ClaimId>>, std::vector<std::optional<RiskSignalId>>,
    std::vector<std::optional<PartnerId>>)>
    kInsertEarnings{"earnings.insert_earnings", R"sql(
  insert into app.earnings (organization_id, id, partner_id, kind, conversion_id, reversal_id, reverses_id, link_id,
    term_id, deal_version_id, state, amount, currency, exact_base, rate_ppm, weight, weight_total, occurred_at,
    hold_until, explanation, overrides_id, claim_id, risk_signal_id, split_from)
  select $1, u.id, u.partner_id, u.kind, u.conversion_id, u.reversal_id, u.reverses_id, u.link_id,
    u.term_id, u.deal_version_id, u.state, u.amount, u.currency, u.exact_base, u.rate_ppm, u.weight, u.weight_total,
    u.occurred_at, u.hold_until, u.explanation, u.overrides_id, u.claim_id, u.risk_signal_id,
    u.split_from
  from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],
    $10::text[], $11::bigint[], $12::text[], $13::numeric[], $14::bigint[], $15::bigint[], $16::bigint[],
    $17::timestamptz[], $18::timestamptz[], $19::jsonb[], $20::text[], $21::uuid[], $22::uuid[],
    $23::uuid[], $24::uuid[])
    as u(id, partner_id, conversion_id, reversal_id, reverses_id, link_id, term_id, deal_version_id, state, amount,
      currency, exact_base, rate_ppm, weight, weight_total, occurred_at, hold_until, explanation, kind, overrides_id,
      claim_id, risk_signal_id, split_from)
  returning 1
)sql"};

/// One column of the rows.
template <class T, class Of>
std::vector<T> column(const std::vector<NewEarning>& rows, Of of) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(of(row));
  return out;
}
template <class T>
std::vector<T> column(const std::vector<NewEarning>& rows, T NewEarning::* member) {
  return column<T>(rows, [member](const NewEarning& row) { return row.*member; });
}

}  // namespace

void EarningRows::store(db::Tx& tx) const {
  if (rows_.empty()) return;
  using R = NewEarning;
  tx.later(kInsertEarnings, column(rows_, &R::id), column(rows_, &R::partner_id),
           column(rows_, &R::conversion_id), column(rows_, &R::reversal_id), column(rows_, &R::reverses_id),
           column(rows_, &R::link_id), column(rows_, &R::term_id), column(rows_, &R::deal_version_id),
           column(rows_, &R::state), column(rows_, &R::amount),
           column<std::string>(rows_, [](const R& row) { return row.currency.str(); }),
           column(rows_, &R::base), column(rows_, &R::rate), column(rows_, &R::weight),
           column(rows_, &R::weight_total), column(rows_, &R::occurred_at), column(rows_, &R::hold_until),
           column<JsonObject>(rows_, [](const R& row) { return JsonObject::trusted(row.explanation); }),
           column(rows_, &R::kind), column(rows_, &R::overrides_id), column(rows_, &R::claim_id),
           column(rows_, &R::risk_signal_id), column(rows_, &R::split_from));
  ledger::post(tx, postings_);
  mark_days(tx, column(rows_, &R::partner_id), column(rows_, &R::occurred_at));
}

}  // namespace tandem::earnings
