#include "analytics/earnings_report.hpp"

#include <array>

namespace tandem::analytics {
namespace {

using http::Access;
using http::Permission;
using http::Role;

constexpr PartnerId kLastPartner{Uuid{std::array<std::uint8_t, 16>{
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}};
using EndOfRange = std::optional<Day>;

// Days that are rolled up and have no mark; marked days from their earnings; all from the earnings where
// nothing is rolled up in the organization's zone. One statement: what a mark hides and what it stands for
// are one snapshot. The partners are a range of ids, so that one partner is found by the index and all are
// too.
//
// sql: organization: the CTEs hold rows of one organization
const db::Query<EarningsReportRow(EndOfRange, EndOfRange, PartnerId, PartnerId, std::string)> kReport{
    "analytics.earnings_report", R"sql(
  with state as (
    select o.time_zone, s.time_zone is not distinct from o.time_zone as is_rolled_up
    from app.organizations o
    left join app.rollup_states s on s.organization_id = $1 and s.organization_id = o.organization_id
    where o.organization_id = $1),
  marked as (
    select distinct m.partner_id, m.day
    from app.earning_marks m
    where m.organization_id = $1 and m.partner_id >= $4 and m.partner_id <= $5
      and ($2::date is null or m.day >= $2) and ($3::date is null or m.day < $3)),
  days as (
    select r.partner_id, r.link_id, r.day, r.currency, r.earned, r.taken_back, r.earnings
    from app.earning_rollups r
    where r.organization_id = $1 and r.partner_id >= $4 and r.partner_id <= $5
      and ($2::date is null or r.day >= $2) and ($3::date is null or r.day < $3)
      and (select t.is_rolled_up from state t)
      and not exists (select 1 from marked m where m.partner_id = r.partner_id and m.day = r.day)
    union all
    select e.partner_id, e.link_id, m.day, e.currency, greatest(e.amount, 0), least(e.amount, 0), 1
    from state t
    join marked m on t.is_rolled_up
    join app.earnings e on e.organization_id = $1 and e.partner_id = m.partner_id
      and e.occurred_at >= m.day::timestamp at time zone t.time_zone
      and e.occurred_at < (m.day + 1)::timestamp at time zone t.time_zone
    union all
    select e.partner_id, e.link_id, (e.occurred_at at time zone t.time_zone)::date, e.currency,
      greatest(e.amount, 0), least(e.amount, 0), 1
    from state t
    join app.earnings e on e.organization_id = $1 and not t.is_rolled_up and e.partner_id >= $4 and e.partner_id <= $5
      and ($2::date is null or e.occurred_at >= $2::date::timestamp at time zone t.time_zone)
      and ($3::date is null or e.occurred_at < $3::date::timestamp at time zone t.time_zone)),
  sums as (
    select case $6::text when 'partner' then d.partner_id::text when 'link'
        then coalesce(nullif(d.link_id, '00000000-0000-0000-0000-000000000000'::uuid)::text, '')
        when 'month' then to_char(d.day, 'YYYY-MM') else d.currency end as key,
      d.currency, sum(d.earned)::bigint as earned, sum(d.taken_back)::bigint as taken_back,
      sum(d.earnings)::bigint as earnings
    from days d
    group by 1, d.currency)
  select s.key, case $6::text when 'link' then coalesce(l.code, '') else coalesce(p.name, s.key) end as label,
    s.currency, s.earned, s.taken_back, s.earned + s.taken_back as net, s.earnings
  from sums s
  left join app.partners p on p.organization_id = $1 and $6::text = 'partner'
    and p.id = (case when $6::text = 'partner' then s.key end)::uuid
  left join app.links l on l.organization_id = $1 and $6::text = 'link'
    and l.id = (case when $6::text = 'link' then nullif(s.key, '') end)::uuid
  order by case when $6::text in ('partner', 'link') then -s.earned end, label, s.currency
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
  const PartnerId first = partner_id.value_or(PartnerId{}), last = partner_id.value_or(kLastPartner);
  co_return co_await tx.all(kReport, from, to, first, last, std::string(json::enum_name(group_by)));
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
      .reports()
      .as(Role::read);
}

}  // namespace tandem::analytics
