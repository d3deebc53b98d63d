#include "http/dispatch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <new>

#include "base/clock.hpp"
#include "http/access_log.hpp"
#include "http/idempotency.hpp"
#include "http/metrics.hpp"
#include "http/negotiation.hpp"
#include "http/problems.hpp"
#include "http/router.hpp"

namespace tandem::http {

struct Dispatch::Impl {
  Impl(const Routes& route_table, Hooks wired, LimitOptions limit_options)
      : routes(route_table),
        hooks(std::move(wired)),
        router(route_table),
        metrics(route_table),
        limits(limit_options) {}
  const Routes& routes;
  Hooks hooks;
  Router router;
  mutable RequestMetrics metrics;
  mutable Limits limits;
};

namespace {

/// A request on its way: what the steps below have found out so far.
struct Exchange {
  db::Pool& pool;
  Request request;
  const Route* route = nullptr;
  PathArgs args;
  Principal principal;
  std::optional<Limits::Ticket> ticket;
  std::optional<Limits::ReportPlace> report_place;
};

/// The body of a call that takes none: nothing or {}.
struct NoFields {};
BOOST_DESCRIBE_STRUCT(NoFields, (), ())

/// Thrown by the check of a claim: somebody has the key already.
struct KeyTaken {};

constexpr int kAttemptsMax = 4;  // the first and three more

// ------------------------------------------------------------------ before the handler

Response preflight(const RouteMatch& match, const Request& request) {
  const Route* route = match.other;
  if (route == nullptr || !(route->any_origin || route->access == Access::site)) {
    Response out = problem_response(Problem(kMethodNotAllowed), request.request_id);
    out.headers.emplace_back("Allow", match.allow);
    return out;
  }
  Response out;
  out.status = 204;
  out.content_type.clear();
  out.headers = {{"Allow", match.allow},
                 {"Access-Control-Allow-Methods", match.allow},
                 {"Access-Control-Allow-Headers", "authorization, content-type, idempotency-key"},
                 {"Access-Control-Max-Age", "86400"}};
  return out;
}

/// Lets the page that called read the answer. No cookie and no other ambient credential is ever accepted
/// across origins: a site key is sent on purpose, so naming the origin gives nothing away. The hook refuses
/// foreign origins.
void add_cors(const Route& route, const Request& request, Response& response) {
  const auto origin = request.header("origin");
  if (!origin) return;
  if (route.any_origin) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else if (route.access == Access::site && response.status != 403) {
    response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
    response.headers.emplace_back("Vary", "Origin");
  }
}

void check_access(const Route& route, const Principal& principal) {
  using Kind = Principal::Kind;
  const Access access = *route.access;
  if (access == Access::open) return;
  if (principal.kind == Kind::anonymous) throw Problem(kUnauthenticated);
  if (access == Access::user) {
    if (principal.kind != Kind::user) throw Problem(kForbidden);
    return;
  }
  const bool is_known = principal.kind == Kind::api_key || principal.kind == Kind::user;
  const auto actor = principal.scope.actor_kind;
  const bool is_staff = is_known && (actor == db::ActorKind::staff || actor == db::ActorKind::system ||
                                     actor == db::ActorKind::platform);
  const bool is_partner =
      is_known && actor == db::ActorKind::partner && principal.scope.partner_id.has_value();
  const bool allowed = access == Access::site      ? is_staff || principal.kind == Kind::site_key
                       : access == Access::partner ? is_staff || is_partner
                                                   : is_staff;
  // The server checks its routes at the start; a table that nobody checked admits nobody.
  if (!allowed || !route.permission || !principal.permissions.has(*route.permission))
    throw Problem(kForbidden);
}

void check_body(const Route& route, const Request& request) {
  if (const auto coding = request.header("content-encoding"); coding && *coding != "identity")
    throw Problem(kUnsupportedMediaType, "content codings are not taken");
  if (request.body.size() > route.body_max) throw Problem(kTooLarge);
  if (route.body != nullptr) {
    const auto type = request.header("content-type");
    if (type && is_content_type(*type, "application/json")) return;
    if (type && route.accepts_text && is_content_type(*type, "text/plain")) return;
    throw Problem(kUnsupportedMediaType, "send application/json");
  }
  if (!route.byte_types.empty()) {
    const auto type = request.header("content-type").value_or("");
    if (std::ranges::find(route.byte_types, type) != route.byte_types.end()) return;
    throw Problem(kUnsupportedMediaType, fmt::format("send {}", fmt::join(route.byte_types, ", ")));
  }
  if (!route.tx_handler) return;  // a Context handler without a described body reads the bytes itself
  if (request.body.empty()) return;
  if (!changes_state(request.method) || request.method == Method::delete_)
    throw Problem(kBadRequest, "this method takes no body");
  json::parse<NoFields>(request.body);
}

/// Chooses JSON or CSV and takes the reserved `format` parameter out of the query.
void negotiate(const Route& route, Request& request) {
  if (route.result == nullptr) return;
  const std::string_view accept = request.header("accept").value_or("");
  const int json_weight = accept_weight(accept, "application/json");
  if (!route.is_page) {
    if (json_weight == 0) throw Problem(kNotAcceptable, "this resource is application/json");
    return;
  }
  const auto format = std::ranges::find(request.query, "format", &std::pair<std::string, std::string>::first);
  if (format != request.query.end()) {
    if (format->second != "json" && format->second != "csv")
      throw invalid_field("?format", "out_of_range", "json or csv");
    request.wants_csv = format->second == "csv";
    request.query.erase(format);
    return;
  }
  const int csv_weight = accept_weight(accept, "text/csv");
  if (json_weight == 0 && csv_weight == 0)
    throw Problem(kNotAcceptable, "this list is application/json or text/csv");
  request.wants_csv = csv_weight > json_weight;
}

void check_query(const Route& route, const Request& request) {
  if (!route.tx_handler || route.query != nullptr || request.query.empty()) return;
  throw invalid_field("?" + request.query.front().first, "unknown_field",
                      "this call takes no such parameter");
}

// ------------------------------------------------------------------ the handler in its transaction

bool has_field(const json::Codec* codec, std::string_view name) {
  return codec != nullptr &&
         std::ranges::any_of(codec->fields(), [&](const auto& f) { return f.name == name; });
}

void set_query(Pairs& query, std::string_view name, std::string value) {
  std::erase_if(query, [&](const auto& pair) { return pair.first == name; });
  query.emplace_back(name, std::move(value));
}

/// A whole list as CSV: page after page in one transaction, so that no row is seen twice or missed.
Task<Response> run_csv(db::Tx& tx, const Exchange& x) {
  constexpr int kPagesMax = 250;  // of 200 rows: 50,000 rows in one answer
  Request request = x.request;
  Response out;
  const bool is_paged = has_field(x.route->query, "limit") && has_field(x.route->query, "cursor");
  if (is_paged) set_query(request.query, "limit", std::to_string(PageLimit::kLargest));
  json::csv_header(*x.route->result, out.body);
  std::string next;
  for (int page = 0; page < kPagesMax; ++page) {
    const Response part = co_await x.route->tx_handler(tx, request, x.args, x.principal);
    out.status = part.status;
    out.content_type = part.content_type;
    out.body += part.body;
    next = part.next_cursor;
    if (next.empty() || !is_paged) break;
    set_query(request.query, "cursor", next);
  }
  // Cut at the limit: the caller goes on with ?cursor=.
  if (!next.empty()) out.headers.emplace_back("Next-Cursor", next);
  co_return out;
}

/// The id of the thing that changed: the answer's "id", else the first path argument.
std::optional<Uuid> subject_of(const Response& response, const PathArgs& args) {
  constexpr std::string_view kMember = R"("id":")";
  const auto at = response.body.find(kMember);
  // The id stands first in our answers; further inside it would be another thing's.
  if (at != std::string::npos && at <= 1)
    if (const auto id = Uuid::parse(std::string_view(response.body).substr(at + kMember.size(), 36)))
      return id;
  if (!args.empty()) return Uuid::parse(args.front());
  return std::nullopt;
}

/// The answer as it may be kept: a secret is shown once and stored nowhere.
std::string without_secret(const Route& route, std::string body) {
  if (route.secret.empty()) return body;
  const std::string wanted = fmt::format(R"("{}":")", route.secret);
  const auto at = body.find(wanted);
  if (at == std::string::npos) return body;
  const auto begin = at + wanted.size() - 1;  // the opening quote; our secrets need no escapes
  return body.replace(begin, body.find('"', begin + 1) + 1 - begin, "null");
}

/// Compares If-Match (RFC 9110, section 13.1.1) with the row, which stays locked until the transaction ends:
/// of two editors who read the same, the second is told. An id that is not there is left to the handler.
Task<> check_version(db::Tx& tx, const Exchange& x) {
  const std::string_view wanted = x.request.header("if-match").value_or("");
  if (wanted == "*") co_return;
  const auto id = Uuid::parse(x.args.at(0));
  if (!id) throw Problem(kNotFound);
  const db::Result row = co_await tx.run({x.route->version, {tx.scope().organization_id.str(), id->str()}});
  if (row.rows() == 0) throw Problem(kNotFound);
  const auto updated_at = db::PgCodec<Timestamp>::from(row.cell(0, 0).value());
  if (wanted != detail::etag_of(updated_at)) throw Problem(kVersionStale);
}

/// What one run of the transaction came to.
struct Run {
  Response response;
  std::exception_ptr failure;
  bool is_claimed = false;  // the claim's row was written before the failure: execution had begun
};

Task<Run> run_once(const Exchange& x, const Hooks& hooks, const Claim* claim) {
  Run run;
  auto lease = co_await x.pool.acquire(*x.route->role);
  db::Tx tx(*lease, x.principal.scope, *x.route->role);
  try {
    const ActorId actor = x.principal.scope.actor_id;
    if (claim != nullptr) {
      // Travels with the handler's first statement: a claim costs no trip of its own.
      tx.later_checked(
          kClaimKey,
          [&run](const db::Result& result) {
            if (result.rows() == 0) throw KeyTaken{};
            run.is_claimed = true;
          },
          actor, claim->key, claim->route, claim->fingerprint);
    }
    if (hooks.admit) hooks.admit(tx, x.request);
    if (x.route->version != nullptr) co_await check_version(tx, x);
    if (x.request.wants_csv)
      run.response = co_await run_csv(tx, x);
    else
      run.response = co_await x.route->tx_handler(tx, x.request, x.args, x.principal);
    if (run.response.status == 0) run.response.status = x.route->success;
    if (changes_state(x.request.method) && hooks.audit)
      hooks.audit(tx, *x.route, x.request, subject_of(run.response, x.args));
    if (claim != nullptr && is_stored_status(run.response.status))
      tx.later(kStoreAnswer, actor, claim->key, run.response.status,
               without_secret(*x.route, run.response.body));
    co_await tx.commit();
    co_return run;
  } catch (...) {
    run.failure = std::current_exception();
  }
  co_await tx.rollback();
  co_return run;
}

enum class Next { raise, again, replay, store_refusal };

/// What to do about a failed run. Rolled back already.
Next next_after(const Run& run, const Claim* claim, int attempt) {
  try {
    std::rethrow_exception(run.failure);
  } catch (const KeyTaken&) {
    return Next::replay;
  } catch (const Problem& problem) {
    if (claim != nullptr && run.is_claimed && is_stored_status(problem.kind().status))
      return Next::store_refusal;
  } catch (const db::DbError& error) {
    if (error.is_retryable() && attempt < kAttemptsMax) return Next::again;
  } catch (...) {
    return Next::raise;
  }
  return Next::raise;
}

Response stored_response(const StoredAnswer& stored) {
  Response out;
  out.status = stored.status.value_or(500);
  out.body = stored.body.value_or("");
  if (out.status >= 400) out.content_type = "application/problem+json";
  if (out.body.empty()) out.content_type.clear();
  out.headers.emplace_back("Idempotent-Replayed", "true");
  return out;
}

/// The answer that another request with this key has got; nothing when its row is gone again.
Task<std::optional<Response>> replay(const Exchange& x, const Claim& claim) {
  const auto stored = co_await db::run_tx(
      x.pool, x.principal.scope, *x.route->role, [&](db::Tx& tx) -> Task<std::optional<StoredAnswer>> {
        co_return co_await tx.maybe(kStoredAnswer, x.principal.scope.actor_id, claim.key);
      });
  if (!stored) co_return std::nullopt;
  if (stored->req_hash != claim.fingerprint) throw Problem(kKeyReused);
  if (stored->state != "done") throw Problem(kKeyInProgress);
  co_return stored_response(*stored);
}

/// Keeps a refusal under its key, in a transaction of its own because the work was rolled back. False: while
/// the key was free somebody else took it.
Task<bool> store_refusal(const Exchange& x, const Claim& claim, const Response& refusal) {
  co_return co_await db::run_tx(x.pool, x.principal.scope, *x.route->role, [&](db::Tx& tx) -> Task<bool> {
    const auto rows = co_await tx.all(kStoreRefusal, x.principal.scope.actor_id, claim.key, claim.route,
                                      claim.fingerprint, refusal.status, refusal.body);
    co_return !rows.empty();
  });
}

/// The refusal inside a failed run, as its answer.
Response refusal_of(const Run& run, const Exchange& x) {
  try {
    std::rethrow_exception(run.failure);
  } catch (const Problem& problem) {
    note_undeclared_problem(*x.route, problem.kind());
    return problem_response(problem, x.request.request_id);
  }
}

Task<Response> run_transaction(const Exchange& x, const Hooks& hooks) {
  std::optional<Claim> claim;
  if (x.route->repeat == Repeat::key) claim = claim_of(*x.route, x.request, x.args);
  const Claim* key = claim ? &*claim : nullptr;
  for (int attempt = 1;; ++attempt) {
    Run run = co_await run_once(x, hooks, key);
    if (!run.failure) co_return std::move(run.response);
    Next next = next_after(run, key, attempt);
    if (next == Next::raise) std::rethrow_exception(run.failure);
    if (next == Next::store_refusal) {
      Response refusal = refusal_of(run, x);
      if (co_await store_refusal(x, *claim, refusal)) co_return refusal;
      next = Next::replay;
    }
    if (next == Next::replay) {
      if (auto answer = co_await replay(x, *claim)) co_return *std::move(answer);
      if (attempt >= kAttemptsMax) throw Problem(kKeyInProgress);
    }
    co_await db::pause_before_retry(attempt);
  }
}

// ------------------------------------------------------------------ failures

/// Where a failure happened; `route` is null when none was found yet.
struct Failure {
  const Routes& routes;
  const Route* route;
  const Request& request;
  bool request_names(std::string_view parameter) const {
    return std::ranges::any_of(request.query, [&](const auto& pair) { return pair.first == parameter; });
  }
};

Response database_failure(const Failure& at, const db::DbError& error) {
  if (!error.constraint().empty())
    if (const ProblemKind* kind = at.routes.constraint_problem(error.constraint())) {
      if (at.route != nullptr) note_undeclared_problem(*at.route, *kind);
      return problem_response(Problem(*kind), at.request.request_id);
    }
  // A cursor's key is text that the list's own column type reads (class 22, data exception): one that we did
  // not make.
  if (error.sqlstate().starts_with("22") && at.route != nullptr && at.route->is_page &&
      at.request_names("cursor"))
    return problem_response(invalid_field("?cursor", "malformed", "this is not a cursor of this list"),
                            at.request.request_id);
  // The key's row is locked by a transaction that is still working.
  if (error.sqlstate() == "55P03" &&
      (error.query() == kClaimKey.name() || error.query() == kStoreRefusal.name()))
    return problem_response(Problem(kKeyInProgress), at.request.request_id);
  if (error.is_unavailable() || error.is_retryable()) {
    log_unavailable(at.request.request_id, error.sqlstate(), error.query());
    return problem_response(Problem(kUnavailable), at.request.request_id);
  }
  log_internal(at.request.request_id, fmt::format("{}: {} ({} {})", error.query(), error.what(),
                                                  error.sqlstate(), error.constraint()));
  return problem_response(Problem(kInternal), at.request.request_id);
}

Response failure_response(const Failure& at, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Problem& problem) {
    if (at.route != nullptr && note_undeclared_problem(*at.route, problem.kind()))
      log_internal(at.request.request_id,
                   fmt::format("{} {} answers {} without declaring it", method_name(at.route->method),
                               at.route->pattern, problem.kind().code));
    return problem_response(problem, at.request.request_id);
  } catch (const db::DbError& error) {
    return database_failure(at, error);
  } catch (const std::bad_alloc&) {
    return problem_response(Problem(kUnavailable), at.request.request_id);
  } catch (const std::exception& error) {
    log_internal(at.request.request_id, error.what());
    return problem_response(Problem(kInternal), at.request.request_id);
  } catch (...) {
    log_internal(at.request.request_id, "something that is not an exception was thrown");
    return problem_response(Problem(kInternal), at.request.request_id);
  }
}

Task<Response> run_route(Exchange& x, const Hooks& hooks, Limits& limits) {
  const Route& route = *x.route;
  if (route.access != Access::open) {
    if (hooks.authenticate) x.principal = co_await hooks.authenticate(x.pool, x.request, route);
    x.ticket.emplace(limits.admit(x.principal));
    if (x.ticket->figures && !x.ticket->figures->is_admitted) throw Problem(kTooManyRequests);
    check_access(route, x.principal);
  }
  check_body(route, x.request);
  if (route.version != nullptr && !x.request.header("if-match")) throw Problem(kVersionMissing);
  negotiate(route, x.request);
  check_query(route, x.request);
  if (route.is_report || x.request.wants_csv) x.report_place.emplace(limits.admit_report());
  const bool collects = route.site_handler && x.principal.kind == Principal::Kind::site_key;
  if (route.tx_handler && !collects) co_return co_await run_transaction(x, hooks);
  const auto& handler = collects ? route.site_handler : route.context_handler;
  Response response = co_await handler(Context{x.request, x.principal, x.pool}, x.args);
  if (response.status == 0) response.status = route.success;
  if (x.request.wants_csv) {
    std::string head;
    json::csv_header(*route.result, head);
    response.body.insert(0, head);
  }
  co_return response;
}

}  // namespace

Dispatch::Dispatch(const Routes& routes, Hooks hooks, LimitOptions limits)
    : impl_(std::make_unique<Impl>(routes, std::move(hooks), limits)) {}
Dispatch::~Dispatch() = default;

const RequestMetrics& Dispatch::metrics() const { return impl_->metrics; }
void Dispatch::count_refusal(int status) const { impl_->metrics.observe(nullptr, status, {}); }

std::size_t Dispatch::body_max(Method method, std::string_view path) const {
  constexpr std::size_t kUnknown = 64 * 1024;
  const RouteMatch match = impl_->router.find(method, path);
  return match.route != nullptr ? match.route->body_max : kUnknown;
}

Task<Response> Dispatch::operator()(db::Pool& pool, Request request) const {
  const auto begin = Monotonic::now();
  Exchange x{pool, std::move(request), nullptr, {}, {}, {}, {}};
  Response response;
  std::exception_ptr failure;
  try {
    const std::string_view asked = x.request.header("access-control-request-method").value_or("");
    RouteMatch match = impl_->router.find(x.request.method, x.request.path, asked);
    x.route = match.route;
    x.args = std::move(match.args);
    if (x.route != nullptr) {
      response = co_await run_route(x, impl_->hooks, impl_->limits);
    } else if (match.allow.empty()) {
      response = problem_response(Problem(kNotFound), x.request.request_id);
    } else if (x.request.method == Method::options) {
      response = preflight(match, x.request);
      if (match.other != nullptr && response.status == 204) add_cors(*match.other, x.request, response);
    } else {
      response = problem_response(Problem(kMethodNotAllowed), x.request.request_id);
      response.headers.emplace_back("Allow", match.allow);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) response = failure_response({impl_->routes, x.route, x.request}, failure);
  if (x.route != nullptr) add_cors(*x.route, x.request, response);
  if (x.ticket && x.ticket->figures) add_limit_headers(*x.ticket->figures, response.headers);
  const auto duration = Monotonic::now() - begin;
  impl_->metrics.observe(x.route, response.status, duration);
  log_request(x.request, x.route, x.principal, response, duration, pool.executor());
  co_return response;
}

}  // namespace tandem::http
