// Writing a described value as JSON.
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.hpp"
#include "base/json.hpp"

namespace tandem::json {
namespace {

/// Bytes that may need an escape: controls, quote, backslash, and 0xe2, with which U+2028 and U+2029 begin.
constexpr std::array<bool, 256> kSuspicious = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = table[0xe2] = true;
  return table;
}();

bool is_suspicious(char c) { return kSuspicious[static_cast<unsigned char>(c)]; }

/// Where the first suspicious byte is, from `begin` on; the size when there is none. Looks at eight bytes at
/// once as long as they are plain ASCII.
std::size_t find_suspicious(std::string_view text, std::size_t begin) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  std::size_t i = begin;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof eight);
    const std::uint64_t quote = eight ^ (kOnes * '"'), backslash = eight ^ (kOnes * '\\');
    // With no high bit set, subtracting borrows from a byte exactly when it is smaller than what is
    // subtracted.
    const std::uint64_t found = eight | (eight - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes);
    if ((found & kHighs) != 0) break;
  }
  while (i < text.size() && !is_suspicious(text[i])) ++i;
  return i;
}

void append_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t done = 0;
  for (std::size_t i = find_suspicious(text, 0); i < text.size(); i = find_suspicious(text, i + 1)) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) == 0xe2) {
      // JavaScript before 2019 ends a line at U+2028 and U+2029 inside a text.
      const auto point = text.substr(i, 3);
      if (point != "\xe2\x80\xa8" && point != "\xe2\x80\xa9") continue;
      out.append(text, done, i - done);
      out += point.back() == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
      done = i + 1;
      continue;
    }
    out.append(text, done, i - done);
    done = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\': out += c; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default:
        out += "u00";
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  out.append(text, done, text.size() - done);
}

void print_integer(const Codec& codec, const void* in, std::string& out) {
  std::int64_t value = 0;
  if (codec.integer_bytes == 4) {
    std::int32_t narrow = 0;
    std::memcpy(&narrow, in, sizeof narrow);
    value = narrow;
  } else {
    std::memcpy(&value, in, sizeof value);
  }
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// Texts append themselves; only one that turns out to need escapes is written again.
void print_text(const Codec& codec, const void* in, std::string& out) {
  out += '"';
  const std::size_t begin = out.size();
  codec.append(in, out);
  if (const std::size_t i = find_suspicious(out, begin); i < out.size()) {
    const std::string rest = out.substr(i);
    out.resize(i);
    append_escaped(rest, out);
  }
  out += '"';
}

void print_enum(const Codec& codec, const void* in, std::string& out) {
  int value = 0;
  std::memcpy(&value, in, sizeof value);
  for (const auto& enumerator : codec.enumerators()) {
    if (enumerator.value != value) continue;
    out += '"';
    out += enumerator.name;
    out += '"';
    return;
  }
  TANDEM_ASSERT(false, "{} has no value {}", codec.name, value);
}

void print_structure(const Codec& codec, const void* in, std::string& out) {
  std::size_t comma = 1;  // the first label is written without its comma
  out += '{';
  for (const auto& field : codec.fields()) {
    out += field.label.substr(comma);
    // The table's member pointers serve reading too; nothing is written through this one.
    print(*field.codec, field.member(const_cast<void*>(in)), out);
    comma = 0;
  }
  out += '}';
}

void print_list(const Codec& codec, const void* in, std::string& out) {
  out += '[';
  const std::size_t size = codec.size(in);
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    print(*codec.inner, codec.at(in, i), out);
  }
  out += ']';
}

}  // namespace

void print_string(std::string_view text, std::string& out) {
  out += '"';
  append_escaped(text, out);
  out += '"';
}

void print(const Codec& codec, const void* in, std::string& out) {
  switch (codec.shape) {
    case Shape::boolean: out += *static_cast<const bool*>(in) ? "true" : "false"; break;
    case Shape::integer: print_integer(codec, in, out); break;
    case Shape::text: print_text(codec, in, out); break;
    case Shape::string: print_string(*static_cast<const std::string*>(in), out); break;
    case Shape::enumeration: print_enum(codec, in, out); break;
    case Shape::structure: print_structure(codec, in, out); break;
    case Shape::list: print_list(codec, in, out); break;
    case Shape::object: out += static_cast<const JsonObject*>(in)->str(); break;
    case Shape::optional:
      if (const void* value = codec.at(in, 0)) {
        print(*codec.inner, value, out);
      } else {
        out += "null";
      }
      break;
  }
}

}  // namespace tandem::json
