// The organization's statement: every account of the chart in a period, opening + debits − credits = closing
// in each currency and unit.
#pragma once
#include "http/routes.hpp"

namespace tandem::ledger {

/// GET /api/ledger/statement, JSON or CSV.
void declare_statement(http::Routes& routes);

}  // namespace tandem::ledger
