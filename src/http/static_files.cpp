#include "http/static_files.hpp"

#include <fmt/format.h>

#include "crypto/hmac.hpp"
#include "http/negotiation.hpp"

namespace tandem::http {

std::string etag_of(std::string_view bytes) {
  const auto digest = crypto::sha256(bytes);
  std::string out = "\"";
  for (std::size_t i = 0; i < 12; ++i) out += fmt::format("{:02x}", static_cast<unsigned char>(digest[i]));
  return out + '"';
}

namespace {

/// RFC 9110 section 13.1.2: a list of tags, compared weakly, or "*".
bool names_tag(std::string_view header, std::string_view tag) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view element = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == "*" || element == tag) return true;
  }
  return false;
}

}  // namespace

Response serve_file(const StaticFile& file, const Request& request) {
  const std::string_view accepted = request.header("accept-encoding").value_or("");
  std::string_view bytes = file.plain, coding;
  int weight = coding_weight(accepted, "identity");
  const auto offer = [&](std::string_view variant, std::string_view name) {
    const int offered = variant.empty() ? 0 : coding_weight(accepted, name);
    if (offered == 0 || offered < weight) return;
    if (offered == weight && !coding.empty() && variant.size() >= bytes.size()) return;
    bytes = variant;
    coding = name;
    weight = offered;
  };
  offer(file.gzip, "gzip");
  offer(file.brotli, "br");
  Response out;
  out.content_type = file.content_type;
  const std::string tag = etag_of(bytes);
  out.headers = {{"ETag", tag}, {"Cache-Control", file.cache_control}, {"Vary", "Accept-Encoding"}};
  if (const auto known = request.header("if-none-match"); known && names_tag(*known, tag)) {
    out.status = 304;
    return out;
  }
  if (!coding.empty()) out.headers.emplace_back("Content-Encoding", coding);
  out.body = bytes;
  return out;
}

}  // namespace tandem::http
