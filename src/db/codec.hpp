// How a C++ value travels to and from PostgreSQL (text format) and which SQL type it must meet. queries_test
// compares kType with what the server says of each statement.
#pragma once
#include <charconv>
#include <cstdint>
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

template <class T>
struct PgCodec;

template <class I, std::size_t Size>
struct PgInteger {
  static void to(I v, std::string& out) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    out.append(buffer, end);
  }
  static I from(std::string_view s) {
    I v{};
    std::from_chars(s.data(), s.data() + s.size(), v);
    return v;
  }
};
template <>
struct PgCodec<std::int16_t> : PgInteger<std::int16_t, 2> {
  static constexpr std::string_view kType = "int2";
};
template <>
struct PgCodec<std::int32_t> : PgInteger<std::int32_t, 4> {
  static constexpr std::string_view kType = "int4";
};
template <>
struct PgCodec<std::int64_t> : PgInteger<std::int64_t, 8> {
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
  static bool from(std::string_view s) { return s == "t"; }
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
  static Bytes from(std::string_view s);
};
template <>
struct PgCodec<Uuid> {
  static constexpr std::string_view kType = "uuid";
  static void to(const Uuid& v, std::string& out) { v.append_to(out); }
  static Uuid from(std::string_view s) {
    const auto v = Uuid::parse(s);
    TANDEM_ASSERT(v, "not a uuid: {}", s);
    return *v;
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
  static Timestamp from(std::string_view s) {
    const auto v = Timestamp::parse(s);
    TANDEM_ASSERT(v, "not an instant: {}", s);
    return *v;
  }
};
template <>
struct PgCodec<Day> {
  static constexpr std::string_view kType = "date";
  static void to(Day v, std::string& out) { v.append_to(out); }
  static Day from(std::string_view s) {
    const auto v = Day::parse(s);
    TANDEM_ASSERT(v, "not a day: {}", s);
    return *v;
  }
};
template <>
struct PgCodec<JsonObject> {
  static constexpr std::string_view kType = "jsonb";
  static void to(const JsonObject& v, std::string& out) { v.append_to(out); }
  static JsonObject from(std::string_view s) { return JsonObject::trusted(std::string(s)); }
};

template <>
struct PgCodec<Decimal> {
  static constexpr std::string_view kType = "numeric";
  static void to(const Decimal& v, std::string& out) { v.append_to(out); }
  static Decimal from(std::string_view s) {
    const auto v = Decimal::parse(s);
    TANDEM_ASSERT(v, "not an exact decimal: {}", s);
    return *v;
  }
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
      json::parse(json::codec<T>(), s, &out);
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
/// Splits a one-dimensional array literal "{a,NULL,\"b c\"}".
std::vector<std::optional<std::string>> split_array(std::string_view text);

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
    for (auto& cell : split_array(s)) {
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
