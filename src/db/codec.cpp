#include "db/codec.hpp"

namespace tandem::db {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void PgCodec<Bytes>::to(const Bytes& v, std::string& out) {
  out += "\\x";
  for (const char c : v.value) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

Bytes PgCodec<Bytes>::from(std::string_view s) {
  TANDEM_ASSERT(s.starts_with("\\x") && s.size() % 2 == 0, "bytea is not in hex form");
  Bytes out;
  out.value.reserve(s.size() / 2 - 1);
  for (std::size_t i = 2; i < s.size(); i += 2) {
    const int high = hex_value(s[i]), low = hex_value(s[i + 1]);
    TANDEM_ASSERT(high >= 0 && low >= 0, "bytea is not in hex form");
    out.value += static_cast<char>(high * 16 + low);
  }
  return out;
}

void append_array_element(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::vector<std::optional<std::string>> split_array(std::string_view text) {
  TANDEM_ASSERT(text.size() >= 2 && text.front() == '{' && text.back() == '}', "not an array: {}", text);
  std::vector<std::optional<std::string>> out;
  text = text.substr(1, text.size() - 2);
  std::size_t i = 0;
  while (i < text.size()) {
    std::string cell;
    const bool quoted = text[i] == '"';
    if (quoted) {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
        TANDEM_ASSERT(i < text.size(), "an array ends in an escape");
        cell += text[i];
      }
      TANDEM_ASSERT(i < text.size(), "an array's quote is not closed");
      ++i;
    } else {
      for (; i < text.size() && text[i] != ','; ++i) cell += text[i];
      TANDEM_ASSERT(!cell.empty() && cell.front() != '{', "not a one-dimensional array");
    }
    if (!quoted && cell == "NULL")
      out.emplace_back();
    else
      out.emplace_back(std::move(cell));
    if (i == text.size()) break;
    TANDEM_ASSERT(text[i] == ',' && i + 1 < text.size(), "not an array: {}", text);
    ++i;
  }
  return out;
}

}  // namespace tandem::db
