#include "db/codec.hpp"

#include <algorithm>

namespace tandem::db {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

}  // namespace

void PgCodec<Bytes>::to(const Bytes& v, std::string& out) {
  out += "\\x";
  for (const char c : v.value) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

std::string_view jsonb_text(std::string_view s) {
  TANDEM_ASSERT(s.starts_with('\1'), "jsonb in another form than the one known");
  return s.substr(1);
}

// numeric_send: the number of digits, the first one's weight, the sign, the scale, then digits of base
// 10,000.
Decimal PgCodec<Decimal>::from(std::string_view s) {
  constexpr std::uint16_t kPositive = 0, kNegative = 0x4000;
  constexpr int kDigit = 4;  // decimal digits in one of base 10,000
  const auto digits = take_big_endian<std::int16_t>(s);
  const auto weight = take_big_endian<std::int16_t>(s);
  const auto sign = take_big_endian<std::uint16_t>(s);
  const auto scale = take_big_endian<std::int16_t>(s);
  TANDEM_ASSERT((sign == kPositive || sign == kNegative) && scale <= 30, "not an exact decimal");
  __int128 units = 0;
  // Position 0 is the last digit before the point; zeros at either end are not sent.
  const int last = -((scale + kDigit - 1) / kDigit);
  for (int position = std::max<int>(weight, 0); position >= last; --position) {
    const int i = weight - position;
    const int digit = i >= 0 && i < digits ? take_big_endian<std::int16_t>(s) : 0;
    // The last digit may reach beyond the scale; its rest is zero.
    int kept = kDigit, value = digit;
    if (position == last && scale % kDigit != 0) {
      kept = scale % kDigit;
      for (int cut = kept; cut < kDigit; ++cut) value /= 10;
    }
    for (int n = 0; n < kept; ++n)
      TANDEM_ASSERT(!__builtin_mul_overflow(units, 10, &units), "a decimal too long for exact arithmetic");
    TANDEM_ASSERT(!__builtin_add_overflow(units, value, &units), "a decimal too long for exact arithmetic");
  }
  return {sign == kNegative ? -units : units, scale};
}

void append_array_element(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// array_send: dimensions, whether there are nulls, the elements' type, for each dimension its length and
// lower bound, then each element behind its length, which is -1 for NULL.
std::vector<std::optional<std::string_view>> split_array(std::string_view s) {
  std::vector<std::optional<std::string_view>> out;
  const auto dimensions = take_big_endian<std::int32_t>(s);
  s.remove_prefix(8);
  if (dimensions == 0) return out;
  TANDEM_ASSERT(dimensions == 1, "an array of {} dimensions", dimensions);
  const auto size = take_big_endian<std::int32_t>(s);
  s.remove_prefix(4);
  out.reserve(static_cast<std::size_t>(size));
  for (std::int32_t i = 0; i < size; ++i) {
    const auto length = take_big_endian<std::int32_t>(s);
    if (length < 0) {
      out.emplace_back();
      continue;
    }
    out.emplace_back(s.substr(0, static_cast<std::size_t>(length)));
    s.remove_prefix(static_cast<std::size_t>(length));
  }
  return out;
}

}  // namespace tandem::db
