#include "earnings/rollups.hpp"

#include "earnings/ids.hpp"

namespace tandem::earnings {
namespace {

using db::Role;
using MarkId = Id<struct EarningMarkTag>;

// One mark a partner and day of the batch; never shared with another transaction's, which may be taken away
// before this one commits.
const db::Query<db::Nothing(std::vector<MarkId>, std::vector<PartnerId>, std::vector<Timestamp>)> kMark{
    "earnings.mark_days", R"sql(
  insert into app.earning_marks (organization_id, id, partner_id, day)
  select distinct on (u.partner_id, (u.occurred_at at time zone o.time_zone)::date) o.organization_id, u.id,
    u.partner_id, (u.occurred_at at time zone o.time_zone)::date
  from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) as u(id, partner_id, occurred_at)
  join app.organizations o on o.organization_id = $1
  order by u.partner_id, (u.occurred_at at time zone o.time_zone)::date, u.id
  on conflict do nothing
)sql"};

struct ZonesRow {
  TimeZone time_zone;
  std::optional<TimeZone> rolled_up;
};
BOOST_DESCRIBE_STRUCT(ZonesRow, (), (time_zone, rolled_up))
const db::Query<ZonesRow()> kZones{"earnings.zones_of_rollups", R"sql(
  select o.time_zone, s.time_zone as rolled_up
  from app.organizations o
  left join app.rollup_states s on s.organization_id = $1 and s.organization_id = o.organization_id
  where o.organization_id = $1
)sql"};

// One after the other: a slower one would put back what a faster one has summed up since.
const db::Query<db::Nothing()> kLock{"earnings.lock_rollups", R"sql(
  select pg_advisory_xact_lock(hashtextextended('rollups:' || $1::uuid::text, 0))
)sql"};

struct CountRow {
  std::int64_t n;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (n))
// One statement, one snapshot: whatever earning it does not see has a mark that it does not take away.
// sql: organization: the CTEs gone, days and fresh hold rows of one organization
const db::Query<CountRow(std::int64_t)> kFold{"earnings.fold_rollups", R"sql(
  with gone as (
    delete from app.earning_marks m
    where m.organization_id = $1 and m.id = any (array(
      select k.id from app.earning_marks k where k.organization_id = $1 order by k.id limit $2))
    returning m.partner_id, m.day),
  days as (
    select distinct g.partner_id, g.day,
      g.day::timestamp at time zone o.time_zone as begins, (g.day + 1)::timestamp at time zone o.time_zone as ends
    from gone g
    join app.organizations o on o.organization_id = $1),
  fresh as (
    insert into app.earning_rollups (organization_id, partner_id, day, currency, link_id, earned, taken_back, earnings)
    select e.organization_id, e.partner_id, d.day, e.currency,
      coalesce(e.link_id, '00000000-0000-0000-0000-000000000000'::uuid),
      coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint,
      coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint, count(*)
    from days d
    join app.earnings e on e.organization_id = $1 and e.partner_id = d.partner_id and e.occurred_at >= d.begins
      and e.occurred_at < d.ends
    group by e.organization_id, e.partner_id, d.day, e.currency, e.link_id
    on conflict (organization_id, partner_id, day, currency, link_id) do update
      set earned = excluded.earned, taken_back = excluded.taken_back, earnings = excluded.earnings
    returning 1)
  select count(*) as n from gone
)sql"};

const db::Query<db::Nothing()> kForgetMarks{"earnings.forget_marks", R"sql(
  delete from app.earning_marks where organization_id = $1
)sql"};
const db::Query<db::Nothing()> kForgetRollups{"earnings.forget_rollups", R"sql(
  delete from app.earning_rollups where organization_id = $1
)sql"};
struct SpanRow {
  std::optional<Timestamp> first, last;
};
BOOST_DESCRIBE_STRUCT(SpanRow, (), (first, last))
const db::Query<SpanRow()> kSpan{"earnings.span_of_earnings", R"sql(
  select min(occurred_at) as first, max(occurred_at) as last from app.earnings where organization_id = $1
)sql"};
const db::Query<db::Nothing(Timestamp, Timestamp)> kSum{"earnings.sum_rollups", R"sql(
  insert into app.earning_rollups (organization_id, partner_id, day, currency, link_id, earned, taken_back, earnings)
  select e.organization_id, e.partner_id, (e.occurred_at at time zone o.time_zone)::date, e.currency,
    coalesce(e.link_id, '00000000-0000-0000-0000-000000000000'::uuid),
    coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint, count(*)
  from app.earnings e
  join app.organizations o on o.organization_id = e.organization_id
  where e.organization_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
  group by e.organization_id, e.partner_id, (e.occurred_at at time zone o.time_zone)::date, e.currency, e.link_id
  on conflict do nothing
)sql"};
const db::Query<db::Nothing(TimeZone, Timestamp)> kSetState{"earnings.set_rollup_state", R"sql(
  insert into app.rollup_states (organization_id, time_zone, rebuilt_at)
  values ($1, $2, $3)
  on conflict (organization_id) do update set time_zone = excluded.time_zone, rebuilt_at = excluded.rebuilt_at
)sql"};

struct OrganizationRow {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (), (organization_id))
const db::ServiceQuery<OrganizationRow()> kWaiting{"earnings.organizations_to_fold", R"sql(
  select o.organization_id
  from app.organizations o
  left join app.rollup_states s on s.organization_id = o.organization_id
  where s.time_zone is distinct from o.time_zone
    or exists (select 1 from app.earning_marks m where m.organization_id = o.organization_id)
)sql"};

Task<std::vector<OrganizationRow>> waiting(db::Pool& pool) {
  auto lease = co_await pool.acquire(Role::service);
  co_return co_await db::service_all(*lease, kWaiting);
}

Task<> rebuild(db::Tx& tx, const TimeZone& zone) {
  // Marks go first: what is stored meanwhile leaves one that stays.
  co_await tx.exec(kForgetMarks);
  co_await tx.exec(kForgetRollups);
  const auto span = co_await tx.one(kSpan);
  // A quarter at a time, so that no statement is long; whole days of the zone.
  constexpr std::chrono::days kStep{91};
  if (span.first) {
    for (Day day = day_in_zone(*span.first, zone); start_of_day(day, zone) <= *span.last;
         day = Day(day.days() + kStep))
      co_await tx.exec(kSum, start_of_day(day, zone), start_of_day(Day(day.days() + kStep), zone));
  }
  co_await tx.exec(kSetState, zone, tx.now());
}

}  // namespace

void mark_days(db::Tx& tx, const std::vector<PartnerId>& partner_ids,
               const std::vector<Timestamp>& occurred_at) {
  std::vector<MarkId> ids;
  ids.reserve(partner_ids.size());
  for (std::size_t i = 0; i < partner_ids.size(); ++i) ids.push_back(tx.new_id<MarkId>());
  tx.later(kMark, ids, partner_ids, occurred_at);
}

Task<std::int64_t> fold_rollups(db::Tx& tx) {
  constexpr std::int64_t kMarksMax = 2'000;
  co_await tx.exec(kLock);
  const auto zones = co_await tx.one(kZones);
  if (zones.rolled_up == zones.time_zone) co_return (co_await tx.one(kFold, kMarksMax)).n;
  co_await rebuild(tx, zones.time_zone);
  co_return 0;
}

Task<> rebuild_rollups(db::Tx& tx) {
  co_await tx.exec(kLock);
  co_await rebuild(tx, (co_await tx.one(kZones)).time_zone);
}

Task<> fold_all_rollups(db::Pool& pool) {
  for (const auto& row : co_await waiting(pool)) {
    const db::Scope scope{row.organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
    std::int64_t folded = 0;
    do folded = co_await db::run_tx(pool, scope, Role::write, fold_rollups);
    while (folded > 0);
  }
}

}  // namespace tandem::earnings
