#include "base/ids.hpp"

#include "base/assert.hpp"

namespace tandem {
namespace {

constexpr bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

constexpr std::string_view kDigits = "0123456789abcdef";

/// The value of each hexadecimal digit, 16 for what is none.
constexpr std::array<std::uint8_t, 256> kHexValues = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(16);
  for (std::uint8_t i = 0; i < 16; ++i) {
    table[static_cast<unsigned char>(kDigits[i])] = i;
    table[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
  }
  return table;
}();
unsigned hex_value(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

/// The two digits of each byte.
constexpr std::array<std::array<char, 2>, 256> kHexPairs = [] {
  std::array<std::array<char, 2>, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return table;
}();

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (auto& byte : bytes) {
    if (is_dash_position(at)) {
      if (text[at] != '-') return std::nullopt;
      ++at;
    }
    const unsigned high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if ((high | low) > 15) return std::nullopt;
    byte = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return Uuid{bytes};
}

Uuid Uuid::v7(std::int64_t unix_ms, const std::array<std::uint8_t, 10>& random) {
  TANDEM_ASSERT(unix_ms >= 0 && unix_ms < (std::int64_t{1} << 48), "{} ms do not fit a version 7 id",
                unix_ms);
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  std::memcpy(bytes.data() + 6, random.data(), random.size());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid{bytes};
}

void Uuid::append_to(std::string& out) const {
  // Written in place: a page of a list has hundreds of ids.
  const std::size_t begin = out.size();
  out.resize(begin + 36, '-');
  char* at = out.data() + begin;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    std::memcpy(at, kHexPairs[bytes_[i]].data(), 2);
    at += 2;
  }
}

std::int64_t Uuid::unix_ms() const {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes_[i];
  return ms;
}

}  // namespace tandem
