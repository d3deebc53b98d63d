// Requests and answers as plain values. No Beast here: only http/server.cpp knows it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::http {

enum class Method { get, head, post, put, patch, delete_, options };
/// "GET", "DELETE" ….
std::string_view method_name(Method method);
/// POST, PUT, PATCH and DELETE.
bool changes_state(Method method);

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Method method = Method::get;
  std::string path;  // decoded, without the query
  Pairs query;       // decoded, in order
  Pairs headers;     // names in lower case
  std::string body;
  std::string client_ip;   // of the socket, or of X-Forwarded-For from a listed proxy
  std::string request_id;  // a UUIDv7; in the log, in problems and in the answer's X-Request-Id
  bool is_secure = false;  // came over TLS, here or at a listed proxy (X-Forwarded-Proto)
  bool wants_csv =
      false;  // set by dispatch for lists: pages are rendered as CSV rows without their header line
  /// The first header of this lower-case name.
  std::optional<std::string_view> header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return std::nullopt;
  }
  /// One cookie's value.
  std::optional<std::string_view> cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Pairs headers;
  std::string body;
  std::string
      next_cursor;  // of a page rendered as CSV: where the rest begins (read by dispatch, never sent as such)
};

using PathArgs = std::vector<std::string>;

}  // namespace tandem::http
