// Reading earnings: the list, one with its explanation and its holds.
#pragma once
#include "attribution/ids.hpp"
#include "earnings/api.hpp"
#include "earnings/holds.hpp"
#include "partners/ids.hpp"

namespace tandem::earnings {

struct EarningRow {
  EarningId id;
  PartnerId partner_id;
  EarningKind kind{};
  EarningState state{};
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<attribution::ReversalId> reversal_id;
  std::optional<EarningId> reverses_id;
  std::optional<attribution::LinkId> link_id;
  std::optional<partners::DealVersionId> deal_version_id;
  std::int64_t amount = 0;  // minor units; negative: taken back
  Currency currency;
  std::optional<RatePpm> rate_ppm;
  Decimal exact_base;
  std::int64_t weight = 1, weight_total = 1;
  JsonObject explanation;
  Timestamp occurred_at, hold_until, created_at;
  std::optional<PayoutId> payout_id;      // that it is in, or was paid by
  std::optional<EarningId> overrides_id;  // a sub-partner's, that this one is on top of
  std::optional<WriteOffId> write_off_id;
  std::optional<ClaimId> claim_id;  // of an adjustment
  std::optional<PartnerId>
      split_from;  // of a part of another partner's commission; for the organization alone
};
BOOST_DESCRIBE_STRUCT(EarningRow, (),
                      (id, partner_id, kind, state, conversion_id, reversal_id, reverses_id, link_id,
                       deal_version_id, amount, currency, rate_ppm, exact_base, weight, weight_total,
                       explanation, occurred_at, hold_until, created_at, payout_id, overrides_id,
                       write_off_id, claim_id, split_from))

struct EarningDetail : EarningRow {
  std::vector<EarningHold> holds;
};
BOOST_DESCRIBE_STRUCT(EarningDetail, (EarningRow), (holds))

/// Throws Problem kNotFound.
Task<EarningDetail> get_earning(db::Tx& tx, EarningId id);
void declare_earnings(http::Routes& routes);

}  // namespace tandem::earnings
