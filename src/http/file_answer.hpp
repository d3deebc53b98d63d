// A file that a route hands out.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "http/message.hpp"

namespace tandem::http {

/// The bytes of a file to be saved under `name` (ASCII without quotes). A browser that opens it nevertheless
/// runs nothing in it.
inline Response file_answer(std::string content_type, std::string_view name, std::string bytes) {
  Response out;
  out.status = 0;  // the route's own
  out.content_type = std::move(content_type);
  out.headers = {{"Content-Disposition", fmt::format("attachment; filename=\"{}\"", name)},
                 {"Content-Security-Policy", "sandbox; default-src 'none'"}};
  out.body = std::move(bytes);
  return out;
}

}  // namespace tandem::http
