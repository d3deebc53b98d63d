// The explanation of a payout: what is in it, what was left out and why, who allowed it, where it goes, and
// what happens next and when.
#pragma once
#include "http/routes.hpp"

namespace tandem::payouts {

/// GET /api/explain/payout/{payout_id}
void declare_explanations(http::Routes& routes);

}  // namespace tandem::payouts
