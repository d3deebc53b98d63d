// Reading a described value from the parameters of a query string.
#include <algorithm>
#include <charconv>

#include "base/assert.hpp"
#include "base/json_reader.hpp"

namespace tandem::json {
namespace {

constexpr std::size_t kItemsMax = 1000;

void read_integer(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size())
    return add_integer_range(codec, at, mistakes);
  if (error != std::errc{} || end != text.data() + text.size())
    return mistakes.add(at, "wrong_type", "expected an integer");
  store_integer(codec, value, at, mistakes, out);
}

void read(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out);

/// "a,b": two items; an empty text is the empty list.
void read_list(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out) {
  if (text.empty()) return;
  if (static_cast<std::size_t>(std::ranges::count(text, ',')) >= kItemsMax)
    return mistakes.add(at, "out_of_range", "expected at most 1000 items");
  while (true) {
    const auto comma = text.find(',');
    read(*codec.inner, text.substr(0, comma), at, mistakes, codec.grow(out));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

void read(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out) {
  switch (codec.shape) {
    case Shape::boolean:
      if (text != "true" && text != "false") return mistakes.add(at, "wrong_type", "expected true or false");
      *static_cast<bool*>(out) = text == "true";
      return;
    case Shape::integer: return read_integer(codec, text, at, mistakes, out);
    case Shape::text: return read_text(codec, text, at, mistakes, out);
    case Shape::enumeration: return read_enum(codec, text, at, mistakes, out);
    case Shape::optional: return read(*codec.inner, text, at, mistakes, codec.grow(out));
    case Shape::list: return read_list(codec, text, at, mistakes, out);
    case Shape::string:
    case Shape::structure:
    case Shape::object: break;
  }
  TANDEM_ASSERT(false, "the query parameter {} has a type that no query can hold", at.key);
}

}  // namespace

void parse_query(const Codec& codec, std::span<const std::pair<std::string, std::string>> query, void* out) {
  TANDEM_ASSERT(codec.shape == Shape::structure, "a query is read into a structure");
  const auto fields = codec.fields();
  std::vector<bool> seen(fields.size());
  Mistakes mistakes;
  for (const auto& [name, text] : query) {
    const Path at{nullptr, name, 0, Path::Kind::query};
    const auto field = std::ranges::find(fields, name, &Field::name);
    if (field == fields.end()) {
      mistakes.add(at, "unknown_field", "there is no such parameter");
      continue;
    }
    const auto i = static_cast<std::size_t>(field - fields.begin());
    if (seen[i]) {
      mistakes.add(at, "duplicate", "this parameter is given twice");
      continue;
    }
    seen[i] = true;
    read(*field->codec, text, at, mistakes, field->member(out));
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Codec& field = *fields[i].codec;
    if (seen[i] || field.shape == Shape::optional || field.has_default) continue;
    mistakes.add(Path{nullptr, fields[i].name, 0, Path::Kind::query}, "required",
                 "this parameter is required");
  }
  if (!mistakes.empty()) throw Problem(kInvalid, {}, mistakes.take());
}

}  // namespace tandem::json
