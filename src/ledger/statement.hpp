// The organization's statement: every account of the chart in a period, opening + debits − credits = closing
// in each currency and unit.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/routes.hpp"

namespace tandem::ledger {

/// One account of the chart in one commodity (a currency, QTA or CRD), all partners together, in minor units;
/// debits positive.
struct StatementRow {
  std::string account, commodity;
  std::int64_t opening = 0, debits = 0, credits = 0, closing = 0;  // closing = opening + debits − credits
};
BOOST_DESCRIBE_STRUCT(StatementRow, (), (account, commodity, opening, debits, credits, closing))

/// By the time of posting, days of the organization's zone, half-open; no bound = everything. By commodity
/// and account; every column but debits and credits adds up to zero in each commodity, and those are equal.
Task<std::vector<StatementRow>> statement(db::Tx& tx, std::optional<Day> from, std::optional<Day> to);

/// GET /api/ledger/statement, JSON or CSV.
void declare_statement(http::Routes& routes);

}  // namespace tandem::ledger
