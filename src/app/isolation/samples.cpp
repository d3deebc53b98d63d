#include "app/isolation/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"

namespace tandem::app::isolation {
namespace {

using json::Codec;
using json::Shape;

/// Members beyond the required ones, or other values than the first that fits: rules between fields.
struct Choice {
  std::string_view structure, field, value;  // value empty: the usual sample
};
constexpr std::array<Choice, 16> kChoices{{
    {"CreateContact", "email", ""},
    {"CreateLead", "email", ""},
    {"CreatePartnerCustomer", "email", ""},
    {"TermInput", "method", R"("percentage")"},
    {"TermInput", "rate_ppm", "50000"},
    {"TermInput", "trigger", R"("sale")"},
    {"CreateConversion", "kind", R"("sale")"},
    {"CreateConversion", "partner_id", ""},
    {"CreateApiKey", "kind", R"("partner")"},
    {"CreateApiKey", "partner_id", ""},
    {"CreateMaterial", "body", ""},
    {"RotateInboundSecret", "secret", ""},
    {"FileClaim", "conversion_id", ""},
    {"Simulate", "from", R"("2026-01-01")"},
    {"Simulate", "to", R"("2026-02-01")"},
    {"Simulate", "model", R"("first")"},
}};

const Choice* choice_of(std::string_view structure, std::string_view field) {
  const auto found = std::ranges::find_if(
      kChoices, [&](const Choice& c) { return c.structure == structure && c.field == field; });
  return found == kChoices.end() ? nullptr : &*found;
}

std::string text_of(std::string_view format, std::string_view field, const IdOf& id_of) {
  if (format == "uuid") {
    const std::string id = id_of ? id_of(field) : std::string();
    return id.empty() ? new_uuid().str() : id;
  }
  // Unique, so that nothing is known already.
  std::string fresh = "sample" + new_uuid().str().substr(24);
  if (format == "email") return fresh + "@example.com";
  if (format == "code" || format == "slug" || format == "visitor-id") return fresh;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kFixed{
      {{"date-time", "2026-01-02T03:04:05Z"},
       {"date", "2026-01-02"},
       {"uri", "https://shop.example/"},
       {"origin", "https://shop.example"},
       {"country", "GB"},
       {"currency", "EUR"},
       {"time-zone", "Europe/London"},
       {"decimal", "1.50"},
       {"page-limit", "5"}}};
  for (const auto& [name, text] : kFixed)
    if (name == format) return std::string(text);
  return fresh;
}

}  // namespace

std::string sample_value(const Codec& codec, std::string_view field, const IdOf& id_of) {
  switch (codec.shape) {
    case Shape::boolean: return "true";
    case Shape::integer: return std::to_string(std::clamp<std::int64_t>(1, codec.min, codec.max));
    case Shape::text:
      if (codec.name == "page-limit") return text_of(codec.name, field, id_of);
      return fmt::format("\"{}\"", text_of(codec.name, field, id_of));
    case Shape::string: return R"("sample")";
    case Shape::enumeration: return fmt::format("\"{}\"", codec.enumerators().front().name);
    case Shape::structure: return print_members(sample_members(codec, id_of));
    case Shape::optional: return sample_value(*codec.inner, field, id_of);
    case Shape::list: return "[" + sample_value(*codec.inner, field, id_of) + "]";
    case Shape::object: return "{}";
  }
  return "null";
}

std::vector<Member> sample_members(const Codec& structure, const IdOf& id_of) {
  std::vector<Member> out;
  for (const auto& field : structure.fields()) {
    const Choice* choice = choice_of(structure.name, field.name);
    if (choice == nullptr && (field.codec->shape == Shape::optional || field.codec->has_default)) continue;
    out.push_back({field.name, field.codec,
                   choice != nullptr && !choice->value.empty()
                       ? std::string(choice->value)
                       : sample_value(*field.codec, field.name, id_of)});
  }
  return out;
}

std::string print_members(const std::vector<Member>& members) {
  std::string out = "{";
  for (const auto& member : members)
    out += fmt::format("{}\"{}\":{}", out.size() > 1 ? "," : "", member.name, member.value);
  return out + "}";
}

std::string sample_picture() {
  return from_hex(
             "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da6364f8cf500f000386"
             "01805a347d6b0000000049454e44ae426082")
      .value();
}

std::string query_text(std::string_view json) {
  if (json.size() >= 2 && json.front() == '"') return std::string(json.substr(1, json.size() - 2));
  return std::string(json);
}

}  // namespace tandem::app::isolation
