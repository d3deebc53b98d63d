#include "db/tx.hpp"

#include <utility>

#include "db/fault.hpp"

namespace tandem::db {

namespace {

// Until the transaction's end, as `set local` does; one prepared statement instead of four that are parsed.
// sql: set_config: never sent to Citus
const ServiceQuery<Nothing(std::string, std::string, std::string, std::string)> kEnter{"db.enter", R"sql(
  select set_config('app.organization_id', $1, true), set_config('app.actor_kind', $2, true),
    set_config('app.actor_id', $3, true), set_config('app.partner_id', $4, true)
)sql"};

}  // namespace

void Tx::begin_if_needed() {
  TANDEM_ASSERT(!committed_, "a statement after the commit");
  if (std::exchange(begun_, true)) return;
  if (!connection_.is_distributed()) {
    // What is sent up to one sync is a transaction; a reading one needs no more. Its role may only read.
    if (role_ != Role::read) connection_.send("begin");
    connection_.send(kEnter,
                     {scope_.organization_id.str(), std::string(json::enum_name(scope_.actor_kind)),
                      scope_.actor_id.str(), scope_.partner_id ? scope_.partner_id->str() : ""},
                     false);
    return;
  }
  // Values are identifiers and words of an enum; they are quoted all the same. Each is a message of its own:
  // Citus sends a string of several statements to its workers whole.
  connection_.send(role_ == Role::read ? "begin read only" : "begin");
  connection_.send_setting("app.organization_id", scope_.organization_id.str());
  connection_.send_setting("app.actor_kind", json::enum_name(scope_.actor_kind));
  connection_.send_setting("app.actor_id", scope_.actor_id.str());
  if (scope_.partner_id) connection_.send_setting("app.partner_id", scope_.partner_id->str());
}

void Tx::queue_later(Bound bound, std::function<void(const Result&)> check) {
  begin_if_needed();
  connection_.send(*bound.query, std::move(bound.params));
  checks_.push_back(std::move(check));
}

Task<std::vector<Result>> Tx::run_all(std::vector<Bound> bounds) {
  at_fault_point(FaultPoint::before_call);
  begin_if_needed();
  for (auto& bound : bounds) connection_.send(*bound.query, std::move(bound.params));
  // A reading transaction ends with its statements, in the same round trip: each statement has a snapshot of
  // its own under READ COMMITTED anyway, and most requests have one. After an error it is left for
  // rollback().
  const bool ends = role_ == Role::read;
  if (ends && connection_.is_distributed()) connection_.send("commit");
  auto outcomes = co_await connection_.drain_each();
  if (ends && !connection_.in_transaction()) begun_ = false;
  const auto checks = std::exchange(checks_, {});
  TANDEM_ASSERT(outcomes.size() == checks.size() + bounds.size(), "{} results for {} statements",
                outcomes.size(), checks.size() + bounds.size());
  std::size_t at = 0;
  for (const auto& check : checks) {
    auto& outcome = outcomes[at++];
    if (!outcome) throw DbError(std::move(outcome.error()));
    if (check) check(*outcome);
  }
  std::vector<Result> results;
  results.reserve(bounds.size());
  for (; at < outcomes.size(); ++at) {
    if (!outcomes[at]) throw DbError(std::move(outcomes[at].error()));
    results.push_back(*std::move(outcomes[at]));
  }
  co_return results;
}

Task<Result> Tx::run(Bound bound) {
  std::vector<Bound> bounds;
  bounds.push_back(std::move(bound));
  auto results = co_await run_all(std::move(bounds));
  co_return std::move(results.front());
}

Task<> Tx::commit() {
  if (!begun_ || committed_) co_return;
  // What a check refuses must not be committed with it; and a reading transaction ends with its statements.
  const bool must_look = role_ == Role::read || std::ranges::any_of(checks_, [](const auto& check) {
                           return static_cast<bool>(check);
                         });
  if (must_look) co_await run_all({});
  if (!begun_) co_return;
  at_fault_point(FaultPoint::before_call);
  connection_.send("commit", true);
  auto outcomes = co_await connection_.drain_each();
  checks_.clear();
  for (auto& outcome : outcomes)
    if (!outcome) throw DbError(std::move(outcome.error()));
  if (outcomes.back()->command_tag() != "COMMIT")
    throw DbError("25P02", "", "the transaction had failed and was rolled back", "commit");
  committed_ = true;
  at_fault_point(FaultPoint::after_commit);
}

Task<> Tx::rollback() {
  checks_.clear();
  if (!begun_ || committed_) co_return;
  try {
    connection_.forget();
    if (!connection_.in_transaction()) co_return;
    connection_.send("rollback");
    co_await connection_.drain();
  } catch (...) {
    // The pool closes a connection that is dead or still in a transaction.
    co_return;
  }
}

Task<> pause_before_retry(int attempt) {
  // The last byte of a new id is random.
  const auto salt = new_uuid().bytes()[15];
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(std::chrono::microseconds(attempt * 2'000 + salt * 100));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace tandem::db
