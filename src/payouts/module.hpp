// The routes and jobs of payouts; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::payouts {

void declare(http::Routes& routes);

}  // namespace tandem::payouts
