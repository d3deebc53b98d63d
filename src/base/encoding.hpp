// Bytes as text: hexadecimal (RFC 4648 section 8), base64 (section 4), base64url (section 5, without
// padding) and percent-encoding (RFC 3986 section 2.1). Decoding is strict: one text for one value, so a
// decoded secret or signature has no second spelling. Used by crypto, page cursors and wire formats.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// Upper or lower case, an even number of digits; anything else is nullopt.
std::optional<std::string> from_hex(std::string_view text);

/// Standard alphabet, padded with '='.
std::string to_base64(std::string_view bytes);
/// Standard alphabet with its padding; refuses white space, missing padding and left-over bits that are not
/// zero.
std::optional<std::string> from_base64(std::string_view text);

/// URL-safe alphabet, no padding.
std::string to_base64url(std::string_view bytes);
/// URL-safe alphabet; refuses padding and left-over bits that are not zero.
std::optional<std::string> from_base64url(std::string_view text);

/// For one value in a URI's path or query or in a form: all but unreserved characters as %XX, UTF-8 byte by
/// byte.
std::string percent_encoded(std::string_view text);

}  // namespace tandem
