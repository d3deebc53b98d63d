// What the HTTP layer writes to the log: one line a request (when enabled), and the facts of failures that
// the client is not told. Route templates instead of paths, no query values, no personal data.
#pragma once
#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <string_view>

#include "http/message.hpp"
#include "http/principal.hpp"
#include "http/routes.hpp"

namespace tandem::http {

/// One JSON line per answered request from now on; off at first.
void set_access_log(bool is_on);
/// Written with the others of its thread when `thread`, its event loop, comes round.
void log_request(const Request& request, const Route* route, const Principal& principal,
                 const Response& response, std::chrono::nanoseconds duration,
                 const boost::asio::any_io_executor& thread);
/// A 500: our mistake.
void log_internal(std::string_view request_id, std::string_view facts);
/// A 503 because the database was away or too busy.
void log_unavailable(std::string_view request_id, std::string_view sqlstate, std::string_view query);

}  // namespace tandem::http
