// Requests and answers as plain values. No Beast here: only http/server.cpp knows it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::http {

enum class Method { get, head, post, put, patch, delete_, options };

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Method method = Method::get;
  std::string path;  // decoded, without the query
  Pairs query;       // decoded, in order
  Pairs headers;     // names in lower case
  std::string body;
  std::string client_ip;   // of the socket, or of X-Forwarded-For from a listed proxy
  std::string request_id;  // a UUIDv7; in the log, in problems and in the answer's X-Request-Id
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
};

using PathArgs = std::vector<std::string>;

}  // namespace tandem::http
