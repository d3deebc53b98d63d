#include "ledger/statement.hpp"

#include "base/money.hpp"

namespace tandem::ledger {
namespace {

using Instant = std::optional<Timestamp>;
// Each transfer is a debit here and a credit there, so every column but the accounts' own adds up to zero,
// and debits to credits, in each commodity. sql: organization: the CTE sides holds rows of one organization
const db::Query<StatementRow(Instant, Instant)> kStatement{"ledger.statement", R"sql(
  with sides as (
    select t.debit_id as id, t.posting_id, t.amount as debit, 0::bigint as credit
    from app.transfers t
    where t.organization_id = $1
    union all
    select t.credit_id as id, t.posting_id, 0::bigint as debit, t.amount as credit
    from app.transfers t
    where t.organization_id = $1)
  select a.code as account, a.currency as commodity,
    coalesce(sum(s.debit - s.credit) filter (where p.at < $2), 0)::bigint as opening,
    coalesce(sum(s.debit) filter (where $2::timestamptz is null or p.at >= $2), 0)::bigint as debits,
    coalesce(sum(s.credit) filter (where $2::timestamptz is null or p.at >= $2), 0)::bigint as credits,
    sum(s.debit - s.credit)::bigint as closing
  from sides s
  join app.accounts a on a.organization_id = $1 and a.id = s.id
  join app.postings p on p.organization_id = $1 and p.id = s.posting_id
  where $3::timestamptz is null or p.at < $3
  group by a.code, a.currency
  order by a.currency, a.code
)sql"};

struct ZoneRow {
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(ZoneRow, (), (time_zone))
const db::Query<ZoneRow()> kZone{"ledger.zone_of_statement", R"sql(
  select time_zone from app.organizations where organization_id = $1
)sql"};

struct GetStatement {
  std::optional<Day> from, to;
};
BOOST_DESCRIBE_STRUCT(GetStatement, (), (from, to))

Task<Page<StatementRow>> get_statement(db::Tx& tx, GetStatement query) {
  Page<StatementRow> out;
  out.items = co_await statement(tx, query.from, query.to);
  co_return out;
}

}  // namespace

Task<std::vector<StatementRow>> statement(db::Tx& tx, std::optional<Day> from, std::optional<Day> to) {
  const auto zone = (co_await tx.one(kZone)).time_zone;
  const auto begin_of = [&](const std::optional<Day>& day) {
    return day ? Instant(start_of_day(*day, zone)) : Instant();
  };
  co_return co_await tx.all(kStatement, begin_of(from), begin_of(to));
}

void declare_statement(http::Routes& routes) {
  routes.tag("Ledger");
  routes.get("/api/ledger/statement", get_statement)
      .says("Get the organization's statement")
      .explains(
          "Every account of the chart in each currency and unit: opening + debits - credits = closing, in minor units, "
          "debits positive; closings add up to zero. Days of the organization's zone, from inclusive, to exclusive, by "
          "the time of posting. CSV by ?format=csv.")
      .allow(http::Access::staff)
      .needs(http::Permission::earnings_read)
      .as(http::Role::read);
}

}  // namespace tandem::ledger
