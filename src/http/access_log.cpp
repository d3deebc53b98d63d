#include "http/access_log.hpp"

#include <boost/asio/post.hpp>

#include <atomic>

#include "log/log.hpp"

namespace tandem::http {

namespace {
std::atomic<bool> is_access_log_on{false};
}

void set_access_log(bool is_on) { is_access_log_on.store(is_on, std::memory_order_relaxed); }

void log_request(const Request& request, const Route* route, const Principal& principal,
                 const Response& response, std::chrono::nanoseconds duration,
                 const boost::asio::any_io_executor& thread) {
  if (!is_access_log_on.load(std::memory_order_relaxed)) return;
  // An unknown path is what somebody typed: it may hold anything, so it is not written.
  const std::string_view pattern = route != nullptr ? std::string_view(route->pattern) : "none";
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const bool is_known = principal.kind != Principal::Kind::anonymous;
  const bool is_first = is_known ? log::hold(log::Level::info, "http.request",
                                             {{"request_id", request.request_id},
                                              {"method", method_name(request.method)},
                                              {"route", pattern},
                                              {"status", response.status},
                                              {"duration_us", microseconds},
                                              {"bytes", response.body.size()},
                                              {"organization", principal.scope.organization_id},
                                              {"key_prefix", principal.key_prefix}})
                                 : log::hold(log::Level::info, "http.request",
                                             {{"request_id", request.request_id},
                                              {"method", method_name(request.method)},
                                              {"route", pattern},
                                              {"status", response.status},
                                              {"duration_us", microseconds},
                                              {"bytes", response.body.size()}});
  if (is_first) boost::asio::post(thread, log::flush_held);
}

void log_internal(std::string_view request_id, std::string_view facts) {
  log::error("http.internal", {{"request_id", request_id}, {"facts", facts}});
}

void log_unavailable(std::string_view request_id, std::string_view sqlstate, std::string_view query) {
  log::warn("http.unavailable", {{"request_id", request_id}, {"sqlstate", sqlstate}, {"query", query}});
}

}  // namespace tandem::http
