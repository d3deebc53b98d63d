// What an OpenID provider says about a person, and whether it was said to us, now and for this sign-in. Pure.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "base/time.hpp"

namespace tandem::identity::oidc {

/// The claims of an ID token that we use (OpenID Connect Core 1.0 sections 2 and 5.1).
struct Claims {
  std::string subject;  // who it is at this provider, for ever
  std::optional<Email> email;
  bool is_email_verified = false;
  std::string name;
  bool has_used_two_factors = false;   // `amr` says "mfa" (RFC 8176)
  std::optional<Timestamp> proved_at;  // `auth_time`: when the person last showed who it is
};

/// What an ID token must say to be ours.
struct Expected {
  std::string issuer, client_id, nonce;
  Timestamp now;
};
/// The claims of a token whose signature is right, or why it is refused, in words (Core section 3.1.3.7).
std::expected<Claims, std::string_view> check_id_token(std::string_view payload, const Expected& expected);

/// Adds what the user info endpoint says of the e-mail; false when it speaks of another person (Core section
/// 5.3.2).
bool add_user_info(std::string_view json, Claims& claims);

}  // namespace tandem::identity::oidc
