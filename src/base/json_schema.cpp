// JSON Schema (2020-12) of a described type, as OpenAPI 3.1 uses it.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/json.hpp"
#include "base/json_formats.hpp"

namespace tandem::json {
namespace {

struct Describer {
  std::vector<Component>& components;
  bool answer;

  void schema(const Codec& codec, std::string& out) {
    if (codec.shape == Shape::optional) return optional(*codec.inner, out);
    if (codec.shape == Shape::structure || codec.shape == Shape::enumeration) return reference(codec, out);
    out += '{';
    members(codec, out, false);
    out += '}';
  }

 private:
  /// The members of a schema that stands in place; `nullable` adds null to its type.
  void members(const Codec& codec, std::string& out, bool nullable) {
    switch (codec.shape) {
      case Shape::boolean: return type("boolean", nullable, out);
      case Shape::integer:
        type("integer", nullable, out);
        out += codec.integer_bytes == 4 ? R"(,"format":"int32")" : R"(,"format":"int64")";
        if (codec.max < INT32_MAX || (codec.integer_bytes == 8 && codec.max < INT64_MAX))
          out += fmt::format(R"(,"minimum":{},"maximum":{})", codec.min, codec.max);
        return;
      case Shape::text: return text(codec, out, nullable);
      case Shape::string: return type("string", nullable, out);
      case Shape::object: return type("object", nullable, out);
      case Shape::list:
        type("array", nullable, out);
        // An answer's lists are as long as their routes say; what comes in is limited here.
        if (!answer) out += R"(,"maxItems":1000)";
        out += R"(,"items":)";
        return schema(*codec.inner, out);
      case Shape::enumeration: return enumeration(codec, out, nullable);
      case Shape::structure:
      case Shape::optional: break;
    }
    TANDEM_ASSERT(false, "{} has no schema in place", codec.name);
  }

  static void type(std::string_view name, bool nullable, std::string& out) {
    out += nullable ? fmt::format(R"("type":["{}","null"])", name) : fmt::format(R"("type":"{}")", name);
  }

  static void text(const Codec& codec, std::string& out, bool nullable) {
    if (codec.max > 0) {
      type("string", nullable, out);
      out += fmt::format(R"(,"minLength":{},"maxLength":{})", codec.min, codec.max);
      return;
    }
    const TextFormat* format = text_format(codec.name);
    if (format == nullptr) {
      type("string", nullable, out);
      out += fmt::format(R"(,"format":"{}")", codec.name);
      return;
    }
    const auto rest = format->schema.find(',');
    const auto first = format->schema.substr(0, rest);
    const auto name = first.substr(first.find(':') + 2);
    type(name.substr(0, name.size() - 1), nullable, out);
    if (rest != std::string_view::npos) out += format->schema.substr(rest);
  }

  static void enumeration(const Codec& codec, std::string& out, bool nullable) {
    type("string", nullable, out);
    out += R"(,"enum":[)";
    for (const auto& enumerator : codec.enumerators()) out += fmt::format("\"{}\",", enumerator.name);
    if (nullable) out += "null,";
    out.back() = ']';
  }

  void optional(const Codec& inner, std::string& out) {
    if (inner.shape == Shape::structure) {
      out += R"({"anyOf":[)";
      reference(inner, out);
      out += R"(,{"type":"null"}]})";
      return;
    }
    out += '{';
    members(inner, out, true);
    out += '}';
  }

  void reference(const Codec& codec, std::string& out) {
    TANDEM_ASSERT(!codec.name.empty(), "a described type has no name");
    std::string name(codec.name);
    const auto named = [&](std::string_view wanted) {
      return std::ranges::find(components, wanted, &Component::name);
    };
    auto known = named(name);
    // What may be left out of a request is always in an answer: such a type used both ways is two schemas.
    if (known != components.end() && known->codec == &codec && known->answer != answer &&
        depends_on_direction(codec)) {
      name += answer ? "Answer" : "Request";
      known = named(name);
    }
    out += fmt::format("{{\"$ref\":\"#/components/schemas/{}\"}}", name);
    if (known != components.end()) {
      TANDEM_ASSERT(known->codec == &codec, "two types have the name {}", name);
      return;
    }
    // Its place is taken before its fields are described, so that a type may hold a list of itself.
    const std::size_t place = components.size();
    components.push_back({std::move(name), {}, &codec, answer});
    std::string text = "{";
    if (codec.shape == Shape::enumeration) {
      enumeration(codec, text, false);
    } else {
      structure(codec, text);
    }
    components[place].schema = text + "}";
  }

  void structure(const Codec& codec, std::string& out) {
    out += R"("type":"object","additionalProperties":false,"properties":{)";
    std::string required;
    const bool money = &codec == &json::codec<Money>();
    for (const auto& field : codec.fields()) {
      if (out.back() != '{') out += ',';
      out += fmt::format("\"{}\":", field.name);
      if (money && field.name == "amount") {
        out += fmt::format(R"({{"type":"integer","format":"int64","minimum":{},"maximum":{}}})", -kMaxAmount,
                           kMaxAmount);
      } else {
        schema(*field.codec, out);
      }
      if (answer || !may_be_left_out(*field.codec)) required += fmt::format("\"{}\",", field.name);
    }
    out += '}';
    if (required.empty()) return;
    required.pop_back();
    out += fmt::format(R"(,"required":[{}])", required);
  }

  static bool may_be_left_out(const Codec& codec) {
    return codec.shape == Shape::optional || codec.has_default;
  }

  /// Whether reading and writing have different schemas, apart from what is referred to.
  static bool depends_on_direction(const Codec& codec) {
    if (codec.shape != Shape::structure) return false;
    return std::ranges::any_of(codec.fields(),
                               [](const Field& field) { return may_be_left_out(*field.codec); });
  }
};

bool is_request_type(const Codec& codec, std::vector<const Codec*>& visited) {
  if (codec.shape == Shape::string) return false;
  if (codec.inner != nullptr) return is_request_type(*codec.inner, visited);
  if (codec.shape != Shape::structure || std::ranges::find(visited, &codec) != visited.end()) return true;
  visited.push_back(&codec);
  return std::ranges::all_of(codec.fields(),
                             [&](const Field& field) { return is_request_type(*field.codec, visited); });
}

}  // namespace

void schema(const Codec& codec, std::string& out, std::vector<Component>& components, bool answer) {
  Describer{components, answer}.schema(codec, out);
}

bool is_request_type(const Codec& codec) {
  std::vector<const Codec*> visited;
  return is_request_type(codec, visited);
}

}  // namespace tandem::json
