#include "earnings/statement.hpp"

#include <map>

#include "ledger/api.hpp"

namespace tandem::earnings {
namespace {

using http::Access;
using http::Permission;
using http::Role;

struct LineRow {
  std::string account;
  bool of_partner;
  Currency currency;
  std::int64_t opening, movement;
};
BOOST_DESCRIBE_STRUCT(LineRow, (), (account, of_partner, currency, opening, movement))
// Every leg of the partner's accounts, and of each the other side where that is the organization's.
// sql: organization: the CTEs own, legs and sides hold rows of one organization
const db::Query<LineRow(PartnerId, std::optional<Timestamp>, std::optional<Timestamp>)> kLines{
    "earnings.statement_lines", R"sql(
  with own as (
    select id, code, currency
    from app.accounts
    where organization_id = $1 and partner_id = $2),
  legs as (
    select o.code, o.currency, t.posting_id, t.amount as value, t.credit_id as other_id
    from own o
    join app.transfers t on t.organization_id = $1 and t.debit_id = o.id
    union all
    select o.code, o.currency, t.posting_id, -t.amount as value, t.debit_id as other_id
    from own o
    join app.transfers t on t.organization_id = $1 and t.credit_id = o.id),
  sides as (
    select l.code, true as of_partner, l.currency, l.posting_id, l.value
    from legs l
    union all
    select a.code, false as of_partner, l.currency, l.posting_id, -l.value
    from legs l
    join app.accounts a on a.organization_id = $1 and a.id = l.other_id
    where a.partner_id is null)
  select s.code as account, s.of_partner, s.currency,
    coalesce(sum(s.value) filter (where p.at < $3), 0)::bigint as opening,
    coalesce(sum(s.value) filter (where ($3::timestamptz is null or p.at >= $3)
      and ($4::timestamptz is null or p.at < $4)), 0)::bigint as movement
  from sides s
  join app.postings p on p.organization_id = $1 and p.id = s.posting_id
  group by s.code, s.of_partner, s.currency
  order by s.currency, s.of_partner desc, s.code
)sql"};

struct SeenRow {
  PartnerId id;
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(SeenRow, (), (id, time_zone))
const db::Query<SeenRow(PartnerId)> kPartner{"earnings.partner_of_statement", R"sql(
  select p.id, o.time_zone
  from app.partners p
  join app.organizations o on o.organization_id = p.organization_id
  where p.organization_id = $1 and p.id = $2
)sql"};

/// What stands on the partner's side of the platform's debts is negative (credits): owed = −(held + payable −
/// owed back).
bool counts_as_owed(std::string_view account) {
  return account == "liab.commission_held" || account == "liab.commission_payable" ||
         account == "liab.payout_in_transit" || account == "asset.clawback_receivable";
}

struct GetStatement {
  std::optional<Day> from, to;
};
BOOST_DESCRIBE_STRUCT(GetStatement, (), (from, to))

Task<Statement> get_statement(db::Tx& tx, PartnerId partner_id, GetStatement query) {
  co_return co_await statement(tx, partner_id, query.from, query.to);
}

/// The lines alone, a row each.
Task<http::Response> get_statement_csv(db::Tx& tx, PartnerId partner_id, GetStatement query) {
  const Statement found = co_await statement(tx, partner_id, query.from, query.to);
  http::Response out;
  out.status = 0;
  out.content_type = "text/csv; charset=utf-8";
  out.headers = {
      {"Content-Disposition", fmt::format("attachment; filename=\"statement-{}.csv\"", partner_id.str())}};
  json::csv_header(json::codec<StatementLine>(), out.body);
  for (const auto& line : found.lines) json::csv_row(json::codec<StatementLine>(), &line, out.body);
  co_return out;
}

struct BalanceList {
  std::vector<ledger::Balance> items;
};
BOOST_DESCRIBE_STRUCT(BalanceList, (), (items))
Task<BalanceList> get_balances(db::Tx& tx, PartnerId partner_id) {
  if (!co_await tx.maybe(kPartner, partner_id)) throw Problem(kNotFound);
  co_return BalanceList{co_await ledger::balances(tx, partner_id)};
}

}  // namespace

Task<Statement> statement(db::Tx& tx, PartnerId partner_id, std::optional<Day> from, std::optional<Day> to) {
  const auto partner = co_await tx.maybe(kPartner, partner_id);
  if (!partner) throw Problem(kNotFound);
  const auto instant = [&](const std::optional<Day>& day) {
    return day ? std::optional(start_of_day(*day, partner->time_zone)) : std::nullopt;
  };
  Statement out{.partner_id = partner_id, .from = from, .to = to, .lines = {}, .totals = {}};
  std::map<Currency, StatementTotal> totals;
  for (const auto& row : co_await tx.all(kLines, partner_id, instant(from), instant(to))) {
    out.lines.push_back(
        {row.account, row.of_partner, row.currency, row.opening, row.movement, row.opening + row.movement});
    StatementTotal& total = totals[row.currency];
    total.currency = row.currency;
    total.sum += row.opening + row.movement;
    if (row.of_partner && counts_as_owed(row.account)) {
      total.owed_before -= row.opening;
      total.owed_after -= row.opening + row.movement;
    }
  }
  for (const auto& [currency, total] : totals) out.totals.push_back(total);
  co_return out;
}

void declare_statements(http::Routes& routes) {
  routes.tag("Ledger");
  routes.get("/api/partners/{partner_id}/statement", get_statement)
      .says("Get a partner's statement")
      .explains(
          "Opening, movement and closing of every account that the partner's postings touch; debits are positive, "
          "credits negative, and each currency sums to zero.")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read);
  routes.get("/api/partners/{partner_id}/statement.csv", get_statement_csv)
      .says("Get a partner's statement as CSV")
      .explains("The lines of the statement, amounts in minor units.")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read)
      .answers_type("text/csv")
      .reports();
  routes.get("/api/partners/{partner_id}/balances", get_balances)
      .says("Get a partner's balances")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read);
}

}  // namespace tandem::earnings
