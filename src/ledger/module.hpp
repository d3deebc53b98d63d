// The door of the ledger for app/wiring and commands.
#pragma once
#include "http/routes.hpp"
#include "ledger/platform_statement.hpp"
#include "ledger/rates.hpp"
#include "ledger/statement.hpp"

namespace tandem::ledger {

void declare(http::Routes& routes);
void register_jobs();

}  // namespace tandem::ledger
