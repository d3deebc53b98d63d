#include "ledger/platform_statement.hpp"

#include "http/problems.hpp"
#include "identity/ids.hpp"

namespace tandem::ledger {
namespace {

using Instant = std::optional<Timestamp>;
// As the organization's statement, without its filter: the one who asks gets no column that names an
// organization.
const db::ServiceQuery<PlatformStatementRow(Instant, Instant)> kPlatformStatement{"ledger.platform_statement",
                                                                                  R"sql(
  select split_part(s.account, '.', 1) as account_class, s.account, s.commodity,
    coalesce(sum(s.debit - s.credit) filter (where s.at < $1), 0)::bigint as opening,
    coalesce(sum(s.debit) filter (where $1::timestamptz is null or s.at >= $1), 0)::bigint as debits,
    coalesce(sum(s.credit) filter (where $1::timestamptz is null or s.at >= $1), 0)::bigint as credits,
    sum(s.debit - s.credit)::bigint as closing
  from (
    select a.code as account, a.currency as commodity, p.at, t.amount as debit, 0::bigint as credit
    from app.transfers t
    join app.accounts a on a.organization_id = t.organization_id and a.id = t.debit_id
    join app.postings p on p.organization_id = t.organization_id and p.id = t.posting_id
    where $2::timestamptz is null or p.at < $2
    union all
    select a.code as account, a.currency as commodity, p.at, 0::bigint as debit, t.amount as credit
    from app.transfers t
    join app.accounts a on a.organization_id = t.organization_id and a.id = t.credit_id
    join app.postings p on p.organization_id = t.organization_id and p.id = t.posting_id
    where $2::timestamptz is null or p.at < $2) s
  group by s.account, s.commodity
  order by s.commodity, s.account
)sql"};

struct GetPlatformStatement {
  std::optional<Day> from, to;
};
BOOST_DESCRIBE_STRUCT(GetPlatformStatement, (), (from, to))

Task<Page<PlatformStatementRow>> get_platform_statement(http::Context context, GetPlatformStatement query) {
  if (context.principal.scope.organization_id != identity::kPlatform) throw Problem(kForbidden);
  Page<PlatformStatementRow> out;
  out.items = co_await platform_statement(context.pool, query.from, query.to);
  co_return out;
}

}  // namespace

Task<std::vector<PlatformStatementRow>> platform_statement(db::Pool& pool, std::optional<Day> from,
                                                           std::optional<Day> to) {
  const auto begin_of = [](const std::optional<Day>& day) {
    return day ? Instant(start_of_day(*day, TimeZone::parse("UTC").value())) : Instant();
  };
  auto lease = co_await pool.acquire(db::Role::service);
  co_return co_await db::service_all(*lease, kPlatformStatement, begin_of(from), begin_of(to));
}

void declare_platform_statement(http::Routes& routes) {
  routes.tag("platform");
  routes.get("/api/platform/statement", get_platform_statement)
      .says("Get the platform's statement")
      .explains(
          "For the platform's own members alone. Every account of the chart in each currency and unit, over all "
          "organizations: opening + debits - credits = closing, in minor units, debits positive; closings add up to zero. "
          "Days in UTC, from inclusive, to exclusive, by the time of posting. CSV by ?format=csv.")
      .allow(http::Access::staff)
      .needs(http::Permission::audit_read)
      .reports();
}

}  // namespace tandem::ledger
