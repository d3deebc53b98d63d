// The routes of customers; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::customers {

void declare(http::Routes& routes);

}  // namespace tandem::customers
