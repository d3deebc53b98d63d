// Reading a JSON document into a described value.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/assert.hpp"
#include "base/json_reader.hpp"

namespace tandem::json {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kItemsMax = 1000;
constexpr std::size_t kFieldsMax = 128;
constexpr std::size_t kCapacityAtStart = 16 * 1024;

// Stands for a number that no type here holds: simdjson refuses a whole document for one integer of more than
// 64 bits, but the answer is owed to the field. The largest double is no integer, so it is never taken for
// one.
constexpr double kTooLarge = std::numeric_limits<double>::max();
constexpr std::string_view kTooLargeText = "1.7976931348623157e308";

[[noreturn]] void refuse_document(std::string detail) { throw Problem(kBadJson, std::move(detail)); }

// ---------------------------------------------------------------- numbers too large for the parser

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// RFC 8259 section 6: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
bool is_json_number(std::string_view token) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < token.size() && token[i] >= '0' && token[i] <= '9') ++i;
    return i - begin;
  };
  const auto take = [&](std::string_view any) {
    const bool found = i < token.size() && any.find(token[i]) != std::string_view::npos;
    if (found) ++i;
    return found;
  };
  take("-");
  const std::size_t begin = i;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && token[begin] == '0')) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return i == token.size();
}

bool is_too_large(std::string_view token) {
  if (!is_json_number(token)) return false;
  const auto overflows = [&](auto number) {
    return std::from_chars(token.data(), token.data() + token.size(), number).ec ==
           std::errc::result_out_of_range;
  };
  if (token.find_first_of(".eE") != std::string_view::npos) return overflows(double{});
  return overflows(std::int64_t{}) && (token.front() == '-' || overflows(std::uint64_t{}));
}

/// The document with each number that is too large replaced by kTooLarge.
std::string without_large_numbers(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string || !is_number_char(c)) {
      if (c == '"') in_string = !in_string;
      if (in_string && c == '\\' && i + 1 < text.size()) out += text[i++];
      out += text[i++];
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && is_number_char(text[i])) ++i;
    const auto token = text.substr(begin, i - begin);
    out += is_too_large(token) ? kTooLargeText : token;
  }
  return out;
}

// ---------------------------------------------------------------- what the parser lets through

/// The parser takes \u0000 and a lone low surrogate; a database takes neither.
void check_string(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) refuse_document("a text contains the character NUL");
  if (!is_utf8(text)) refuse_document("a text contains half of a surrogate pair");
}

[[noreturn]] void refuse_duplicate(std::string_view key) {
  refuse_document(fmt::format("the member {} occurs twice", Path{nullptr, key, 0, Path::Kind::member}.str()));
}

void check_keys(const dom::object& object) {
  std::vector<std::string_view> keys;
  for (const auto member : object) {
    check_string(member.key);
    keys.push_back(member.key);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice != keys.end()) refuse_duplicate(*twice);
}

/// Refuses documents that are no JSON of ours: duplicate keys and bad texts anywhere in it.
void check_document(const dom::element& element) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      const auto object = element.get_object().value_unsafe();
      check_keys(object);
      for (const auto member : object) check_document(member.value);
      break;
    }
    case dom::element_type::ARRAY:
      for (const auto item : element.get_array().value_unsafe()) check_document(item);
      break;
    case dom::element_type::STRING: check_string(element.get_string().value_unsafe()); break;
    default: break;
  }
}

// ---------------------------------------------------------------- JsonObject: back to text

void append_number(auto number, std::string& out) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

/// Appends the minified text; stops early once it is longer than JsonObject may be. False when a number is
/// too large.
bool append_element(const dom::element& element, std::string& out) {
  if (out.size() > JsonObject::kMaxBytes) return true;
  bool good = true;
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      out += '{';
      for (const auto member : element.get_object().value_unsafe()) {
        if (out.back() != '{') out += ',';
        print_string(member.key, out);
        out += ':';
        good = append_element(member.value, out) && good;
      }
      out += '}';
      break;
    }
    case dom::element_type::ARRAY: {
      out += '[';
      bool first = true;
      for (const auto item : element.get_array().value_unsafe()) {
        if (!first) out += ',';
        first = false;
        good = append_element(item, out) && good;
      }
      out += ']';
      break;
    }
    case dom::element_type::STRING: print_string(element.get_string().value_unsafe(), out); break;
    case dom::element_type::INT64: append_number(element.get_int64().value_unsafe(), out); break;
    case dom::element_type::UINT64: append_number(element.get_uint64().value_unsafe(), out); break;
    case dom::element_type::DOUBLE: {
      const double number = element.get_double().value_unsafe();
      good = number != kTooLarge;
      append_number(number, out);
      break;
    }
    case dom::element_type::BOOL: out += element.get_bool().value_unsafe() ? "true" : "false"; break;
    case dom::element_type::NULL_VALUE: out += "null"; break;
  }
  return good;
}

// ---------------------------------------------------------------- typed reading

class Reader {
 public:
  void read(const Codec& codec, const Path& at, const dom::element& from, void* out) {
    switch (codec.shape) {
      case Shape::boolean: return read_boolean(at, from, out);
      case Shape::integer: return read_integer(codec, at, from, out);
      case Shape::optional:
        if (from.is_null()) return codec.clear(out);
        return read(*codec.inner, at, from, codec.grow(out));
      case Shape::structure: return read_structure(codec, at, from, out);
      case Shape::list: return read_list(codec, at, from, out);
      case Shape::object: return read_object(at, from, out);
      case Shape::text:
      case Shape::string:
      case Shape::enumeration: return read_string(codec, at, from, out);
    }
  }
  Mistakes mistakes;

 private:
  void read_boolean(const Path& at, const dom::element& from, void* out) {
    bool value = false;
    if (from.get_bool().get(value)) return mistakes.add(at, "wrong_type", "expected true or false");
    *static_cast<bool*>(out) = value;
  }

  void read_integer(const Codec& codec, const Path& at, const dom::element& from, void* out) {
    std::int64_t value = 0;
    if (!from.get_int64().get(value)) return store_integer(codec, value, at, mistakes, out);
    const bool large =
        from.is_uint64() || (from.is_double() && from.get_double().value_unsafe() == kTooLarge);
    if (large) return add_integer_range(codec, at, mistakes);
    mistakes.add(at, "wrong_type", "expected an integer");
  }

  void read_string(const Codec& codec, const Path& at, const dom::element& from, void* out) {
    std::string_view text;
    if (from.get_string().get(text)) {
      const bool number = codec.shape == Shape::text && codec.has_default && from.is_int64();
      if (!number) return mistakes.add(at, "wrong_type", "expected a text");
      return read_text(codec, fmt::to_string(from.get_int64().value_unsafe()), at, mistakes, out);
    }
    if (codec.shape == Shape::text) return read_text(codec, text, at, mistakes, out);
    if (codec.shape == Shape::enumeration) return read_enum(codec, text, at, mistakes, out);
    check_string(text);
    *static_cast<std::string*>(out) = text;
  }

  void read_list(const Codec& codec, const Path& at, const dom::element& from, void* out) {
    dom::array array;
    if (from.get_array().get(array)) return mistakes.add(at, "wrong_type", "expected a list");
    if (array.size() > kItemsMax)
      return mistakes.add(at, "out_of_range", fmt::format("expected at most {} items", kItemsMax));
    std::size_t i = 0;
    for (const auto item : array) {
      if (mistakes.full()) return;
      read(*codec.inner, Path{&at, {}, i++, Path::Kind::item}, item, codec.grow(out));
    }
  }

  void read_object(const Path& at, const dom::element& from, void* out) {
    if (!from.is_object()) return mistakes.add(at, "wrong_type", "expected an object");
    check_document(from);
    std::string text;
    const bool good = append_element(from, text);
    if (!good) return mistakes.add(at, "out_of_range", "a number in it does not fit 64 bits");
    if (text.size() > JsonObject::kMaxBytes)
      return mistakes.add(at, "out_of_range",
                          fmt::format("expected at most {} bytes", JsonObject::kMaxBytes));
    *static_cast<JsonObject*>(out) = JsonObject::trusted(std::move(text));
  }

  /// Fields usually come in the order of the structure: the search begins behind the last one found.
  static std::size_t find_field(std::span<const Field> fields, std::string_view name, std::size_t guess) {
    if (guess < fields.size() && fields[guess].name == name) return guess;
    std::size_t i = 0;
    while (i < fields.size() && fields[i].name != name) ++i;
    return i;
  }

  void read_structure(const Codec& codec, const Path& at, const dom::element& from, void* out) {
    dom::object object;
    if (from.get_object().get(object)) return mistakes.add(at, "wrong_type", "expected an object");
    const auto fields = codec.fields();
    TANDEM_ASSERT(fields.size() <= kFieldsMax, "{} has {} fields", codec.name, fields.size());
    unsigned __int128 seen = 0;
    std::size_t guess = 0;
    const std::size_t before = mistakes.count();
    for (const auto member : object) {
      if (mistakes.full()) return;
      const std::size_t i = find_field(fields, member.key, guess);
      const Path here{&at, member.key, 0, Path::Kind::member};
      if (i == fields.size()) {
        mistakes.add(here, "unknown_field", "there is no such field");
        continue;
      }
      guess = i + 1;
      const auto bit = static_cast<unsigned __int128>(1) << i;
      if ((seen & bit) != 0) refuse_duplicate(member.key);
      seen |= bit;
      read(*fields[i].codec, here, member.value, fields[i].member(out));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Codec& field = *fields[i].codec;
      if ((seen >> i & 1) != 0 || field.shape == Shape::optional || field.has_default) continue;
      mistakes.add(Path{&at, fields[i].name, 0, Path::Kind::member}, "required", "this field is required");
    }
    if (&codec == &json::codec<Money>() && mistakes.count() == before) check_money(at, out);
  }

  void check_money(const Path& at, const void* out) {
    const auto amount = static_cast<const Money*>(out)->amount;
    if (amount > kMaxAmount || amount < -kMaxAmount)
      mistakes.add(Path{&at, "amount", 0, Path::Kind::member}, "out_of_range",
                   fmt::format("expected {} to {}", -kMaxAmount, kMaxAmount));
  }
};

/// One parser a thread: it keeps its memory. The first document allocates it with our depth (simdjson counts
/// the document itself as one level).
dom::parser& parser_of_thread() {
  thread_local dom::parser parser;
  if (parser.capacity() == 0) {
    const auto error = parser.allocate(kCapacityAtStart, kDepthMax + 1);
    TANDEM_ASSERT(!error, "simdjson: {}", simdjson::error_message(error));
  }
  return parser;
}

[[noreturn]] void refuse_syntax(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: refuse_document("the body is empty");
    case simdjson::DEPTH_ERROR: refuse_document(fmt::format("it is nested deeper than {}", kDepthMax));
    case simdjson::UTF8_ERROR: refuse_document("it is not UTF-8");
    case simdjson::STRING_ERROR: refuse_document("a text in it is malformed");
    case simdjson::NUMBER_ERROR: refuse_document("a number in it is malformed");
    default: refuse_document("it is not well-formed");
  }
}

}  // namespace

void parse(const Codec& codec, std::string_view text, void* out) {
  dom::parser& parser = parser_of_thread();
  dom::element root;
  auto error = parser.parse(text.data(), text.size()).get(root);
  if (error == simdjson::NUMBER_ERROR) {
    const std::string rewritten = without_large_numbers(text);
    error = parser.parse(rewritten.data(), rewritten.size()).get(root);
  }
  if (error) refuse_syntax(error);
  Reader reader;
  reader.read(codec, Path{}, root, out);
  if (reader.mistakes.empty()) return;
  // What was read is free of duplicates and bad texts; what was refused may hide some, and those weigh more.
  check_document(root);
  throw Problem(kInvalid, {}, reader.mistakes.take());
}

}  // namespace tandem::json
