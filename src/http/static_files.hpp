// Static files: bytes that are part of the program, with their compressed variants, a strong ETag and caching
// rules. Used for the tracking script and for the web app.
#pragma once
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace tandem::http {

/// One file. The bytes are constants of the program; a variant that was not made is empty.
struct StaticFile {
  std::string content_type;
  std::string_view plain, brotli, gzip;
  std::string cache_control = "public, max-age=3600";
};

/// The answer to a GET or HEAD of this file: 304 when If-None-Match has its ETag, otherwise the smallest
/// variant that Accept-Encoding takes. Every answer says Vary: Accept-Encoding.
Response serve_file(const StaticFile& file, const Request& request);

/// The strong ETag of these bytes, quotes included.
std::string etag_of(std::string_view bytes);

}  // namespace tandem::http
