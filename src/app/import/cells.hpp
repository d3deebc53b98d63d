// What a cell's text stands for: numbers, partners' slugs, visitors, and text in UTF-8. Pure. Used by the
// reader of files.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "app/import/mapping.hpp"
#include "base/money.hpp"

namespace tandem::app::importing {

/// An optional sign, 1 to 15 digits of which at most 6 are decimals; `thousands` characters are dropped.
std::optional<Decimal> read_number(std::string_view text, char decimal, std::optional<char> thousands);

/// The text in UTF-8 if it is in the encoding and clean (no control or direction-override characters; line
/// breaks and tabs are allowed). `scratch` holds it when it had to be rewritten.
std::optional<std::string_view> to_utf8(std::string_view text, Encoding encoding, std::string& scratch);

/// The slug of a partner's name as docs/import.md gives it; at most 60 characters.
std::string slug_of_name(std::string_view name);

/// A visitor id: a UUID in lower case, or one of version 8 from SHA-256 of `source`, a zero byte and the
/// text.
std::string visitor_of(std::string_view source, std::string_view text);

}  // namespace tandem::app::importing
