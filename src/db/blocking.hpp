// For commands and administrators, never for requests: a coroutine run to its end on an event loop of its
// own, and SQL over a plain blocking connection (migrations, the embedded cluster, doctor, tests).
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/assert.hpp"
#include "base/task.hpp"
#include "db/connection.hpp"

namespace tandem::db {

/// Keeps the task's value, which need not have a default one.
template <class T>
Task<> into(Task<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

/// Runs the task on this loop until it has ended, whatever else the loop has to do; gives its value or
/// rethrows. Not for what runs on the loop itself: what its own turn has put off would never be done.
template <class T>
T run_blocking(boost::asio::io_context& io, Task<T> task) {
  TANDEM_ASSERT(!io.get_executor().running_in_this_thread(), "a coroutine of this loop waits for the loop");
  std::exception_ptr failure;
  bool done = false;
  const auto run = [&] {
    io.restart();
    while (!done && io.run_one() != 0) {
    }
    TANDEM_ASSERT(done, "the event loop stopped before the task ended");
    if (failure) std::rethrow_exception(failure);
  };
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error) {
      failure = std::move(error);
      done = true;
    });
    run();
  } else {
    std::optional<T> value;
    boost::asio::co_spawn(io, into(std::move(task), value), [&](std::exception_ptr error) {
      failure = std::move(error);
      done = true;
    });
    run();
    return *std::move(value);
  }
}

/// A blocking connection. Every call throws DbError.
class AdminConnection {
 public:
  explicit AdminConnection(const std::string& conninfo);
  ~AdminConnection();
  AdminConnection(const AdminConnection&) = delete;
  AdminConnection& operator=(const AdminConnection&) = delete;
  /// Any number of statements as one simple message; the result of each.
  std::vector<Result> script(std::string_view sql);
  /// One statement.
  Result exec(std::string_view sql, const std::vector<Param>& params = {});
  /// The first cell of one statement's first row.
  std::optional<std::string> value(std::string_view sql, const std::vector<Param>& params = {});

 private:
  void* connection_;  // PGconn
};

/// An identifier or a literal, quoted for SQL.
std::string quote_name(std::string_view name);
std::string quote_literal(std::string_view text);

}  // namespace tandem::db
