// The self-billing statement of a payout: what the organization makes out in the partner's name for what it
// pays, numbered one after the other in a year from the moment the payout is sent.
#pragma once
#include "http/routes.hpp"

namespace tandem::payouts {

/// GET /api/payouts/{payout_id}/statement.pdf
void declare_statement_pdf(http::Routes& routes);

}  // namespace tandem::payouts
