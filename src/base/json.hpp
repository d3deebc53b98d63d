// Typed JSON: reading, writing, CSV and OpenAPI schema of a struct from one BOOST_DESCRIBE_STRUCT line.
// At compile time a type becomes a table (Codec); walking the table is ordinary code in json_*.cpp. Used by
// http for bodies, query strings and answers; by features only through their described structs.
//
// Reading reports every mistake (up to 32) with its JSON Pointer and refuses unknown fields. Writing appends
// straight into one buffer. Types: bool, int32/int64, TextValue (Id, Text<>, Email, Timestamp, Currency …),
// described enums, described structs, RatePpm, Money, JsonObject, std::string (answers only), optional,
// vector.
#pragma once
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/text.hpp"

namespace tandem {

/// A field of a PATCH that may be cleared: absent keeps what there is, null clears it, a value sets it.
/// SQL reads it as the name of the field in json::given() and the value():
///   website = case when 'website' = any ($3) then $4 else p.website end
template <class T>
class Patch {
 public:
  Patch() = default;
  Patch(T value) : is_given_(true), value_(std::move(value)) {}
  static Patch null() {
    Patch out;
    out.clear();
    return out;
  }
  bool is_given() const { return is_given_; }
  /// What it is set to; nothing when it is cleared or absent.
  const std::optional<T>& value() const { return value_; }
  T& emplace() {
    is_given_ = true;
    return value_.emplace();
  }
  void clear() {
    is_given_ = true;
    value_.reset();
  }

 private:
  bool is_given_ = false;
  std::optional<T> value_;
};

}  // namespace tandem

namespace tandem::json {

enum class Shape : std::uint8_t {
  boolean,
  integer,
  text,
  string,
  enumeration,
  structure,
  optional,
  list,
  object
};

struct Codec;

struct Field {
  std::string_view name;
  std::string_view label;  // ,"name":
  const Codec* codec;
  void* (*member)(void* structure);
};
struct Enumerator {
  std::string_view
      name;  // wire name: a trailing underscore of the C++ name is dropped, or see kHasDottedNames
  int value;
};

/// What one C++ type can do with JSON. One constant per type, reached through codec<T>().
struct Codec {
  Shape shape{};
  std::string_view name{};       // of structs and enums, the schema's name; of texts, the format
  const Codec* inner = nullptr;  // optional, list
  // integer: size in bytes and the range that is accepted
  int integer_bytes = 0;
  std::int64_t min = 0, max = 0;  // integer range; text length in code points (max 0 = described by format)
  bool has_default = false;       // a request may leave it out, the member keeps its own default (PageLimit)
  std::span<const Field> (*fields)() = nullptr;            // structure
  std::span<const Enumerator> (*enumerators)() = nullptr;  // enumeration
  void* (*grow)(void* container) = nullptr;                // optional::emplace, vector::emplace_back
  void (*clear)(void* container) = nullptr;                // optional::reset
  const void* (*at)(const void* container, std::size_t i) = nullptr;
  std::size_t (*size)(const void* container) = nullptr;
  bool (*parse)(std::string_view text, void* out) = nullptr;   // text; structure-like texts
  void (*append)(const void* in, std::string& out) = nullptr;  // text
};

template <class T>
const Codec& codec();

/// Parses a JSON document into `out` (a default-constructed value of the codec's type). Throws Problem
/// kBadJson for what is not JSON (UTF-8, duplicate keys, depth over 32, trailing bytes) and kInvalid with all
/// field errors.
void parse(const Codec& codec, std::string_view text, void* out);
/// The same from decoded query parameters: texts become integers, booleans and lists ("a,b") as the fields
/// ask. Pointers of errors are "?name".
void parse_query(const Codec& codec, std::span<const std::pair<std::string, std::string>> query, void* out);
/// Appends the value as minified JSON.
void print(const Codec& codec, const void* in, std::string& out);
/// Appends a JSON string literal, escaped.
void print_string(std::string_view text, std::string& out);
/// A named structure or enum of an OpenAPI document.
struct Component {
  std::string name;
  std::string schema;  // JSON text
  const Codec* codec;
  bool answer;  // as written; false: as read
};
/// Appends the JSON Schema (2020-12, as OpenAPI 3.1 uses it); named structures and enums are references into
/// `components`, filled on first use. In an answer every field is present; in a request a field may be left
/// out when it is optional or has a default. A structure with such fields in requests and in answers becomes
/// two components, the second "<Name>Answer" or "<Name>Request". Asserts that a name means one type.
void schema(const Codec& codec, std::string& out, std::vector<Component>& components, bool answer);
/// False for a type that holds std::string somewhere: such are for answers only, a request has a type that
/// checks its text.
bool is_request_type(const Codec& codec);
/// CSV: one header cell per leaf ("amount.currency"), all cells quoted, formula prefixes defused (' before =
/// + - @ TAB CR). Both append one line with CRLF. A list is one cell of JSON.
void csv_header(const Codec& codec, std::string& out);
void csv_row(const Codec& codec, const void* in, std::string& out);
/// Appends one quoted CSV cell; numbers that begin with '-' are left alone.
void csv_cell(std::string_view text, std::string& out);

template <class T>
T parse(std::string_view text) {
  T out{};
  parse(codec<T>(), text, &out);
  return out;
}
template <class T>
std::string print(const T& in) {
  std::string out;
  out.reserve(128);  // most things take more than a string holds in itself
  print(codec<T>(), &in, out);
  return out;
}

// ------------------------------------------------------------------ the table of a type

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using type = T;
};
template <class T>
struct IsPatch : std::false_type {};
template <class T>
struct IsPatch<Patch<T>> : std::true_type {
  using type = T;
};
template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {
  using type = T;
};

/// The unqualified name of a type, "Link" of tandem::attribution::Link; `Page<Link>` becomes "LinkPage".
template <class T>
constexpr std::string_view type_name() {
  std::string_view p = __PRETTY_FUNCTION__;
  p = p.substr(p.find("T = ") + 4);
  p = p.substr(0, p.rfind(']'));
  if (const auto angle = p.find('<'); angle != std::string_view::npos) p = p.substr(0, angle);
  const auto colon = p.rfind(':');
  return colon == std::string_view::npos ? p : p.substr(colon + 1);
}

constexpr std::string_view wire_name(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

/// True for an enum of nouns and verbs, whose wire names are "noun.verb" where C++ says noun_verb.
template <class E>
inline constexpr bool kHasDottedNames = false;

/// The name of an enumerator with its last underscore as a dot.
template <class D>
inline constexpr auto dotted_name_of = [] {
  constexpr std::string_view name = D::name;
  std::array<char, name.size()> out{};
  for (std::size_t i = 0; i < name.size(); ++i) out[i] = i == name.rfind('_') ? '.' : name[i];
  return out;
}();

/// The wire name of an enumerator's descriptor.
template <class D>
constexpr std::string_view enumerator_name() {
  if constexpr (kHasDottedNames<std::remove_cv_t<decltype(D::value)>>)
    return {dotted_name_of<D>.data(), dotted_name_of<D>.size()};
  else
    return wire_name(D::name);
}

/// Reads a described enum from its wire name.
template <class E>
std::optional<E> enum_from(std::string_view name) {
  std::optional<E> out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (enumerator_name<decltype(d)>() == name) out = d.value;
  });
  return out;
}
/// The wire name of a described enum's value.
template <class E>
std::string_view enum_name(E value) {
  std::string_view out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) out = enumerator_name<decltype(d)>();
  });
  return out;
}

/// `,"name":` of a described member, made by the compiler: writing a field begins with one copy.
template <class D>
inline constexpr auto label_of = [] {
  constexpr std::string_view name = wire_name(D::name);
  std::array<char, name.size() + 4> out{',', '"'};
  for (std::size_t i = 0; i < name.size(); ++i) out[i + 2] = name[i];
  out[name.size() + 2] = '"';
  out[name.size() + 3] = ':';
  return out;
}();

template <class T, class D>
Field field() {
  using M = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;
  return {wire_name(D::name), {label_of<D>.data(), label_of<D>.size()}, &codec<M>(), [](void* o) -> void* {
            return &(static_cast<T*>(o)->*D::pointer);
          }};
}
template <class T, template <class...> class L, class... D>
std::span<const Field> fields_of(L<D...>) {
  static const std::array<Field, sizeof...(D)> table{field<T, D>()...};
  return table;
}
template <class T, template <class...> class L, class... D>
std::span<const Enumerator> enumerators_of(L<D...>) {
  static const std::array<Enumerator, sizeof...(D)> table{
      Enumerator{enumerator_name<D>(), static_cast<int>(D::value)}...};
  return table;
}

/// What may be absent: an optional, or a Patch.
template <class T>
void describe_optional(Codec& c) {
  c.shape = Shape::optional;
  c.grow = [](void* o) -> void* { return &static_cast<T*>(o)->emplace(); };
  if constexpr (IsOptional<T>::value) {
    c.inner = &codec<typename IsOptional<T>::type>();
    c.clear = [](void* o) { static_cast<T*>(o)->reset(); };
    c.at = [](const void* o, std::size_t) -> const void* {
      const auto& value = *static_cast<const T*>(o);
      return value ? &*value : nullptr;
    };
  } else {
    c.inner = &codec<typename IsPatch<T>::type>();
    c.clear = [](void* o) { static_cast<T*>(o)->clear(); };
    c.at = [](const void* o, std::size_t) -> const void* {
      const auto& value = static_cast<const T*>(o)->value();
      return value ? &*value : nullptr;
    };
  }
}

template <class T>
Codec make_codec() {
  using Members = boost::describe::has_describe_members<T>;
  Codec c;
  if constexpr (std::is_same_v<T, bool>) {
    c.shape = Shape::boolean;
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>,
                  "an integer is an std::int32_t or an std::int64_t");
    c.shape = Shape::integer;
    c.integer_bytes = sizeof(T);
    c.min = std::is_same_v<T, std::int32_t> ? INT32_MIN : INT64_MIN;
    c.max = std::is_same_v<T, std::int32_t> ? INT32_MAX : INT64_MAX;
  } else if constexpr (std::is_same_v<T, RatePpm>) {
    static_assert(sizeof(RatePpm) == sizeof(std::int64_t));
    c.shape = Shape::integer;
    c.integer_bytes = 8;
    c.min = 0;
    c.max = RatePpm::kMaxPpm;
  } else if constexpr (std::is_same_v<T, std::string>) {
    c.shape = Shape::string;
  } else if constexpr (std::is_same_v<T, JsonObject>) {
    c.shape = Shape::object;
  } else if constexpr (IsOptional<T>::value || IsPatch<T>::value) {
    describe_optional<T>(c);
  } else if constexpr (IsList<T>::value) {
    using Inner = typename IsList<T>::type;
    c.shape = Shape::list;
    c.inner = &codec<Inner>();
    c.grow = [](void* o) -> void* { return &static_cast<T*>(o)->emplace_back(); };
    c.at = [](const void* o, std::size_t i) -> const void* { return &(*static_cast<const T*>(o))[i]; };
    c.size = [](const void* o) { return static_cast<const T*>(o)->size(); };
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(std::is_same_v<std::underlying_type_t<T>, int>, "a described enum is an int");
    c.shape = Shape::enumeration;
    c.name = type_name<T>();
    c.enumerators = [] { return enumerators_of<T>(boost::describe::describe_enumerators<T>{}); };
  } else if constexpr (TextValue<T>) {
    c.shape = Shape::text;
    c.name = T::kFormat;
    if constexpr (requires { T::kMax; }) {
      c.min = static_cast<std::int64_t>(T::kMin);
      c.max = static_cast<std::int64_t>(T::kMax);
    }
    c.has_default = requires { T::kDefault; };
    c.parse = [](std::string_view text, void* o) {
      auto value = T::parse(text);
      if (value) *static_cast<T*>(o) = std::move(*value);
      return value.has_value();
    };
    c.append = [](const void* in, std::string& out) { static_cast<const T*>(in)->append_to(out); };
  } else {
    static_assert(Members::value, "no JSON form: describe the struct with BOOST_DESCRIBE_STRUCT");
    c.shape = Shape::structure;
    c.name = type_name<T>();
    c.fields = [] {
      return fields_of<T>(boost::describe::describe_members < T,
                          boost::describe::mod_public | boost::describe::mod_inherited > {});
    };
  }
  return c;
}

template <class T>
const Codec& codec() {
  static const Codec c = make_codec<T>();
  return c;
}

/// The names of the fields that a change names: what is Patch and was given (also by null), what is optional
/// and has a value.
template <class T>
std::vector<std::string> given(const T& change) {
  std::vector<std::string> out;
  using Members =
      boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;
  boost::mp11::mp_for_each<Members>([&](auto d) {
    const auto& member = change.*d.pointer;
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (IsPatch<Member>::value) {
      if (member.is_given()) out.emplace_back(wire_name(d.name));
    } else if constexpr (IsOptional<Member>::value) {
      if (member) out.emplace_back(wire_name(d.name));
    }
  });
  return out;
}

}  // namespace tandem::json

namespace tandem {
BOOST_DESCRIBE_STRUCT(Money, (), (amount, currency))
}
