// Finding who brought a conversion or a reversal: hints to shares, a whole batch in one round trip.
#pragma once
#include <optional>
#include <vector>

#include "attribution/api.hpp"
#include "attribution/events.hpp"
#include "base/task.hpp"
#include "db/tx.hpp"

namespace tandem::attribution {

/// What a hint leads to. Nothing found: no shares and no lead.
struct Resolved {
  std::vector<EarningShare> shares;
  std::optional<LeadId> lead_id;
  std::optional<CouponId> coupon_id;
  bool found = false;  // a lead without an attribution is found and has no shares
};

/// One hint each, in order. `sources` are the facts' sources, under which lead aliases are looked up.
Task<std::vector<Resolved>> resolve(db::Tx& tx, std::vector<const AttributionHint*> hints,
                                    std::vector<std::string> sources);

}  // namespace tandem::attribution
