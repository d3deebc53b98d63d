// The formats of texts: what a reader is told and what a JSON Schema says. Used by base/json_*.cpp alone.
#pragma once
#include <cstddef>
#include <string_view>

namespace tandem::json {

struct TextFormat {
  std::string_view name;      // T::kFormat
  std::string_view expected;  // "expected …"
  std::size_t
      bytes_max;  // longer texts are out_of_range rather than malformed; 0 = the length is part of the form
  std::string_view schema;  // members of its JSON Schema
};

inline constexpr TextFormat kTextFormats[] = {
    {"uuid", "a UUID", 0, R"("type":"string","format":"uuid")"},
    {"date-time", "an instant such as 2026-01-02T03:04:05Z", 0, R"("type":"string","format":"date-time")"},
    {"date", "a day such as 2026-02-28", 0, R"("type":"string","format":"date")"},
    {"email", "an e-mail address", 254, R"("type":"string","format":"email","maxLength":254)"},
    {"uri", "an http or https address", 2048, R"("type":"string","format":"uri","maxLength":2048)"},
    {"code", "1 to 64 letters, digits, - _ .", 64, R"("type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$")"},
    {"slug", "2 to 63 of a-z, 0-9 and -", 63, R"("type":"string","pattern":"^[a-z0-9][a-z0-9-]{1,62}$")"},
    {"visitor-id", "8 to 64 letters, digits, - _ .", 64,
     R"("type":"string","pattern":"^[A-Za-z0-9._-]{8,64}$")"},
    {"country", "two upper-case letters (ISO 3166-1)", 0, R"("type":"string","pattern":"^[A-Z]{2}$")"},
    {"currency", "an ISO 4217 currency", 0, R"("type":"string","pattern":"^[A-Z]{3}$")"},
    {"time-zone", "an IANA time zone such as Europe/London", 0,
     R"("type":"string","minLength":1,"maxLength":64)"},
    {"locale", "a language such as en or pt-BR", 0,
     R"("type":"string","pattern":"^[a-z]{2,3}(-[A-Z]{2})?$")"},
    {"phone", "a telephone number with its country such as +998901234567", 0,
     R"("type":"string","minLength":8,"maxLength":40)"},
    {"decimal", "a decimal number such as 19.90", 0,
     R"("type":"string","pattern":"^-?[0-9]{1,18}([.][0-9]{1,12})?$")"},
    {"cursor", "the next_cursor of an earlier answer", 0,
     R"("type":"string","pattern":"^[A-Za-z0-9_-]+$","maxLength":4096)"},
    {"page-limit", "1 to 200", 0, R"("type":"integer","minimum":1,"maximum":200,"default":50)"},
};

/// nullptr for a format that is not listed: it is shown by its name.
constexpr const TextFormat* text_format(std::string_view name) {
  for (const auto& format : kTextFormats)
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace tandem::json
