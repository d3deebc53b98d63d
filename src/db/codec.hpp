// How a C++ value travels to PostgreSQL (as text) and comes back (in binary: neither side formats and parses
// instants, ids and decimals, which was a third of what a list cost), and which SQL type it must meet.
// queries_test compares kType with what the server says of each statement. The binary forms are those of the
// types' send functions in PostgreSQL's src/backend/utils/adt.
#pragma once
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace tandem::db {

/// A parameter in text form; nullopt is NULL.
using Param = std::optional<std::string>;

/// PostgreSQL's bytea in C++.
struct Bytes {
  std::string value;  // raw bytes
  bool operator==(const Bytes&) const = default;
};

/// `to` appends the text form; `from` reads the binary form.
template <class T>
struct PgCodec;

/// The first sizeof(I) bytes, big-endian, which are taken off `bytes`.
template <class I>
I take_big_endian(std::string_view& bytes) {
  TANDEM_ASSERT(bytes.size() >= sizeof(I), "{} bytes where an integer of {} begins", bytes.size(), sizeof(I));
  std::array<char, sizeof(I)> head{};
  bytes.copy(head.data(), head.size());
  bytes.remove_prefix(head.size());
  const I v = std::bit_cast<I>(head);
  return std::endian::native == std::endian::little ? std::byteswap(v) : v;
}

template <class I>
struct PgInteger {
  static void to(I v, std::string& out) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    out.append(buffer, end);
  }
  /// A column may be of a smaller type than the member that it goes to.
  static I from(std::string_view s) {
    if (s.size() == 2) return take_big_endian<std::int16_t>(s);
    if constexpr (sizeof(I) >= 4)
      if (s.size() == 4) return take_big_endian<std::int32_t>(s);
    if constexpr (sizeof(I) == 8)
      if (s.size() == 8) return take_big_endian<std::int64_t>(s);
    TANDEM_ASSERT(false, "an integer of {} bytes in one of {}", s.size(), sizeof(I));
    return 0;
  }
};
template <>
struct PgCodec<std::int16_t> : PgInteger<std::int16_t> {
  static constexpr std::string_view kType = "int2";
};
template <>
struct PgCodec<std::int32_t> : PgInteger<std::int32_t> {
  static constexpr std::string_view kType = "int4";
};
template <>
struct PgCodec<std::int64_t> : PgInteger<std::int64_t> {
  static constexpr std::string_view kType = "int8";
};
template <>
struct PgCodec<RatePpm> {
  static constexpr std::string_view kType = "int8";
  static void to(RatePpm v, std::string& out) { PgCodec<std::int64_t>::to(v.ppm(), out); }
  static RatePpm from(std::string_view s) { return RatePpm{PgCodec<std::int64_t>::from(s)}; }
};
template <>
struct PgCodec<bool> {
  static constexpr std::string_view kType = "bool";
  static void to(bool v, std::string& out) { out += v ? 't' : 'f'; }
  static bool from(std::string_view s) { return s == std::string_view("\1"); }
};
template <>
struct PgCodec<std::string> {
  static constexpr std::string_view kType = "text";
  static void to(const std::string& v, std::string& out) { out += v; }
  static std::string from(std::string_view s) { return std::string(s); }
};
template <>
struct PgCodec<Bytes> {
  static constexpr std::string_view kType = "bytea";
  static void to(const Bytes& v, std::string& out);
  static Bytes from(std::string_view s) { return {std::string(s)}; }
};
template <>
struct PgCodec<Uuid> {
  static constexpr std::string_view kType = "uuid";
  static void to(const Uuid& v, std::string& out) { v.append_to(out); }
  static Uuid from(std::string_view s) {
    std::array<std::uint8_t, 16> bytes{};
    TANDEM_ASSERT(s.size() == bytes.size(), "a uuid of {} bytes", s.size());
    std::memcpy(bytes.data(), s.data(), bytes.size());
    return Uuid{bytes};
  }
};
template <class Tag>
struct PgCodec<Id<Tag>> {
  static constexpr std::string_view kType = "uuid";
  static void to(const Id<Tag>& v, std::string& out) { v.append_to(out); }
  static Id<Tag> from(std::string_view s) { return Id<Tag>{PgCodec<Uuid>::from(s)}; }
};
template <>
struct PgCodec<Timestamp> {
  static constexpr std::string_view kType = "timestamptz";
  static void to(Timestamp v, std::string& out) { v.append_to(out); }
  /// Microseconds since 2000-01-01 UTC.
  static Timestamp from(std::string_view s) {
    constexpr std::int64_t kEpoch = 946'684'800'000'000, kYear10000 = 252'455'616'000'000'000;
    const auto us = take_big_endian<std::int64_t>(s);
    TANDEM_ASSERT(us >= -kEpoch && us < kYear10000, "not an instant: {}", us);
    return Timestamp::from_unix_us(us + kEpoch);
  }
};
template <>
struct PgCodec<Day> {
  static constexpr std::string_view kType = "date";
  static void to(Day v, std::string& out) { v.append_to(out); }
  /// Days since 2000-01-01.
  static Day from(std::string_view s) {
    constexpr std::chrono::sys_days kEpoch{std::chrono::year{2000} / 1 / 1};
    return Day{kEpoch + std::chrono::days{take_big_endian<std::int32_t>(s)}};
  }
};
/// The text of a jsonb value: it follows the version of the form.
std::string_view jsonb_text(std::string_view s);
template <>
struct PgCodec<JsonObject> {
  static constexpr std::string_view kType = "jsonb";
  static void to(const JsonObject& v, std::string& out) { v.append_to(out); }
  static JsonObject from(std::string_view s) { return JsonObject::trusted(std::string(jsonb_text(s))); }
};

template <>
struct PgCodec<Decimal> {
  static constexpr std::string_view kType = "numeric";
  static void to(const Decimal& v, std::string& out) { v.append_to(out); }
  static Decimal from(std::string_view s);
};

/// Every other text value (Text<>, Email, Code, Currency …) is SQL text; what the database holds is trusted
/// to parse.
template <class T>
  requires TextValue<T>
struct PgCodec<T> {
  static constexpr std::string_view kType = "text";
  static void to(const T& v, std::string& out) { v.append_to(out); }
  static T from(std::string_view s) {
    auto v = T::parse(s);
    TANDEM_ASSERT(v, "the database holds a malformed {}: {}", T::kFormat, s);
    return *std::move(v);
  }
};
/// Described enums are SQL text by their wire names.
template <class E>
  requires std::is_enum_v<E>
struct PgCodec<E> {
  static constexpr std::string_view kType = "text";
  static void to(E v, std::string& out) { out += json::enum_name(v); }
  static E from(std::string_view s) {
    const auto v = json::enum_from<E>(s);
    TANDEM_ASSERT(v, "the database holds an unknown value: {}", s);
    return *v;
  }
};

/// A described struct is jsonb, as it is written to clients.
template <class T>
  requires(std::is_class_v<T> && boost::describe::has_describe_members<T>::value && !TextValue<T>)
struct PgCodec<T> {
  static constexpr std::string_view kType = "jsonb";
  static void to(const T& v, std::string& out) { json::print(json::codec<T>(), &v, out); }
  static T from(std::string_view s) {
    T out{};
    try {
      json::parse(json::codec<T>(), jsonb_text(s), &out);
    } catch (const Problem& problem) {
      TANDEM_ASSERT(false, "the database holds a malformed {}", json::type_name<T>());
    }
    return out;
  }
};

template <class T>
struct Unwrap {
  using type = T;
  static constexpr bool nullable = false;
};
template <class T>
struct Unwrap<std::optional<T>> {
  using type = T;
  static constexpr bool nullable = true;
};

/// Appends one element of an array literal, quoted.
void append_array_element(std::string_view text, std::string& out);
/// The elements of a one-dimensional array, in binary.
std::vector<std::optional<std::string_view>> split_array(std::string_view s);

template <class T>
std::string_view array_type() {
  static const std::string name = "_" + std::string(PgCodec<T>::kType);
  return name;
}
/// Arrays, for unnest: vector<T> or vector<optional<T>>; the SQL type is the element's with a leading
/// underscore.
template <class T>
struct PgCodec<std::vector<T>> {
  using Element = typename Unwrap<T>::type;
  static void to(const std::vector<T>& v, std::string& out) {
    out += '{';
    std::string cell;
    bool first = true;
    for (const auto& element : v) {
      if (!std::exchange(first, false)) out += ',';
      if constexpr (Unwrap<T>::nullable) {
        if (!element) {
          out += "NULL";
          continue;
        }
        cell.clear();
        PgCodec<Element>::to(*element, cell);
      } else {
        cell.clear();
        PgCodec<Element>::to(element, cell);
      }
      append_array_element(cell, out);
    }
    out += '}';
  }
  static std::vector<T> from(std::string_view s) {
    std::vector<T> out;
    for (const auto& cell : split_array(s)) {
      if constexpr (Unwrap<T>::nullable) {
        if (!cell) {
          out.emplace_back();
          continue;
        }
      }
      TANDEM_ASSERT(cell, "NULL in an array");
      out.emplace_back(PgCodec<Element>::from(*cell));
    }
    return out;
  }
};

template <class T>
std::string_view pg_type() {
  if constexpr (requires { PgCodec<T>::kType; })
    return PgCodec<T>::kType;
  else
    return array_type<typename PgCodec<T>::Element>();
}

template <class T>
Param to_param(const T& v) {
  std::string out;
  PgCodec<T>::to(v, out);
  return out;
}
template <class T>
Param to_param(const std::optional<T>& v) {
  if (!v) return std::nullopt;
  return to_param(*v);
}

}  // namespace tandem::db
