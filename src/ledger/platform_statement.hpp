// The platform's statement: the accounts of all organizations together in a period, for the platform's
// operators. It crosses the wall with sums alone: no organization, partner or posting can be told from it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "db/pool.hpp"
#include "http/routes.hpp"

namespace tandem::ledger {

/// One account of the chart in one commodity (a currency, QTA or CRD), all organizations together, in minor
/// units; debits positive.
struct PlatformStatementRow {
  std::string account_class;  // asset, liab, rev, contra, exp, fx, unit
  std::string account, commodity;
  std::int64_t opening = 0, debits = 0, credits = 0, closing = 0;  // closing = opening + debits − credits
};
BOOST_DESCRIBE_STRUCT(PlatformStatementRow, (),
                      (account_class, account, commodity, opening, debits, credits, closing))

/// By the time of posting, days in UTC, half-open; no bound = everything. By commodity and account. Takes a
/// connection of the service role.
Task<std::vector<PlatformStatementRow>> platform_statement(db::Pool& pool, std::optional<Day> from,
                                                           std::optional<Day> to);

/// GET /api/platform/statement, JSON or CSV.
void declare_platform_statement(http::Routes& routes);

}  // namespace tandem::ledger
