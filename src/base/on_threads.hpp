// Blocking work (hashing, a library that waits) on threads of its own, awaited by a coroutine that stays on
// its loop. Used by crypto and net; features call those.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace tandem {

/// Gives what `work()` gives, or throws what it throws. The pool's threads never touch the loop's count of
/// work: only a guard on the caller's own thread does, because a count that falls to nothing on another
/// thread may stop a loop that has been started again.
template <class T, class Work>
Task<T> on_threads(boost::asio::thread_pool& pool, Work work) {
  const auto guard = boost::asio::make_work_guard(co_await boost::asio::this_coro::executor);
  std::optional<T> value;
  std::exception_ptr failure;
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [&](auto handler) {
        boost::asio::post(pool, [&, handler = std::move(handler)]() mutable {
          try {
            value.emplace(work());
          } catch (...) {
            failure = std::current_exception();
          }
          const auto loop = boost::asio::get_associated_executor(handler);
          boost::asio::post(loop, std::move(handler));
        });
      },
      boost::asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  co_return *std::move(value);
}

}  // namespace tandem
