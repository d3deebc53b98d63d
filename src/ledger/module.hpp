// The door of the ledger for app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::ledger {

void declare(http::Routes& routes);

}  // namespace tandem::ledger
