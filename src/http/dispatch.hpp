// Dispatch: one request from its parsed form to its answer. The only place that catches. Steps: route →
// authenticate → limits → access and permission → content type → idempotency claim → handler → audit → stored
// answer → commit.
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "base/task.hpp"
#include "db/pool.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"
#include "http/routes.hpp"

namespace tandem::http {

/// Wired in app/wiring.cpp, so that http knows no feature.
struct Hooks {
  /// Finds the caller from Authorization, a session's cookie or a site key; throws kUnauthenticated for bad
  /// credentials.
  /// Anonymous requests give Kind::anonymous. Checks a site key's allowed origins.
  std::function<Task<Principal>(db::Pool&, const Request&, const Route&)> authenticate;
  /// Queues the audit entry of a mutating request on the transaction (tx.later). `subject` is the id in the
  /// answer
  /// ("id") or the first path argument.
  std::function<void(db::Tx&, const Route&, const Request&, std::optional<Uuid> subject)> audit;
  /// Queues on the transaction (tx.later_checked) what must be true of the caller while the request is
  /// carried out, such as that its partner is not suspended; the checks throw.
  std::function<void(db::Tx&, const Request&)> admit = nullptr;
};

class RequestMetrics;

class Dispatch {
 public:
  /// `routes` must outlive the dispatch and have passed check().
  Dispatch(const Routes& routes, Hooks hooks, LimitOptions limits = {});
  ~Dispatch();
  /// Never throws: every failure becomes a problem+json answer. `pool` is the calling thread's.
  Task<Response> operator()(db::Pool& pool, Request request) const;
  /// The largest body that the request's route takes; for an unknown route, what is worth reading before it
  /// is refused.
  std::size_t body_max(Method method, std::string_view path) const;
  /// Counts an answer that the server gave by itself, to a request that never became one.
  void count_refusal(int status) const;
  /// Counts of what was answered, for /metrics.
  const RequestMetrics& metrics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// problem+json of a refusal; `request_id` goes into the body. Adds Retry-After to 429 and 503,
/// WWW-Authenticate to 401.
Response problem_response(const Problem& problem, std::string_view request_id);

/// Remembers a refusal that its route does not declare (.refuses) and that is not one of common_problems().
/// True when it is new.
bool note_undeclared_problem(const Route& route, const ProblemKind& kind);
/// What note_undeclared_problem has seen, "POST /api/leads: code_taken"; an oath of the tests says that it is
/// empty.
std::vector<std::string> undeclared_problems();

}  // namespace tandem::http
