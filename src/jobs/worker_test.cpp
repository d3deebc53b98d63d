#include "jobs/worker.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/problem.hpp"
#include "jobs/batch.hpp"
#include "jobs/job.hpp"
#include "support/fixture.hpp"

namespace tandem::jobs {
namespace {

using db::Role;
using db::Tx;
using namespace std::chrono_literals;

const db::Query<db::Nothing(PartnerId, std::string)> kEffect{"test.job_effect", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name)
    values ($1, $2, 'affiliate', $3, $3))sql"};
const db::Query<db::Nothing(std::vector<std::string>)> kEffects{"test.job_effects", R"sql(
    update app.organizations set name = name || array_to_string($2::text[], '')
    where organization_id = $1)sql"};

struct Jobs : ::testing::Test {
  Jobs() { Kinds::instance().clear(); }
  ~Jobs() override {
    Kinds::instance().clear();
    Clock::freeze(std::nullopt);
  }
  using Handler = std::function<Task<>(Tx&, std::span<const Job>)>;
  void kind(std::string name, Handler handler, int batch_max = 1, int attempts_max = 3) {
    Kinds::instance().add({std::move(name), Role::write, batch_max, attempts_max, std::move(handler)});
  }
  void add(std::string name, int count = 1) {
    f.tx(Role::write, [&](Tx& tx) -> Task<> {
      for (int i = 0; i < count; ++i) enqueue(tx, name, fmt::format(R"({{"n":{}}})", i));
      co_return;
    });
  }
  int run_due() { return f.run(Worker::run_due(f.pool, f.organization_id)); }
  std::string state() {
    return f
        .peek(
            "select coalesce(string_agg(distinct state || ' ' || attempts || ' ' || coalesce(last_error, '-'), "
            "'; '), '') from app.jobs where organization_id = $1",
            {f.organization_id.str()})
        .value();
  }
  std::string partners() {
    return f.peek("select count(*) from app.partners where organization_id = $1", {f.organization_id.str()})
        .value();
  }
  void make_due() {
    f.peek(
        "update app.jobs set run_at = now() - interval '1 s', lease_until = lease_until - interval '1 hour' "
        "where organization_id = $1",
        {f.organization_id.str()});
  }
  test::Fixture f;
};

Task<> effect(Tx& tx, std::string slug) { co_await tx.exec(kEffect, PartnerId{new_uuid()}, slug); }

TEST_F(Jobs, RunOnceAndAreFinishedWithTheirEffects) {
  int runs = 0;
  kind("t.once", [&](Tx& tx, std::span<const Job> jobs) {
    ++runs;
    EXPECT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs.front().attempts, 1);
    EXPECT_EQ(jobs.front().payload, R"({"n": 0})");
    return effect(tx, "done-once");
  });
  add("t.once");
  EXPECT_EQ(run_due(), 1);
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(partners(), "1");
  EXPECT_EQ(state(), "done 1 -");
}

TEST_F(Jobs, ACallHasNoTransactionOpenAndItsFinishIsWrittenWithTheJob) {
  int calls = 0;
  Kinds::instance().add({.name = "t.call",
                         .runs_as = Role::write,
                         .attempts_max = 3,
                         .call = [&](db::Pool& pool, const db::Scope& scope, const Job&) -> Task<Finish> {
                           ++calls;
                           EXPECT_EQ(pool.stats(Role::write).busy, 0);
                           co_await db::run_tx(pool, scope, Role::write, [&](Tx& tx) {
                             return effect(tx, fmt::format("between-{}", calls));
                           });
                           if (calls == 1) throw std::runtime_error("the provider is away");
                           co_return [](Tx& tx) { return effect(tx, "finished"); };
                         }});
  add("t.call");
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(state(), "due 1 exception");
  EXPECT_EQ(partners(), "1");
  Clock::freeze(Clock::now() + std::chrono::minutes(1));
  EXPECT_EQ(run_due(), 1);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(partners(), "3");
}

TEST_F(Jobs, ADedupeKeyMakesOneJob) {
  kind("t.dedupe", [](Tx& tx, std::span<const Job>) { return effect(tx, "deduped"); });
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    enqueue(tx, "t.dedupe", "{}", "key");
    enqueue(tx, "t.dedupe", "{}", "key");
    co_return;
  });
  EXPECT_EQ(run_due(), 1);
}

TEST_F(Jobs, RunAtFollowsTheClock) {
  kind("t.later", [](Tx&, std::span<const Job>) -> Task<> { co_return; });
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    enqueue(tx, "t.later", "{}", {}, tx.now() + std::chrono::days(30));
    co_return;
  });
  EXPECT_EQ(run_due(), 0);
  Clock::freeze(Clock::now() + std::chrono::days(31));
  EXPECT_EQ(run_due(), 1);
}

TEST_F(Jobs, ABatchThatFailsIsTriedOneByOne) {
  std::vector<std::size_t> sizes;
  kind(
      "t.batch",
      [&](Tx& tx, std::span<const Job> jobs) -> Task<> {
        sizes.push_back(jobs.size());
        std::vector<std::string> names;
        bool bad = false;
        for (const auto& job : jobs) {
          names.push_back("+");
          bad = bad || job.payload == R"({"n": 3})";
        }
        co_await tx.exec(kEffects, names);
        if (bad) throw Problem(kConflict);
      },
      4);
  add("t.batch", 6);
  EXPECT_EQ(run_due(), 5);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 1, 1, 1, 1, 2}));
  EXPECT_EQ(f.peek("select right(name, 6) from app.organizations where organization_id = $1",
                   {f.organization_id.str()})
                .value()
                .find("+++++"),
            1U);
  EXPECT_EQ(state(), "done 1 -; due 1 problem conflict");
}

TEST_F(Jobs, AFailureComesBackLaterAndIsParkedInTheEnd) {
  const auto before = Worker::stats();
  kind("t.bad", [](Tx& tx, std::span<const Job>) -> Task<> {
    co_await effect(tx, "undone");
    throw std::runtime_error("an address: someone@example.com");
  });
  add("t.bad");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(run_due(), 0);
    if (attempt < 3) {
      EXPECT_EQ(
          f.peek("select run_at between now() + interval '3 s' and now() + interval '20 s' from app.jobs "
                 "where organization_id = $1",
                 {f.organization_id.str()}),
          "t");
    }
    make_due();
  }
  EXPECT_EQ(state(), "parked 3 exception");
  EXPECT_EQ(partners(), "0");
  EXPECT_EQ(Worker::stats().failed_total - before.failed_total, 3);
  EXPECT_EQ(Worker::stats().parked_total - before.parked_total, 1);
}

TEST_F(Jobs, APostponedJobIsNoFailureUntilItsLastAttempt) {
  const auto before = Worker::stats();
  kind("t.wait", [](Tx& tx, std::span<const Job>) -> Task<> {
    co_await effect(tx, "undone");
    throw Postpone(std::chrono::seconds(60), "lead_missing");
  });
  add("t.wait");
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(state(), "due 1 lead_missing");
  for (int i = 0; i < 2; ++i) {
    make_due();
    EXPECT_EQ(run_due(), 0);
  }
  EXPECT_EQ(state(), "parked 3 lead_missing");
  EXPECT_EQ(partners(), "0");
  EXPECT_EQ(Worker::stats().failed_total, before.failed_total);
  EXPECT_EQ(Worker::stats().postponed_total - before.postponed_total, 3);
}

TEST_F(Jobs, AnUnknownKindIsPutBack) {
  kind("t.gone", [](Tx&, std::span<const Job>) -> Task<> { co_return; });
  add("t.gone");
  Kinds::instance().clear();
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(state(), "due 1 unknown kind");
}

// A worker that is slower than its lease: its successor runs the job, and its own effects are undone.
TEST_F(Jobs, ATakenOverJobHasItsEffectsOnce) {
  int runs = 0;
  kind("t.slow", [&](Tx& tx, std::span<const Job> jobs) -> Task<> {
    if (++runs == 1) {
      EXPECT_EQ(jobs.front().attempts, 1);
      make_due();  // as if the lease had run out
      EXPECT_EQ((co_await run_batch(f.pool, f.organization_id, {})).done, 1);
    } else {
      EXPECT_EQ(jobs.front().attempts, 2);
    }
    co_await effect(tx, "effect-" + std::to_string(runs));
  });
  add("t.slow");
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(partners(), "1");
  EXPECT_EQ(state(), "done 2 -");
}

TEST_F(Jobs, AJobWhoseWorkersAllDiedIsParked) {
  kind("t.crash", [](Tx&, std::span<const Job>) -> Task<> { co_return; });
  add("t.crash");
  f.peek(
      "update app.jobs set attempts = 3, state = 'leased', lease_until = now() - interval '1 s' "
      "where organization_id = $1",
      {f.organization_id.str()});
  EXPECT_EQ(run_due(), 0);
  EXPECT_EQ(state(), "parked 4 no attempt came to an end");
}

TEST_F(Jobs, SeveralWorkersShareTheQueue) {
  int runs = 0;
  kind("t.many", [&](Tx& tx, std::span<const Job> jobs) -> Task<> {
    runs += static_cast<int>(jobs.size());
    co_await effect(tx, "many-" + jobs.front().id.str());
  });
  add("t.many", 200);
  std::vector<std::unique_ptr<Worker>> workers;
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    workers.push_back(std::make_unique<Worker>(f.pool, WorkerOptions{50ms, 60s, 16}));
    boost::asio::co_spawn(f.io, workers.back()->run(), [&](std::exception_ptr) { ++ended; });
  }
  const auto until = Monotonic::now() + 20s;
  f.io.restart();
  while (runs < 200 && Monotonic::now() < until) f.io.run_one_for(10ms);
  for (auto& worker : workers) worker->stop();
  while (ended < 3 && Monotonic::now() < until) f.io.run_one_for(10ms);
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(runs, 200);
  EXPECT_EQ(partners(), "200");
  EXPECT_EQ(state(), "done 1 -");
}

TEST_F(Jobs, AHintWakesTheWorker) {
  int runs = 0;
  kind("t.hint", [&](Tx&, std::span<const Job>) -> Task<> {
    ++runs;
    co_return;
  });
  Worker worker(f.pool, WorkerOptions{60s, 60s, 16});
  bool ended = false;
  boost::asio::co_spawn(f.io, worker.run(), [&](std::exception_ptr) { ended = true; });
  f.io.restart();
  const auto until = Monotonic::now() + 500ms;
  while (Monotonic::now() < until) f.io.run_one_for(10ms);
  add("t.hint");
  EXPECT_EQ(runs, 0);
  Worker::hint_all();
  const auto limit = Monotonic::now() + 10s;
  f.io.restart();
  while (runs == 0 && Monotonic::now() < limit) f.io.run_one_for(10ms);
  EXPECT_EQ(runs, 1);
  worker.stop();
  while (!ended && Monotonic::now() < limit) f.io.run_one_for(10ms);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace tandem::jobs
