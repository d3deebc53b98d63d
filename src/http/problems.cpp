#include "http/problems.hpp"

#include <array>
#include <mutex>
#include <set>
#include <string>

#include "base/json.hpp"
#include "http/dispatch.hpp"

namespace tandem::http {

std::span<const ProblemKind* const> common_problems() {
  static constexpr std::array kinds{&kBadRequest,
                                    &kBadJson,
                                    &kKeyMissing,
                                    &kKeyMalformed,
                                    &kUnauthenticated,
                                    &kForbidden,
                                    &kNotFound,
                                    &kMethodNotAllowed,
                                    &kNotAcceptable,
                                    &kTimeout,
                                    &kKeyInProgress,
                                    &kTooLarge,
                                    &kTargetTooLong,
                                    &kUnsupportedMediaType,
                                    &kExpectationFailed,
                                    &kMisdirected,
                                    &kInvalid,
                                    &kKeyReused,
                                    &kTooManyRequests,
                                    &kHeadTooLarge,
                                    &kInternal,
                                    &kNotImplemented,
                                    &kUnavailable,
                                    &kOrganizationSuspended,
                                    &kOriginNotAllowed,
                                    &kCsrf,
                                    &kReauth,
                                    &kSecondFactorRequired,
                                    &kMembershipRequired,
                                    &kPartnerSuspended,
                                    &kVersionMissing,
                                    &kVersionStale};
  return kinds;
}

namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  json::print_string(name, out);
  out += ':';
  json::print_string(value, out);
}

void append_errors(std::string& out, const std::vector<FieldError>& errors) {
  out += R"(,"errors":[)";
  bool first = true;
  for (const FieldError& error : errors) {
    if (!first) out += ',';
    first = false;
    out += '{';
    append_member(out, "pointer", error.pointer);
    out += ',';
    append_member(out, "code", error.code);
    out += ',';
    append_member(out, "detail", error.detail);
    out += '}';
  }
  out += ']';
}

}  // namespace

// RFC 9457. `type` is a relative reference: the catalogue lives on the same host.
Response problem_response(const Problem& problem, std::string_view request_id) {
  Response out;
  const ProblemKind& kind = problem.kind();
  out.status = kind.status;
  out.content_type = "application/problem+json";
  out.body = "{";
  append_member(out.body, "type", "/problems/" + std::string(kind.code));
  out.body += ',';
  append_member(out.body, "title", kind.title);
  out.body += ",\"status\":" + std::to_string(kind.status) + ',';
  append_member(out.body, "code", kind.code);
  if (!problem.detail().empty()) {
    out.body += ',';
    append_member(out.body, "detail", problem.detail());
  }
  if (!problem.errors().empty()) append_errors(out.body, problem.errors());
  out.body += ',';
  append_member(out.body, "request_id", request_id);
  out.body += '}';
  int retry_after = problem.retry_after_seconds();
  if (retry_after == 0 && (kind.status == 503 || kind.status == 429 || &kind == &kKeyInProgress))
    retry_after = 1;
  if (retry_after > 0) out.headers.emplace_back("Retry-After", std::to_string(retry_after));
  if (kind.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

namespace {

std::mutex undeclared_mutex;
std::set<std::string>& undeclared() {
  static std::set<std::string> found;
  return found;
}

}  // namespace

bool note_undeclared_problem(const Route& route, const ProblemKind& kind) {
  const auto is_kind = [&](const ProblemKind* known) { return known->code == kind.code; };
  if (std::ranges::any_of(common_problems(), is_kind) || std::ranges::any_of(route.problems, is_kind))
    return false;
  const std::scoped_lock lock(undeclared_mutex);
  return undeclared()
      .insert(std::string(method_name(route.method)) + " " + route.pattern + ": " + std::string(kind.code))
      .second;
}

std::vector<std::string> undeclared_problems() {
  const std::scoped_lock lock(undeclared_mutex);
  return {undeclared().begin(), undeclared().end()};
}

}  // namespace tandem::http
