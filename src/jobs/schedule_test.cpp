#include "jobs/schedule.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "jobs/job.hpp"
#include "jobs/worker.hpp"
#include "support/fixture.hpp"

namespace tandem::jobs {
namespace {

using Periods = std::vector<std::string>;

TEST(PeriodsBetween, WhatWasMissedIsMadeUpForInOrder) {
  EXPECT_EQ(periods_between(Every::day, std::nullopt, "2026-03-01"), (Periods{"2026-03-01"}));
  EXPECT_EQ(periods_between(Every::day, "2026-03-01", "2026-03-01"), Periods{});
  EXPECT_EQ(periods_between(Every::day, "2024-02-27", "2024-03-01"),
            (Periods{"2024-02-28", "2024-02-29", "2024-03-01"}))
      << "a leap day";
  EXPECT_EQ(periods_between(Every::day, "2026-03-02", "2026-03-01"), Periods{}) << "the clock went back";
  EXPECT_EQ(periods_between(Every::month, "2025-11", "2026-02"), (Periods{"2025-12", "2026-01", "2026-02"}));
  EXPECT_EQ(periods_between(Every::hour, "2026-03-01T10", "2026-03-01T15"), (Periods{"2026-03-01T15"}));
  const auto many = periods_between(Every::day, "2020-01-01", "2026-03-31");
  ASSERT_EQ(many.size(), 31U);
  EXPECT_EQ(many.front(), "2026-03-01");
}

struct Scheduling : testing::Test {
  test::Fixture f;
  static inline std::vector<std::string> ran;

  void SetUp() override {
    ran.clear();
    Kinds::instance().clear();
    Schedules::instance().clear();
    for (const auto* kind : {"test.hourly", "test.daily", "test.monthly"})
      Kinds::instance().add(
          {.name = kind, .batch_max = 50, .run = [](db::Tx&, std::span<const Job> jobs) -> Task<> {
             for (const auto& job : jobs) ran.push_back(job.payload);
             co_return;
           }});
    Schedules::instance().add({"test.hourly", Every::hour});
    Schedules::instance().add({"test.daily", Every::day});
    Schedules::instance().add({"test.monthly", Every::month});
  }
  void TearDown() override {
    Schedules::instance().clear();
    Kinds::instance().clear();
  }
  TimeZone zone = TimeZone::parse("UTC").value();
  std::int64_t begin() { return f.run(begin_periods(f.pool, {{f.organization_id, zone}})); }
  std::string periods(std::string_view schedule) {
    return f
        .peek(
            "select coalesce(string_agg(period, ' ' order by period), '') from app.schedule_periods "
            "where organization_id = $1 and schedule = $2",
            {f.organization_id.str(), std::string(schedule)})
        .value();
  }
  std::string now_as(std::string_view format, std::string_view in_zone) {
    return f.peek(fmt::format("select to_char(now() at time zone '{}', '{}')", in_zone, format)).value();
  }
};

TEST_F(Scheduling, EveryPeriodRunsOnceInTheOrganizationsZone) {
  zone = TimeZone::parse("Pacific/Kiritimati").value();
  EXPECT_EQ(begin(), 3);
  EXPECT_EQ(begin(), 0);
  EXPECT_EQ(periods("test.daily"), now_as("YYYY-MM-DD", "Pacific/Kiritimati")) << "14 hours before UTC";
  EXPECT_EQ(periods("test.monthly"), now_as("YYYY-MM", "Pacific/Kiritimati"));
  EXPECT_EQ(periods("test.hourly"), now_as("YYYY-MM-DD\"T\"HH24", "UTC"));
  f.run(Worker::run_due(f.pool, f.organization_id));
  ASSERT_EQ(ran.size(), 3U);
  f.run(Worker::run_due(f.pool, f.organization_id));
  EXPECT_EQ(ran.size(), 3U);
}

TEST_F(Scheduling, MissedDaysAreMadeUpForAndAJumpOfTheClockRepeatsNothing) {
  f.peek(
      "insert into app.schedule_periods (organization_id, schedule, period) "
      "select $1::uuid, 'test.daily', to_char(now() - interval '3 days', 'YYYY-MM-DD') returning 1",
      {f.organization_id.str()});
  EXPECT_EQ(begin(), 5) << "an hour, a month and three days";
  f.peek(
      "insert into app.schedule_periods (organization_id, schedule, period) "
      "select $1::uuid, 'test.daily', to_char(now() + interval '2 days', 'YYYY-MM-DD') returning 1",
      {f.organization_id.str()});
  EXPECT_EQ(begin(), 0) << "the clock was two days ahead and went back";
}

TEST_F(Scheduling, TwoSchedulersBeginAPeriodOnce) {
  std::atomic<std::int64_t> begun{0};
  {
    std::vector<std::jthread> servers;
    for (int i = 0; i < 8; ++i)
      servers.emplace_back([&] {
        boost::asio::io_context io{1};
        db::Pool pool(io.get_executor(), f.database.pool_options());
        begun += db::run_blocking(io, begin_periods(pool, {{f.organization_id, zone}}));
      });
  }
  EXPECT_EQ(begun, 3);
  EXPECT_EQ(f.peek("select count(*) from app.jobs where organization_id = $1", {f.organization_id.str()}),
            "3");
}

}  // namespace
}  // namespace tandem::jobs
