#include "db/pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/problem.hpp"
#include "support/fixture.hpp"

namespace tandem::db {
namespace {

using test::TestDatabase;
using namespace std::chrono_literals;

struct Pid {
  std::int32_t pid;
};
BOOST_DESCRIBE_STRUCT(Pid, (), (pid))
const ServiceQuery<Pid()> kPid{"test.pool_pid", "select pg_backend_pid() as pid"};

struct Pools : ::testing::Test {
  Pools() : options(TestDatabase::instance().pool_options()) { options.size = {2, 2, 2, 2}; }
  template <class T>
  T run(Task<T> task) {
    return run_blocking(io, std::move(task));
  }
  boost::asio::io_context io{1};
  PoolOptions options;
};

Task<std::int32_t> pid_of(Pool& pool) {
  auto lease = co_await pool.acquire(Role::read);
  co_return (co_await service_all(*lease, kPid)).at(0).pid;
}

TEST_F(Pools, AConnectionIsUsedAgain) {
  Pool pool(io.get_executor(), options);
  const auto first = run(pid_of(pool));
  EXPECT_EQ(run(pid_of(pool)), first);
  const auto stats = pool.stats(Role::read);
  EXPECT_EQ(stats.open, 1);
  EXPECT_EQ(stats.busy, 0);
  EXPECT_EQ(stats.acquired_total, 2);
}

TEST_F(Pools, TheRoleIsTheLogin) {
  Pool pool(io.get_executor(), options);
  for (const auto role : {Role::read, Role::write, Role::money, Role::service}) {
    run([](Pool& p, Role r) -> Task<> {
      auto lease = co_await p.acquire(r);
      lease->send("select current_user", true);
      EXPECT_EQ((co_await lease->drain()).at(0).cell(0, 0), kRoleNames.at(static_cast<std::size_t>(r)));
    }(pool, role));
  }
}

TEST_F(Pools, WhoeverWaitsTooLongIsTurnedAway) {
  options.wait_max = 100ms;
  Pool pool(io.get_executor(), options);
  run([](Pool& p) -> Task<> {
    auto one = co_await p.acquire(Role::read);
    auto two = co_await p.acquire(Role::read);
    const auto begin = Monotonic::now();
    std::optional<Problem> refused;
    try {
      auto three = co_await p.acquire(Role::read);
    } catch (const Problem& problem) {
      refused = problem;
    }
    EXPECT_GE(Monotonic::now() - begin, 90ms);
    if (!refused) {
      ADD_FAILURE() << "a third connection of two";
      co_return;
    }
    EXPECT_EQ(refused->kind().code, "unavailable");
    EXPECT_EQ(refused->retry_after_seconds(), 1);
    EXPECT_EQ(p.stats(Role::read).refused_total, 1);
    EXPECT_EQ(p.stats(Role::read).waiting, 0);
    auto other = co_await p.acquire(Role::write);  // each role has places of its own
  }(pool));
  EXPECT_EQ(pool.stats(Role::read).busy, 0);
}

TEST_F(Pools, ThoseWhoWaitAreServedInOrder) {
  Pool pool(io.get_executor(), options);
  // Both connections are open beforehand: who opens one does not wait, and may be overtaken.
  run_blocking(io, [](Pool& p) -> Task<> {
    const auto first = co_await p.acquire(Role::read);
    const auto second = co_await p.acquire(Role::read);
  }(pool));
  io.restart();
  std::vector<int> order;
  int ended = 0;
  const auto user = [&](int number) -> Task<> {
    auto lease = co_await pool.acquire(Role::read);
    order.push_back(number);
    boost::asio::steady_timer timer(io, 5ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
  };
  for (int i = 0; i < 20; ++i)
    boost::asio::co_spawn(io, user(i), [&](std::exception_ptr error) {
      EXPECT_FALSE(error);
      ++ended;
    });
  io.run();
  EXPECT_EQ(ended, 20);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(pool.stats(Role::read).open, 2);
}

TEST_F(Pools, ADeadConnectionIsReplaced) {
  Pool pool(io.get_executor(), options);
  const auto first = run(pid_of(pool));
  auto& admin = TestDatabase::instance().admin();
  admin.exec("select pg_terminate_backend($1, 5000)", {std::to_string(first)});
  EXPECT_NE(run(pid_of(pool)), first);  // noticed while it lay idle
  EXPECT_EQ(pool.stats(Role::read).replaced_total, 1);
  // Noticed in use: an error for this user, a fresh connection for the next.
  run([](Pool& p, AdminConnection& as) -> Task<> {
    auto lease = co_await p.acquire(Role::read);
    const auto pid = (co_await service_all(*lease, kPid)).at(0).pid;
    as.exec("select pg_terminate_backend($1, 5000)", {std::to_string(pid)});
    bool failed = false;
    try {
      co_await service_all(*lease, kPid);
    } catch (const DbError& error) {
      failed = error.is_unavailable();
    }
    EXPECT_TRUE(failed);
  }(pool, admin));
  EXPECT_GT(run(pid_of(pool)), 0);
  EXPECT_EQ(pool.stats(Role::read).open, 1);
}

TEST_F(Pools, AConnectionInsideATransactionIsNotGivenToTheNext) {
  Pool pool(io.get_executor(), options);
  const auto left = run([](Pool& p) -> Task<std::int32_t> {
    auto lease = co_await p.acquire(Role::read);
    lease->send("begin");
    lease->send(kPid, {});
    co_return PgCodec<std::int32_t>::from((co_await lease->drain()).at(0).cell(0, 0).value());
  }(pool));
  EXPECT_NE(run(pid_of(pool)), left);
}

TEST_F(Pools, QueuedStatementsDoNotReachTheNextUser) {
  Pool pool(io.get_executor(), options);
  run([](Pool& p) -> Task<> {
    auto lease = co_await p.acquire(Role::read);
    lease->send("select 1 / 0", true);
  }(pool));
  EXPECT_GT(run(pid_of(pool)), 0);
}

TEST_F(Pools, ADatabaseThatIsAwayIsUnavailable) {
  options.conninfo = "host=/nowhere dbname=x";
  Pool pool(io.get_executor(), options);
  for (int i = 0; i < 5; ++i) EXPECT_THROW(run(pid_of(pool)), Problem);
  EXPECT_EQ(pool.stats(Role::read).open, 0);
}

TEST_F(Pools, ALeaseMayOutliveItsPool) {
  auto pool = std::make_unique<Pool>(io.get_executor(), options);
  auto lease = std::make_unique<Pool::Lease>(run(pool->acquire(Role::read)));
  pool.reset();
  lease.reset();
}

TEST_F(Pools, TheClockFollowsTheDatabase) {
  Pool pool(io.get_executor(), options);
  Clock::set_offset(1h);
  run(pool.measure_clock());
  const auto theirs =
      Timestamp::parse(TestDatabase::instance().admin().value("select clock_timestamp()").value());
  EXPECT_LT(std::chrono::abs(Clock::now() - theirs.value()), 1s);
  Clock::set_offset(0s);
}

}  // namespace
}  // namespace tandem::db
