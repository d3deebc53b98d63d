#include "analytics/performance.hpp"

#include "base/money.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"

namespace tandem::analytics {
namespace {

enum class Grouping : int { day, week, month, partner, link, country };
BOOST_DESCRIBE_ENUM(Grouping, day, week, month, partner, link, country)

/// What happened under one key. Counts stand in the row without a currency; amounts, in minor units, in one
/// row for each currency, because sums of different currencies are never added.
struct PerformanceRow {
  std::string
      key;  // the first day of the bucket, a partner's or link's id, or a country; "" where there is none
  std::string label;  // the partner's name, the link's code, or the key
  std::optional<Currency> currency;
  std::int64_t visits = 0, leads = 0, sales = 0;  // visits that counted; conversions but leads
  std::int64_t revenue = 0, taken_back = 0;       // gross of those sales; refunds, credit notes and disputes
  std::int64_t commission = 0;                    // earnings with their reversals
};
BOOST_DESCRIBE_STRUCT(PerformanceRow, (),
                      (key, label, currency, visits, leads, sales, revenue, taken_back, commission))

struct ZoneRow {
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(ZoneRow, (), (time_zone))
const db::Query<ZoneRow()> kZone{"analytics.zone_of_organization", R"sql(
  select time_zone from app.organizations where organization_id = $1
)sql"};

using Instant = std::optional<Timestamp>;

// A refund has no link or country of its own: those are its conversion's. A visit has no country.
const db::Query<PerformanceRow(Instant, Instant, TimeZone, std::string, std::optional<PartnerId>)>
    kPerformance{"analytics.performance", R"sql(
  select s.key, coalesce(max(p.name), max(l.code), s.key) as label, s.currency, sum(s.visits)::bigint as visits,
    sum(s.leads)::bigint as leads, sum(s.sales)::bigint as sales, sum(s.revenue)::bigint as revenue,
    sum(s.taken_back)::bigint as taken_back, sum(s.commission)::bigint as commission
  from (
    select case $5::text when 'partner' then f.partner_id::text when 'link' then f.link_id::text
        when 'country' then f.country else to_char(date_trunc($5::text, f.at at time zone $4::text), 'YYYY-MM-DD') end
        as key,
      f.currency, f.visits, f.leads, f.sales, f.revenue, f.taken_back, f.commission
    from (
      select v.partner_id, v.link_id, null::text as country, v.at, null::text as currency, 1 as visits, 0 as leads,
        0 as sales, 0::bigint as revenue, 0::bigint as taken_back, 0::bigint as commission
      from app.visits v
      where v.organization_id = $1 and v.status = 'counted' and ($2::timestamptz is null or v.at >= $2)
        and ($3::timestamptz is null or v.at < $3) and ($6::uuid is null or v.partner_id = $6)
      union all
      select d.partner_id, d.link_id, null, d.occurred_at, null, 0, 1, 0, 0, 0, 0
      from app.leads d
      where d.organization_id = $1 and ($2::timestamptz is null or d.occurred_at >= $2)
        and ($3::timestamptz is null or d.occurred_at < $3) and ($6::uuid is null or d.partner_id = $6)
      union all
      select c.partner_id, c.link_id, c.country, c.occurred_at, m.currency, 0, 0, m.sales, m.revenue, 0, 0
      from app.conversions c
      cross join lateral (values (null, 1, 0), (c.currency, 0, c.amount)) as m(currency, sales, revenue)
      where c.organization_id = $1 and c.kind <> 'lead' and ($2::timestamptz is null or c.occurred_at >= $2)
        and ($3::timestamptz is null or c.occurred_at < $3) and ($6::uuid is null or c.partner_id = $6)
      union all
      select r.partner_id, c.link_id, c.country, r.occurred_at, r.currency, 0, 0, 0, 0, r.amount, 0
      from app.reversals r
      left join app.conversions c on c.organization_id = $1 and c.organization_id = r.organization_id
        and c.id = r.conversion_id
      where r.organization_id = $1 and ($2::timestamptz is null or r.occurred_at >= $2)
        and ($3::timestamptz is null or r.occurred_at < $3) and ($6::uuid is null or r.partner_id = $6)
      union all
      select e.partner_id, e.link_id, c.country, e.occurred_at, e.currency, 0, 0, 0, 0, 0, e.amount
      from app.earnings e
      left join app.conversions c on c.organization_id = $1 and c.organization_id = e.organization_id
        and c.id = e.conversion_id and $5::text = 'country'
      where e.organization_id = $1 and ($2::timestamptz is null or e.occurred_at >= $2)
        and ($3::timestamptz is null or e.occurred_at < $3) and ($6::uuid is null or e.partner_id = $6)
    ) f
  ) k
  cross join lateral (select coalesce(k.key, '') as key, k.currency, k.visits, k.leads, k.sales, k.revenue,
    k.taken_back, k.commission) s
  left join app.partners p on p.organization_id = $1 and $5::text = 'partner' and p.id::text = s.key
  left join app.links l on l.organization_id = $1 and $5::text = 'link' and l.id::text = s.key
  group by s.key, s.currency
  order by s.key, s.currency nulls first
)sql"};

struct GetPerformance {
  Grouping group_by = Grouping::day;
  std::optional<Day> from, to;  // of the organization's zone, half-open
  std::optional<PartnerId> partner_id;
};
BOOST_DESCRIBE_STRUCT(GetPerformance, (), (group_by, from, to, partner_id))

/// Throws kInvalid unless `to` is after `from`, by at most 400 days: so that a day's line has at most 400
/// points.
Task<Page<PerformanceRow>> get_performance(db::Tx& tx, GetPerformance query) {
  if (query.from && query.to) {
    constexpr std::chrono::days kLongest{400};
    if (!(*query.from < *query.to) || query.to->days() - query.from->days() > kLongest)
      throw invalid_field("?to", "out_of_range", "to must be after from, by at most 400 days");
  }
  const auto zone = (co_await tx.one(kZone)).time_zone;
  Instant from, to;
  if (query.from) from = start_of_day(*query.from, zone);
  if (query.to) to = start_of_day(*query.to, zone);
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  Page<PerformanceRow> page;
  page.items =
      co_await tx.all(kPerformance, from, to, zone, std::string(json::enum_name(query.group_by)), partner_id);
  co_return page;
}

}  // namespace

void declare_performance(http::Routes& routes) {
  routes.tag("Analytics");
  routes.get("/api/analytics/performance", get_performance)
      .says("Report visits, leads, sales and commissions")
      .explains(
          "By day, week, month, partner, link or country; CSV by ?format=csv. Counts stand in the row without a "
          "currency, amounts in one row for each currency. Days are those of the organization's zone, from inclusive, to "
          "exclusive; a week begins on Monday. A partner sees its own.")
      .allow(http::Access::partner)
      .needs(http::Permission::earnings_read)
      .reports()
      .as(http::Role::read);
}

}  // namespace tandem::analytics
