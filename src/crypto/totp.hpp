// One-time codes of a second factor: TOTP (RFC 6238) with HMAC-SHA-1, six digits, steps of 30 s, as every
// authenticator app has it. Used by identity.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::crypto {

/// 20 random bytes (RFC 4226 section 4 recommends 160 bits).
std::string new_totp_secret();
/// The code of one step.
std::string totp_code(std::string_view secret, std::int64_t step);
/// The step of an instant in Unix seconds.
std::int64_t totp_step(std::int64_t unix_seconds);
/// The step whose code this is, of the present one and its two neighbours; later than `last_step`, because
/// each code works once.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                       std::int64_t unix_seconds, std::optional<std::int64_t> last_step);

/// Base32 (RFC 4648 section 6) without padding, which is how people type secrets.
std::string to_base32(std::string_view bytes);

}  // namespace tandem::crypto
