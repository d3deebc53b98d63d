#include "base/json_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/json_formats.hpp"

namespace tandem::json {
namespace {

// A key that a client made up is shown cut off; it may be as long as the body.
constexpr std::size_t kKeyShownMax = 64;

void append_key(std::string_view key, std::string& out) {
  if (key.size() > kKeyShownMax) {
    key = key.substr(0, kKeyShownMax);
    while (!key.empty() && !is_utf8(key)) key.remove_suffix(1);
  }
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

void append_path(const Path& path, std::string& out) {
  if (path.parent != nullptr) append_path(*path.parent, out);
  switch (path.kind) {
    case Path::Kind::root: break;
    case Path::Kind::member:
      out += '/';
      append_key(path.key, out);
      break;
    case Path::Kind::item: out += fmt::format("/{}", path.index); break;
    case Path::Kind::query:
      out += '?';
      append_key(path.key, out);
      break;
  }
}

/// A limited text (Text<Min, Max>) that was refused: is it the length, or what it is made of?
void add_text_mistake(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes) {
  const auto length = is_utf8(text) ? static_cast<std::int64_t>(code_points(text)) : codec.min;
  if (length < codec.min || length > codec.max)
    return mistakes.add(at, "out_of_range",
                        fmt::format("expected {} to {} characters", codec.min, codec.max));
  if (!is_clean_text(text))
    return mistakes.add(at, "malformed", "control and direction characters are not allowed");
  mistakes.add(at, "malformed", "expected no space at either end");
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string Path::str() const {
  std::string out;
  append_path(*this, out);
  return out;
}

void Mistakes::add(const Path& at, std::string_view code, std::string detail) {
  if (!full()) list_.push_back({at.str(), std::string(code), std::move(detail)});
}

void read_text(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out) {
  if (codec.parse(text, out)) return;
  if (codec.max > 0) return add_text_mistake(codec, text, at, mistakes);
  const TextFormat* format = text_format(codec.name);
  if (format == nullptr) return mistakes.add(at, "malformed", fmt::format("expected a valid {}", codec.name));
  if (format->bytes_max > 0 && text.size() > format->bytes_max)
    return mistakes.add(at, "out_of_range", fmt::format("expected at most {} characters", format->bytes_max));
  const bool range = codec.name == "page-limit" && is_integer(text);
  mistakes.add(at, range ? "out_of_range" : "malformed", fmt::format("expected {}", format->expected));
}

void read_enum(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out) {
  for (const auto& enumerator : codec.enumerators()) {
    if (enumerator.name == text) {
      std::memcpy(out, &enumerator.value, sizeof enumerator.value);
      return;
    }
  }
  std::string expected = "expected one of: ";
  for (const auto& enumerator : codec.enumerators()) {
    if (expected.back() != ' ') expected += ", ";
    expected += enumerator.name;
  }
  mistakes.add(at, "out_of_range", std::move(expected));
}

void add_integer_range(const Codec& codec, const Path& at, Mistakes& mistakes) {
  mistakes.add(at, "out_of_range", fmt::format("expected {} to {}", codec.min, codec.max));
}

void store_integer(const Codec& codec, std::int64_t value, const Path& at, Mistakes& mistakes, void* out) {
  if (value < codec.min || value > codec.max) return add_integer_range(codec, at, mistakes);
  if (codec.integer_bytes == 4) {
    const auto narrow = static_cast<std::int32_t>(value);
    std::memcpy(out, &narrow, sizeof narrow);
  } else {
    std::memcpy(out, &value, sizeof value);
  }
}

}  // namespace tandem::json
