#include "http/routes.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace tandem::http {

namespace detail {

Response json_response(int status, std::string body) {
  Response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

std::string etag_of(Timestamp updated_at) { return fmt::format("\"{}\"", updated_at.str()); }

std::string page_body(const json::Codec& item, std::size_t count,
                      const std::function<const void*(std::size_t)>& at, const std::optional<Cursor>& next) {
  std::string out = R"({"items":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    json::print(item, at(i), out);
  }
  out += R"(],"next_cursor":)";
  if (next)
    json::print_string(next->str(), out);
  else
    out += "null";
  out += '}';
  return out;
}

Response page_rows_csv(const json::Codec& item, std::size_t count,
                       const std::function<const void*(std::size_t)>& at, const std::optional<Cursor>& next) {
  Response out;
  out.status = 0;
  out.content_type = "text/csv; charset=utf-8";
  for (std::size_t i = 0; i < count; ++i) json::csv_row(item, at(i), out.body);
  if (next) out.next_cursor = next->str();
  return out;
}

}  // namespace detail

Route& Routes::begin(Method method, int success, std::string pattern) {
  Route& route = routes_.emplace_back();
  route.method = method;
  route.pattern = std::move(pattern);
  route.success = success;
  route.tag = tag_;
  route.repeat = changes_state(method) ? Repeat::key : Repeat::safe;
  return route;
}

void Routes::set_context_handler(Route& route, Route::ContextHandler handler) {
  route.context_handler = std::move(handler);
  // Without one transaction there is nothing that a stored answer could be part of.
  if (route.repeat == Repeat::key) route.repeat = Repeat::content;
}

Route& Routes::raw(Method method, std::string pattern, Route::ContextHandler handler) {
  Route& route = begin(method, 200, std::move(pattern));
  set_context_handler(route, std::move(handler));
  return route;
}

const ProblemKind* Routes::constraint_problem(std::string_view constraint) const {
  for (const auto& entry : constraints_)
    if (entry.constraint == constraint) return entry.kind;
  return nullptr;
}

namespace {

/// "/api/partners/{partner_id}" → "/api/partners/{}": two patterns that differ only in the names are the same
/// route.
std::string shape_of(std::string_view pattern) {
  std::string out;
  bool inside = false;
  for (const char c : pattern) {
    if (!inside || c == '}') out += c;
    if (c == '{') inside = true;
    if (c == '}') inside = false;
  }
  return out;
}

std::string_view defect_of(const Route& route) {
  if (!route.pattern.starts_with('/') || (route.pattern.size() > 1 && route.pattern.ends_with('/')))
    return "a pattern that begins with / and does not end in it";
  if (!route.tx_handler && !route.context_handler) return "a handler";
  if (!route.access) return "access (.allow)";
  const bool is_for_roles = *route.access != Access::open && *route.access != Access::user;
  if (is_for_roles && !route.permission) return "a permission (.needs)";
  if (!is_for_roles && route.permission)
    return "a caller with a role: an open or user route can need no permission";
  if (route.tx_handler && !route.role) return "a role (.as)";
  if (route.summary.empty()) return "a summary (.says)";
  for (const json::Codec* input : {route.query, route.body})
    if (input != nullptr && !json::is_request_type(*input))
      return "an input without std::string: a request has types that check their text";
  if (route.version != nullptr && (!route.tx_handler || !route.pattern.contains('{')))
    return "a transaction and a path argument: .versioned speaks of one thing";
  if (route.tx_handler && *route.access == Access::open)
    return "an organization: an open route takes http::Context, not db::Tx&";
  if (route.tx_handler && *route.role == Role::service) return "an ordinary role: a Tx has an organization";
  if (route.repeat == Repeat::key && !route.tx_handler)
    return "a transaction: .repeats(Repeat::key) takes db::Tx&";
  if (route.repeat == Repeat::key && *route.role == Role::read)
    return "a role that may store its answer, or .repeats(Repeat::safe)";
  return {};
}

}  // namespace

void Routes::check() const {
  std::set<std::string> seen;
  for (const Route& route : routes_) {
    const std::string name = fmt::format("{} {}", method_name(route.method), route.pattern);
    if (const auto defect = defect_of(route); !defect.empty())
      throw std::logic_error(fmt::format("route {} lacks {}", name, defect));
    if (!seen.insert(fmt::format("{} {}", method_name(route.method), shape_of(route.pattern))).second)
      throw std::logic_error(fmt::format("route {} is declared twice", name));
  }
}

}  // namespace tandem::http
