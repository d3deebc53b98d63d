#include "analytics/earnings_report.hpp"

namespace tandem::analytics {
namespace {

using http::Access;
using http::Permission;
using http::Role;

struct ZoneRow {
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(ZoneRow, (), (time_zone))
const db::Query<ZoneRow()> kZone{"analytics.organization_zone", R"sql(
  select time_zone from app.organizations where organization_id = $1
)sql"};

using Instant = std::optional<Timestamp>;

const db::Query<EarningsReportRow(Instant, Instant)> kByPartner{"analytics.earnings_by_partner", R"sql(
  select s.partner_id::text as key, p.name as label, s.currency, s.earned, s.taken_back,
    s.earned + s.taken_back as net, s.earnings
  from (
    select e.partner_id, e.currency,
      coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
      coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
      count(*) as earnings
    from app.earnings e
    where e.organization_id = $1 and ($2::timestamptz is null or e.occurred_at >= $2)
      and ($3::timestamptz is null or e.occurred_at < $3)
    group by e.partner_id, e.currency) s
  join app.partners p on p.organization_id = $1 and p.id = s.partner_id
  order by s.earned desc, p.name, s.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant)> kByCurrency{"analytics.earnings_by_currency", R"sql(
  select e.currency as key, e.currency as label, e.currency,
    coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
    sum(e.amount)::bigint as net, count(*) as earnings
  from app.earnings e
  where e.organization_id = $1 and ($2::timestamptz is null or e.occurred_at >= $2)
    and ($3::timestamptz is null or e.occurred_at < $3)
  group by e.currency
  order by e.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant, TimeZone)> kByMonth{"analytics.earnings_by_month", R"sql(
  select to_char(date_trunc('month', e.occurred_at at time zone $4), 'YYYY-MM') as key,
    to_char(date_trunc('month', e.occurred_at at time zone $4), 'YYYY-MM') as label, e.currency,
    coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
    sum(e.amount)::bigint as net, count(*) as earnings
  from app.earnings e
  where e.organization_id = $1 and ($2::timestamptz is null or e.occurred_at >= $2)
    and ($3::timestamptz is null or e.occurred_at < $3)
  group by date_trunc('month', e.occurred_at at time zone $4), e.currency
  order by date_trunc('month', e.occurred_at at time zone $4), e.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant)> kByLink{"analytics.earnings_by_link", R"sql(
  select coalesce(s.link_id::text, '') as key, coalesce(l.code, '') as label, s.currency, s.earned, s.taken_back,
    s.earned + s.taken_back as net, s.earnings
  from (
    select e.link_id, e.currency,
      coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
      coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
      count(*) as earnings
    from app.earnings e
    where e.organization_id = $1 and ($2::timestamptz is null or e.occurred_at >= $2)
      and ($3::timestamptz is null or e.occurred_at < $3)
    group by e.link_id, e.currency) s
  left join app.links l on l.organization_id = $1 and l.id = s.link_id
  order by s.earned desc, label, s.currency
)sql"};

// Of one partner: the query leads with it, so that the covering index is read alone.
const db::Query<EarningsReportRow(Instant, Instant, PartnerId)> kPartnerByPartner{
    "analytics.earnings_of_partner", R"sql(
  select s.partner_id::text as key, p.name as label, s.currency, s.earned, s.taken_back,
    s.earned + s.taken_back as net, s.earnings
  from (
    select e.partner_id, e.currency,
      coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
      coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
      count(*) as earnings
    from app.earnings e
    where e.organization_id = $1 and e.partner_id = $4 and ($2::timestamptz is null or e.occurred_at >= $2)
      and ($3::timestamptz is null or e.occurred_at < $3)
    group by e.partner_id, e.currency) s
  join app.partners p on p.organization_id = $1 and p.id = s.partner_id
  order by s.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant, PartnerId)> kPartnerByCurrency{
    "analytics.earnings_of_partner_by_currency", R"sql(
  select e.currency as key, e.currency as label, e.currency,
    coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
    sum(e.amount)::bigint as net, count(*) as earnings
  from app.earnings e
  where e.organization_id = $1 and e.partner_id = $4 and ($2::timestamptz is null or e.occurred_at >= $2)
    and ($3::timestamptz is null or e.occurred_at < $3)
  group by e.currency
  order by e.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant, PartnerId, TimeZone)> kPartnerByMonth{
    "analytics.earnings_of_partner_by_month", R"sql(
  select to_char(date_trunc('month', e.occurred_at at time zone $5), 'YYYY-MM') as key,
    to_char(date_trunc('month', e.occurred_at at time zone $5), 'YYYY-MM') as label, e.currency,
    coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
    sum(e.amount)::bigint as net, count(*) as earnings
  from app.earnings e
  where e.organization_id = $1 and e.partner_id = $4 and ($2::timestamptz is null or e.occurred_at >= $2)
    and ($3::timestamptz is null or e.occurred_at < $3)
  group by date_trunc('month', e.occurred_at at time zone $5), e.currency
  order by date_trunc('month', e.occurred_at at time zone $5), e.currency
)sql"};
const db::Query<EarningsReportRow(Instant, Instant, PartnerId)> kPartnerByLink{
    "analytics.earnings_of_partner_by_link", R"sql(
  select coalesce(s.link_id::text, '') as key, coalesce(l.code, '') as label, s.currency, s.earned, s.taken_back,
    s.earned + s.taken_back as net, s.earnings
  from (
    select e.link_id, e.currency,
      coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
      coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back,
      count(*) as earnings
    from app.earnings e
    where e.organization_id = $1 and e.partner_id = $4 and ($2::timestamptz is null or e.occurred_at >= $2)
      and ($3::timestamptz is null or e.occurred_at < $3)
    group by e.link_id, e.currency) s
  left join app.links l on l.organization_id = $1 and l.id = s.link_id
  order by s.earned desc, label, s.currency
)sql"};

struct GetEarningsReport {
  GroupBy group_by = GroupBy::partner;
  std::optional<Day> from, to;
  std::optional<PartnerId> partner_id;
};
BOOST_DESCRIBE_STRUCT(GetEarningsReport, (), (group_by, from, to, partner_id))

Task<Page<EarningsReportRow>> get_earnings_report(db::Tx& tx, GetEarningsReport query) {
  Page<EarningsReportRow> page;
  page.items = co_await earnings_report(tx, query.group_by, query.from, query.to, query.partner_id);
  co_return page;
}

}  // namespace

Task<std::vector<EarningsReportRow>> earnings_report(db::Tx& tx, GroupBy group_by, std::optional<Day> from,
                                                     std::optional<Day> to,
                                                     std::optional<PartnerId> partner_id) {
  if (tx.scope().partner_id) partner_id = tx.scope().partner_id;
  TimeZone zone;
  Instant begin, end;
  if (from || to || group_by == GroupBy::month) {
    zone = (co_await tx.one(kZone)).time_zone;
    if (from) begin = start_of_day(*from, zone);
    if (to) end = start_of_day(*to, zone);
  }
  switch (group_by) {
    case GroupBy::partner:
      if (partner_id) co_return co_await tx.all(kPartnerByPartner, begin, end, *partner_id);
      co_return co_await tx.all(kByPartner, begin, end);
    case GroupBy::month:
      if (partner_id) co_return co_await tx.all(kPartnerByMonth, begin, end, *partner_id, zone);
      co_return co_await tx.all(kByMonth, begin, end, zone);
    case GroupBy::link:
      if (partner_id) co_return co_await tx.all(kPartnerByLink, begin, end, *partner_id);
      co_return co_await tx.all(kByLink, begin, end);
    case GroupBy::currency:
      if (partner_id) co_return co_await tx.all(kPartnerByCurrency, begin, end, *partner_id);
      co_return co_await tx.all(kByCurrency, begin, end);
  }
  TANDEM_ASSERT(false, "unknown grouping {}", static_cast<int>(group_by));
}

void declare_earnings_report(http::Routes& routes) {
  routes.tag("Analytics");
  routes.get("/api/analytics/earnings", get_earnings_report)
      .says("Report earnings")
      .explains(
          "Earned, taken back and net by partner, month, link or currency; CSV by ?format=csv. Days are those of "
          "the organization's zone, from inclusive, to exclusive.")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read);
}

}  // namespace tandem::analytics
