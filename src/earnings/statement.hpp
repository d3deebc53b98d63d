// A partner's statement: what stood on its accounts before a period, what moved, what stands after it, and
// the other side of every movement, so that each currency adds up to zero.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/routes.hpp"

namespace tandem::earnings {

/// One account's part, in minor units, debits positive and credits negative: opening + movement = closing.
struct StatementLine {
  std::string account;      // "liab.commission_held"
  bool of_partner = false;  // false: the organization's side
  Currency currency;
  std::int64_t opening = 0, movement = 0, closing = 0;
};
BOOST_DESCRIBE_STRUCT(StatementLine, (), (account, of_partner, currency, opening, movement, closing))
/// Of one currency: what the organization owes the partner (held and payable, less what the partner owes
/// back) at both ends, and the sum over all lines, which is zero.
struct StatementTotal {
  Currency currency;
  std::int64_t owed_before = 0, owed_after = 0, sum = 0;
};
BOOST_DESCRIBE_STRUCT(StatementTotal, (), (currency, owed_before, owed_after, sum))
struct Statement {
  PartnerId partner_id;
  std::optional<Day> from, to;
  std::vector<StatementLine> lines;
  std::vector<StatementTotal> totals;
};
BOOST_DESCRIBE_STRUCT(Statement, (), (partner_id, from, to, lines, totals))

/// By the time of posting, days of the organization's zone, half-open; no bound = everything. Throws
/// kNotFound when the caller cannot see the partner.
Task<Statement> statement(db::Tx& tx, PartnerId partner_id, std::optional<Day> from, std::optional<Day> to);

void declare_statements(http::Routes& routes);

}  // namespace tandem::earnings
