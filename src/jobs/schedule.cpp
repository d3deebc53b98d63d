#include "jobs/schedule.hpp"

#include <algorithm>
#include <chrono>

#include "base/time.hpp"
#include "jobs/job.hpp"

namespace tandem::jobs {

namespace {

constexpr std::size_t kMadeUpMost = 31;  // a month of days

struct Due {
  OrganizationId organization_id;
  std::string current;
  std::optional<std::string> latest;
};
BOOST_DESCRIBE_STRUCT(Due, (), (organization_id, current, latest))

// By the database's clock. `$2` is how a period of the schedule is written.
const db::ServiceQuery<Due(std::string, std::string, std::vector<OrganizationId>, std::vector<std::string>)>
    kDue{"jobs.due_periods", R"sql(
    select o.organization_id, o.period as current, max(p.period) as latest
    from (
      select u.organization_id,
        to_char(now() at time zone case when $2 like '%HH24' then 'UTC' else u.time_zone end, $2) as period
      from unnest($3::uuid[], $4::text[]) u(organization_id, time_zone)) o
    left join app.schedule_periods p on p.organization_id = o.organization_id and p.schedule = $1
    group by o.organization_id, o.period
    having max(p.period) is null or max(p.period) < o.period)sql"};

struct Begun {
  std::string period;
};
BOOST_DESCRIBE_STRUCT(Begun, (), (period))
const db::Query<Begun(std::string, std::vector<std::string>)> kBegin{"jobs.begin_periods", R"sql(
    insert into app.schedule_periods (organization_id, schedule, period)
    select $1, $2, u.period from unnest($3::text[]) u(period)
    on conflict do nothing
    returning period)sql"};

std::string format_of(Every every) {
  switch (every) {
    case Every::hour: return "YYYY-MM-DD\"T\"HH24";
    case Every::day: return "YYYY-MM-DD";
    case Every::month: break;
  }
  return "YYYY-MM";
}

/// Begins them in one transaction with their jobs.
Task<std::int64_t> begin(db::Pool& pool, Schedule schedule, Due due) {
  const db::Scope scope{due.organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  co_return co_await db::run_tx(pool, scope, db::Role::write, [&](db::Tx& tx) -> Task<std::int64_t> {
    const auto begun =
        co_await tx.all(kBegin, schedule.kind, periods_between(schedule.every, due.latest, due.current));
    for (const auto& [period] : begun)
      enqueue(tx, schedule.kind, fmt::format(R"({{"period":"{}"}})", period), period);
    co_return static_cast<std::int64_t>(begun.size());
  });
}

}  // namespace

Schedules& Schedules::instance() {
  static Schedules schedules;
  return schedules;
}

void Schedules::add(Schedule schedule) {
  TANDEM_ASSERT(Kinds::instance().find(schedule.kind) != nullptr, "schedule of {}, which is no job",
                schedule.kind);
  TANDEM_ASSERT(std::ranges::find(schedules_, schedule.kind, &Schedule::kind) == schedules_.end(),
                "{} is scheduled twice", schedule.kind);
  schedules_.push_back(std::move(schedule));
}

std::vector<std::string> periods_between(Every every, const std::optional<std::string>& latest,
                                         const std::string& current) {
  using namespace std::chrono;
  if (latest && *latest >= current) return {};
  if (!latest || every == Every::hour) return {current};
  const bool is_month = every == Every::month;
  const auto day_of = [&](const std::string& period) {
    const auto day = Day::parse(is_month ? period + "-01" : period);
    TANDEM_ASSERT(day, "period {}", period);
    return year_month_day{day->days()};
  };
  std::vector<std::string> out;
  for (auto day = day_of(current); out.size() < kMadeUpMost;) {
    auto text = Day{sys_days{day}}.str();
    if (is_month) text.resize(text.size() - 3);
    if (text <= *latest) break;
    out.push_back(std::move(text));
    day = is_month ? day - months{1} : year_month_day{sys_days{day} - days{1}};
  }
  std::ranges::reverse(out);
  return out;
}

Task<std::int64_t> begin_periods(db::Pool& pool, std::vector<Calendar> organizations) {
  std::vector<OrganizationId> ids;
  std::vector<std::string> zones;
  for (const auto& organization : organizations) {
    ids.push_back(organization.organization_id);
    zones.push_back(organization.time_zone.str());
  }
  std::int64_t begun = 0;
  for (const auto& schedule : Schedules::instance().all()) {
    std::vector<Due> due;
    {
      auto lease = co_await pool.acquire(db::Role::service);
      due = co_await db::service_all(*lease, kDue, schedule.kind, format_of(schedule.every), ids, zones);
    }
    for (auto& one : due) begun += co_await begin(pool, schedule, std::move(one));
  }
  co_return begun;
}

}  // namespace tandem::jobs
