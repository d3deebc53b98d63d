// The explanation of a payout: what is in it, what was left out and why, who allowed it, where it goes, and
// what happens next and when; and of an earning, once it is a matter of paying it.
#pragma once
#include "earnings/api.hpp"
#include "http/routes.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

/// GET /api/explain/payout/{payout_id}
void declare_explanations(http::Routes& routes);
/// GET /api/explain/earning/{earning_id}
void declare_earning_explanation(http::Routes& routes);

/// Tells what happens to a payout next, and when.
Task<> explain_next(db::Tx& tx, const earnings::Wording& by, const Payout& payout,
                    earnings::Explanation& out);

}  // namespace tandem::payouts
