#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tandem {
namespace {

constexpr char32_t kMalformed = 0xffffffff;

/// What a byte may be part of: one bit for each kind of text, so that a text is of a kind when all its bytes
/// agree.
enum Kind : std::uint8_t {
  kUpper = 1,
  kDigit = 2,
  kAlnum = 4,
  kSlug = 8,   // a-z 0-9 -
  kHost = 16,  // letters, digits, -
  kName = 32,  // letters, digits, - _ .
  kUrl = 64,
  kMailbox = 128,
};

constexpr std::uint8_t kinds_of(char c) {
  // Browsers percent-encode these wherever they occur; everything else printable may stand raw in a query.
  constexpr std::string_view kNotInUrls = "\"<>";
  // Characters that end an address in a mail header (RFC 5322 specials) need quoting; no real mailbox has
  // them.
  constexpr std::string_view kNotInMailboxes = "()<>[]:;@\\,\"";
  const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
  const bool alnum = lower || upper || digit, host = alnum || c == '-';
  unsigned kinds = 0;
  if (upper) kinds |= kUpper;
  if (digit) kinds |= kDigit;
  if (alnum) kinds |= kAlnum;
  if (host && !upper) kinds |= kSlug;
  if (host) kinds |= kHost;
  if (host || c == '_' || c == '.') kinds |= kName;
  if (kNotInUrls.find(c) == std::string_view::npos) kinds |= kUrl;
  if (kNotInMailboxes.find(c) == std::string_view::npos) kinds |= kMailbox;
  return static_cast<std::uint8_t>(kinds);
}
constexpr std::array<std::uint8_t, 256> kKinds = [] {
  std::array<std::uint8_t, 256> table{};
  for (char c = '!'; c <= '~'; ++c) table[static_cast<unsigned char>(c)] = kinds_of(c);
  return table;
}();

bool is(Kind kind, char c) { return (kKinds[static_cast<unsigned char>(c)] & kind) != 0; }
bool is_upper(char c) { return is(kUpper, c); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is(kAlnum, c); }
char lowered(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lowered);
  return out;
}

bool starts_with_lowered(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text.substr(0, lower.size()), lower, {}, lowered);
}

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// Decodes the code point at `i` (a byte of 0x80 or more) and moves `i` past it.
char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto at = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  const std::size_t left = text.size() - i;
  const unsigned char first = at(0);
  std::size_t length = 0;
  char32_t point = 0, smallest = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2, point = first & 0x1f, smallest = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3, point = first & 0x0f, smallest = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4, point = first & 0x07, smallest = 0x10000;
  } else {
    return kMalformed;
  }
  if (left < length) return kMalformed;
  for (std::size_t k = 1; k < length; ++k) {
    if (!continues(at(k))) return kMalformed;
    point = point << 6 | (at(k) & 0x3f);
  }
  if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return kMalformed;
  i += length;
  return point;
}

/// How many bytes from the beginning, in steps of eight, are 0x20 to 0x7e.
std::size_t plain_ascii_prefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof eight);
    // Of bytes below 0x80: + 1 reaches 0x80 from 0x7f only, - 0x20 borrows from what is smaller only.
    if (((eight | (eight + kOnes) | (eight - kOnes * 0x20)) & kHighs) != 0) break;
  }
  return i;
}

bool is_refused(char32_t point) {
  return point < 0xa0 || (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool all_of(std::string_view text, std::size_t min, std::size_t max, Kind kind) {
  if (text.size() < min || text.size() > max) return false;
  // No way out of the loop: texts are short and nearly always good, and a branch a byte costs more than
  // reading on.
  unsigned kinds = kind;
  for (const char c : text) kinds &= kKinds[static_cast<unsigned char>(c)];
  return kinds != 0;
}

/// A dotted name of a host: labels of letters, digits and inner hyphens.
bool is_host_name(std::string_view host, bool dotted) {
  if (host.size() > 253) return false;
  std::size_t dots = 0, begin = 0;
  unsigned kinds = kHost;
  for (std::size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      kinds &= kKinds[static_cast<unsigned char>(host[i])];
      continue;
    }
    const std::size_t length = i - begin;
    if (length == 0 || length > 63 || host[begin] == '-' || host[i - 1] == '-') return false;
    begin = i + 1;
    if (i < host.size()) ++dots;
  }
  return kinds != 0 && (!dotted || dots > 0);
}

bool is_port(std::string_view text) {
  if (!all_of(text, 1, 5, kDigit)) return false;
  int port = 0;
  for (const char c : text) port = port * 10 + (c - '0');
  return port >= 1 && port <= 65535;
}

/// host, host:port, [IPv6] or [IPv6]:port; '@' is in none of them.
bool is_authority(std::string_view authority) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    const auto inner = authority.substr(1, close - 1);
    if (inner.size() < 2 || inner.size() > 45 || inner.find(':') == std::string_view::npos) return false;
    if (!std::ranges::all_of(inner, [](char c) { return is_alnum(c) || c == ':' || c == '.'; })) return false;
    rest = authority.substr(close + 1);
  } else {
    const auto colon = authority.find(':');
    if (!is_host_name(authority.substr(0, colon), false)) return false;
    if (colon != std::string_view::npos) rest = authority.substr(colon);
  }
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
    } else if (next_code_point(text, i) == kMalformed) {
      return false;
    }
  }
  return true;
}

std::string_view head_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

bool is_clean_text(std::string_view text, bool multiline) {
  for (std::size_t i = plain_ascii_prefix(text); i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x7f) {
      ++i;
    } else if (byte < 0x80) {
      if (!multiline || (byte != '\n' && byte != '\t')) return false;
      ++i;
    } else {
      const char32_t point = next_code_point(text, i);
      if (point == kMalformed || is_refused(point)) return false;
    }
  }
  return true;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues(static_cast<unsigned char>(c)); }));
}

std::optional<Email> Email::parse(std::string_view text) {
  if (text.size() > 254) return std::nullopt;
  const auto at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  if (!all_of(text.substr(0, at), 1, 64, kMailbox)) return std::nullopt;
  if (!is_host_name(text.substr(at + 1), true)) return std::nullopt;
  Email out;
  out.value_ = std::string(text);
  return out;
}

std::string Email::normalised() const { return lower_ascii(value_); }

std::optional<Url> Url::parse(std::string_view text) {
  if (!all_of(text, 8, 2048, kUrl)) return std::nullopt;
  std::size_t begin = 0;
  if (starts_with_lowered(text, "https://")) begin = 8;
  if (starts_with_lowered(text, "http://")) begin = 7;
  if (begin == 0) return std::nullopt;
  std::size_t end = begin;
  while (end < text.size() && text[end] != '/' && text[end] != '?' && text[end] != '#') ++end;
  if (!is_authority(text.substr(begin, end - begin))) return std::nullopt;
  // Before the query a backslash is a slash to browsers and not to others: two readings of one address.
  for (; end < text.size() && text[end] != '?' && text[end] != '#'; ++end)
    if (text[end] == '\\') return std::nullopt;
  Url out;
  out.value_ = std::string(text);
  return out;
}

std::optional<Code> Code::parse(std::string_view text) {
  // "." and ".." are steps in a path, not names.
  if (!all_of(text, 1, 64, kName) || text == "." || text == "..") return std::nullopt;
  Code out;
  out.value_ = std::string(text);
  return out;
}

std::string Code::normalised() const { return lower_ascii(value_); }

std::optional<Slug> Slug::parse(std::string_view text) {
  if (!all_of(text, 2, 63, kSlug) || text.front() == '-') return std::nullopt;
  Slug out;
  out.value_ = std::string(text);
  return out;
}

Slug Slug::from(std::string_view text) {
  Slug out;
  for (const char c : text) {
    if (out.value_.size() == 63) break;
    if (is_alnum(c)) {
      out.value_ += lowered(c);
    } else if (!out.value_.empty() && out.value_.back() != '-') {
      out.value_ += '-';
    }
  }
  while (out.value_.ends_with('-')) out.value_.pop_back();
  if (out.value_.size() >= 2) return out;
  // FNV-1a: the same text gives the same slug; no secrecy is asked of it.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  out.value_ = "x";
  for (int shift = 28; shift >= 0; shift -= 4) out.value_ += "0123456789abcdef"[(hash >> shift) & 15];
  return out;
}

std::optional<VisitorId> VisitorId::parse(std::string_view text) {
  if (!all_of(text, 8, 64, kName)) return std::nullopt;
  VisitorId out;
  out.value_ = std::string(text);
  return out;
}

std::optional<Country> Country::parse(std::string_view text) {
  if (!all_of(text, 2, 2, kUpper)) return std::nullopt;
  Country out;
  out.value_ = std::string(text);
  return out;
}

std::optional<Locale> Locale::parse(std::string_view text) {
  const auto dash = text.find('-');
  const auto language = text.substr(0, dash);
  if (!all_of(language, 2, 3, kAlnum) || !std::ranges::all_of(language, is_lower)) return std::nullopt;
  if (dash != std::string_view::npos && !all_of(text.substr(dash + 1), 2, 2, kUpper)) return std::nullopt;
  Locale out;
  out.value_ = std::string(text);
  return out;
}

std::optional<Phone> Phone::parse(std::string_view text) {
  constexpr std::size_t kDigitsMin = 7, kDigitsMax = 15, kLongest = 40;
  if (text.size() > kLongest || !text.starts_with('+')) return std::nullopt;
  Phone out;
  out.value_ = "+";
  for (const char c : text.substr(1)) {
    if (is(kDigit, c))
      out.value_ += c;
    else if (!std::string_view(" -./()").contains(c))
      return std::nullopt;
  }
  const auto digits = out.value_.size() - 1;
  if (digits < kDigitsMin || digits > kDigitsMax || out.value_[1] == '0') return std::nullopt;
  return out;
}

}  // namespace tandem
