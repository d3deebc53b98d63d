// Collector: many small writes become one. What arrives while the last commit runs is taken together into the
// next statement, with what the event loop still brings by itself; no timer. Each caller is answered after
// the commit that holds its row. A batch that fails is retried row by row, so that one bad row hurts itself
// alone. One collector a thread; everything runs on that thread.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/problem.hpp"
#include "base/task.hpp"

namespace tandem::db {

struct CollectorLimits {
  std::size_t batch_max = 2048;      // rows of one statement
  std::size_t waiting_max = 20'000;  // callers that wait; beyond it 503
  /// Batches on their way at once, each on a connection of its own. A second goes beside the first when so
  /// many callers wait and the last batch took so long: commits that wait for a disk can wait together; quick
  /// ones are in each other's way, and one of twice the rows costs less.
  std::size_t flights_max = 2, second_flight_min = 16;
  std::chrono::microseconds second_flight_from{1500};
  std::size_t turns_max = 20;  // of the event loop, that a batch may wait for more
};

template <class In, class Out>
class Collector {
 public:
  /// Writes a batch and returns one Out for each In, in order. Called again with single rows when it throws.
  /// What it is given lives until it has ended.
  using Flush = std::function<Task<std::vector<Out>>(const std::vector<In>&)>;

  Collector(boost::asio::any_io_executor executor, Flush flush, CollectorLimits limits = {})
      : executor_(std::move(executor)), flush_(std::move(flush)), limits_(limits) {}
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Resolves after the commit that holds the row; rethrows what its flush threw.
  Task<Out> submit(In in) {
    if (waiting_.size() >= limits_.waiting_max) {
      throw Problem(kUnavailable, "too many writes wait");
    }
    Answer answer;  // in this frame, which its handler keeps
    // It is handed over only when it can be resumed.
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
          waiting_.push_back({std::move(in), {&answer, std::move(handler)}});
          launch();
        },
        boost::asio::use_awaitable);
    if (answer.error) std::rethrow_exception(answer.error);
    co_return *std::move(answer.out);
  }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Answer {
    std::optional<Out> out;
    std::exception_ptr error;
  };
  struct Caller {
    Answer* answer;
    std::move_only_function<void()> resume;
  };
  struct Waiting {
    In in;
    Caller caller;
  };
  using Callers = std::vector<Caller>;

  /// Sends another batch on its way if there is reason to.
  void launch() {
    if (flights_ >= limits_.flights_max) return;
    if (flights_ > 0 &&
        (waiting_.size() < limits_.second_flight_min || last_flight_ < limits_.second_flight_from))
      return;
    ++flights_;
    boost::asio::co_spawn(executor_, run(), boost::asio::detached);
  }

  Task<> run() {
    for (;;) {
      co_await gather();
      if (waiting_.empty()) break;
      std::vector<In> rows;
      Callers callers;
      while (!waiting_.empty() && rows.size() < limits_.batch_max) {
        rows.push_back(std::move(waiting_.front().in));
        callers.push_back(std::move(waiting_.front().caller));
        waiting_.pop_front();
      }
      const auto begin = Monotonic::now();
      const bool is_written = co_await write(callers, rows);
      last_flight_ = Monotonic::now() - begin;
      if (!is_written && rows.size() > 1) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
          std::vector<In> row;
          row.push_back(std::move(rows[i]));
          callers[i].answer->error = nullptr;
          co_await write(std::span(callers).subspan(i, 1), row);
        }
      }
      boost::asio::post(executor_, [callers = std::move(callers)]() mutable {
        for (Caller& caller : callers) caller.resume();
      });
    }
    --flights_;
  }
  /// Lets the event loop turn as long as that brings more, for a commit of more rows costs less each. Twice
  /// at least: the first turn answers the batch before, the next reads what its clients sent since.
  Task<> gather() {
    for (std::size_t turn = 0; turn < limits_.turns_max && waiting_.size() < limits_.batch_max; ++turn) {
      const auto before = waiting_.size();
      co_await boost::asio::post(executor_, boost::asio::use_awaitable);
      if (turn > 1 && waiting_.size() == before) break;
    }
  }
  /// False when the flush threw; its error is then every caller's.
  Task<bool> write(std::span<const Caller> callers, const std::vector<In>& rows) {
    try {
      std::vector<Out> results = co_await flush_(rows);
      TANDEM_ASSERT(results.size() == callers.size(), "{} results for {} rows", results.size(),
                    callers.size());
      for (std::size_t i = 0; i < callers.size(); ++i) callers[i].answer->out = std::move(results[i]);
      co_return true;
    } catch (...) {
      for (const Caller& caller : callers) caller.answer->error = std::current_exception();
    }
    co_return false;
  }

  boost::asio::any_io_executor executor_;
  Flush flush_;
  CollectorLimits limits_;
  std::deque<Waiting> waiting_;
  std::size_t flights_ = 0;
  std::chrono::nanoseconds last_flight_{};
};

}  // namespace tandem::db
