// The template bodies of tx.hpp that would hide its story. Included by tx.hpp only.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tandem::db {

template <class Row, class... P>
Task<std::vector<Row>> service_all(Connection& connection, const ServiceQuery<Row(P...)>& query,
                                   std::type_identity_t<P>... p) {
  connection.send(query, {to_param(p)...});
  const auto results = co_await connection.drain();
  co_return decode_rows<Row>(results.at(0));
}

/// Up to 30 ms, different for each caller: two transactions that deadlocked do not meet again.
Task<> pause_before_retry(int attempt);

template <class Work>
auto run_tx(Pool& pool, Scope scope, Role role, Work work) -> std::invoke_result_t<Work&, Tx&> {
  using Value = typename std::invoke_result_t<Work&, Tx&>::value_type;
  for (int attempt = 1;; ++attempt) {
    std::exception_ptr failure;
    bool again = false;
    {
      auto lease = co_await pool.acquire(role);
      Tx tx(*lease, scope, role);
      try {
        if constexpr (std::is_void_v<Value>) {
          co_await work(tx);
          co_await tx.commit();
          co_return;
        } else {
          Value value = co_await work(tx);
          co_await tx.commit();
          co_return value;
        }
      } catch (const DbError& error) {
        failure = std::current_exception();
        again = error.is_retryable() && attempt < 4;
      } catch (...) {
        failure = std::current_exception();
      }
      co_await tx.rollback();
    }
    if (!again) std::rethrow_exception(failure);
    co_await pause_before_retry(attempt);
  }
}

}  // namespace tandem::db
