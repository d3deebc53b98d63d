#include "app/import/cells.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

namespace tandem::app::importing {
namespace {

constexpr int kMostDigits = 15, kMostDecimals = 6;

/// Unicode of the bytes 0x80 to 0x9f of windows-1252; 0 where there is none.
constexpr std::array<std::uint16_t, 32> kWindows = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace

std::optional<Decimal> read_number(std::string_view text, char decimal, std::optional<char> thousands) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t units = 0;
  int digits = 0, decimals = -1;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      ++digits;
      decimals += decimals >= 0;
      if (digits > kMostDigits || decimals > kMostDecimals) return std::nullopt;
      units = units * 10 + (c - '0');
    } else if (c == decimal && decimals < 0 && digits > 0) {
      decimals = 0;
    } else if (c != thousands || decimals >= 0 || digits == 0) {
      return std::nullopt;
    }
  }
  if (digits == 0 || decimals == 0 || (thousands && text.back() == *thousands)) return std::nullopt;
  return Decimal{negative ? -units : units, std::max(decimals, 0)};
}

std::optional<std::string_view> to_utf8(std::string_view text, Encoding encoding, std::string& scratch) {
  if (is_plain(text)) return text;
  if (encoding != Encoding::utf_8) {
    scratch.clear();
    for (const char c : text) {
      auto point = static_cast<std::uint32_t>(static_cast<unsigned char>(c));
      if (encoding == Encoding::windows_1252 && point >= 0x80 && point < 0xa0) {
        point = kWindows[point - 0x80];
        if (point == 0) return std::nullopt;
      }
      append_utf8(scratch, point);
    }
    text = scratch;
  }
  if (!is_clean_text(text, true)) return std::nullopt;
  return text;
}

std::string slug_of_name(std::string_view name) {
  constexpr std::size_t kMost = 60;
  std::string out;
  for (const char c : name) {
    const char lowered = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((lowered >= 'a' && lowered <= 'z') || (lowered >= '0' && lowered <= '9')) {
      out += lowered;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  if (out.size() > kMost) out.resize(kMost);
  while (out.ends_with('-')) out.pop_back();
  if (out.size() < 2) return "p-" + to_hex(crypto::sha256(name)).substr(0, 12);
  return out;
}

std::string visitor_of(std::string_view source, std::string_view text) {
  if (const auto uuid = Uuid::parse(text)) return uuid->str();
  std::string named(source);
  named += '\0';
  named += text;
  const auto digest = crypto::sha256(named);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);  // version 8, RFC 9562 section 5.8
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid{bytes}.str();
}

}  // namespace tandem::app::importing
