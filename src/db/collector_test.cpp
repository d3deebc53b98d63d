#include "db/collector.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace tandem::db {
namespace {

/// Writes numbers, each batch in `took`, and gives them back; a batch that holds `bad` fails.
struct Collected : testing::Test {
  using Numbers = Collector<int, int>;
  boost::asio::io_context loop{1};
  std::chrono::microseconds took{100};
  int bad = -1, in_flight = 0, most_in_flight = 0;
  std::vector<std::vector<int>> batches;

  Task<std::vector<int>> flush(const std::vector<int>& in) {
    most_in_flight = std::max(most_in_flight, ++in_flight);
    boost::asio::steady_timer timer(loop, took);
    co_await timer.async_wait(boost::asio::use_awaitable);
    --in_flight;
    batches.push_back(in);
    if (std::ranges::find(in, bad) != in.end()) throw std::runtime_error("bad");
    co_return in;
  }
  Numbers collector(CollectorLimits limits = {}) {
    return Numbers(loop.get_executor(), [this](const std::vector<int>& in) { return flush(in); }, limits);
  }
  /// So many clients, each with `each` numbers one after another; what they were answered, -1 for an error.
  std::vector<int> run(Numbers& numbers, int clients, int each) {
    std::vector<int> answers;
    for (int client = 0; client < clients; ++client)
      boost::asio::co_spawn(
          loop,
          [&, client]() -> Task<> {
            for (int i = 0; i < each; ++i) {
              int answer = -1;
              try {
                answer = co_await numbers.submit(client * each + i);
              } catch (const std::exception&) {
                answer = -1;
              }
              answers.push_back(answer);
            }
          },
          boost::asio::detached);
    loop.run();
    std::ranges::sort(answers);
    return answers;
  }
  static std::vector<int> numbers_below(int end) {
    std::vector<int> out;
    for (int i = 0; i < end; ++i) out.push_back(i);
    return out;
  }
};

TEST_F(Collected, WhatArrivesTogetherIsOneBatchAndEachIsAnswered) {
  auto numbers = collector({.second_flight_from = std::chrono::seconds{1}});
  EXPECT_EQ(run(numbers, 50, 4), numbers_below(200));
  EXPECT_EQ(batches.size(), 4U);
  EXPECT_EQ(most_in_flight, 1) << "quick commits go one after another";
}

TEST_F(Collected, WhatTheEventLoopBringsTurnByTurnIsOneBatch) {
  const auto batches_of = [&](CollectorLimits limits) {
    auto numbers = collector(limits);
    for (int late = 0; late < 6; ++late)
      boost::asio::co_spawn(
          loop,
          [&, late]() -> Task<> {
            for (int turn = 0; turn < late; ++turn)
              co_await boost::asio::post(loop, boost::asio::use_awaitable);
            EXPECT_EQ(co_await numbers.submit(late), late);
          },
          boost::asio::detached);
    loop.run();
    loop.restart();
    return std::exchange(batches, {}).size();
  };
  EXPECT_EQ(batches_of({}), 1U);
  EXPECT_GT(batches_of({.turns_max = 2}), 1U) << "nobody waits for ever";
}

TEST_F(Collected, WhereCommitsTakeLongASecondGoesBesideTheFirst) {
  took = std::chrono::milliseconds{4};
  auto numbers = collector({.batch_max = 20});
  EXPECT_EQ(run(numbers, 60, 5), numbers_below(300));
  EXPECT_EQ(most_in_flight, 2);
}

TEST_F(Collected, AFewThatWaitGoTogetherWithTheNext) {
  took = std::chrono::milliseconds{4};
  auto numbers = collector({.batch_max = 10});
  EXPECT_EQ(run(numbers, 15, 5), numbers_below(75));
  EXPECT_EQ(most_in_flight, 1);
}

TEST_F(Collected, ABadRowHurtsItselfAlone) {
  bad = 7;
  auto numbers = collector();
  auto expected = numbers_below(20);
  expected[7] = -1;
  std::ranges::sort(expected);
  EXPECT_EQ(run(numbers, 20, 1), expected);
  EXPECT_EQ(batches.size(), 21U) << "the batch, then each row";
}

TEST_F(Collected, TooManyThatWaitAreToldSo) {
  auto numbers = collector({.waiting_max = 10});
  const auto answers = run(numbers, 30, 1);
  EXPECT_EQ(std::ranges::count(answers, -1), 20);
}

}  // namespace
}  // namespace tandem::db
