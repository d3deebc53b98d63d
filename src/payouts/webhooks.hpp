// Signed messages of payout providers.
#pragma once
#include "http/routes.hpp"

namespace tandem::payouts {

void declare_webhooks(http::Routes& routes);

}  // namespace tandem::payouts
