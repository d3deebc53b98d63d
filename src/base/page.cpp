#include "base/page.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace tandem {
namespace {

// A sort's name, the longest key that a column of ours has (a URL) and an id, in base64url.
constexpr std::size_t kCursorMax = 4096;
constexpr std::size_t kSortMax = 64;

}  // namespace

std::optional<PageLimit> PageLimit::parse(std::string_view text) {
  std::int32_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (n < 1 || n > kLargest) return std::nullopt;
  return PageLimit{n};
}

void PageLimit::append_to(std::string& out) const { out += std::to_string(n_); }

std::optional<Cursor> Cursor::parse(std::string_view text) {
  if (text.empty() || text.size() > kCursorMax) return std::nullopt;
  const auto decoded = from_base64url(text);
  // A NUL would cut the key short on its way to the database.
  if (!decoded || !is_utf8(*decoded) || decoded->find('\0') != std::string::npos) return std::nullopt;
  const std::string_view whole = *decoded;
  const auto first = whole.find('\n'), last = whole.rfind('\n');
  if (first == std::string_view::npos || first == last || first > kSortMax) return std::nullopt;
  const auto id = Uuid::parse(whole.substr(last + 1));
  if (!id) return std::nullopt;
  return Cursor{std::string(whole.substr(0, first)), std::string(whole.substr(first + 1, last - first - 1)),
                *id};
}

void Cursor::append_to(std::string& out) const {
  std::string plain = sort_;
  plain += '\n';
  plain += key_;
  plain += '\n';
  id_.append_to(plain);
  out += to_base64url(plain);
}

}  // namespace tandem
