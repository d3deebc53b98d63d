// Secrets that leave the server once and come back as proof: API keys, site keys, session and reset tokens,
// webhook secrets. The database holds the SHA-256 of a secret and the few characters that people recognise it
// by; 256 random bits need no salt and no slow hash. Used by identity, notify and the inbound adapters.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tandem::crypto {

/// A secret just made: shown once, then only prefix and hash are kept.
struct NewSecret {
  std::string secret;
  std::string prefix;  // for display, such as "tdm_live_AbCd"
  std::string hash;    // SHA-256 of the secret's text, 32 bytes
};

/// "tdm_live_" or "tdm_test_" and 43 characters of base64url (256 bits).
NewSecret new_api_key(bool is_live);

/// What the text of an API key tells without looking it up.
struct ApiKeyText {
  bool is_live = false;
  std::string prefix;
  std::string hash;
};
/// nullopt for a text that new_api_key() cannot have made.
std::optional<ApiKeyText> parse_api_key(std::string_view text);

/// "pk_live_" or "pk_test_" and 24 characters of base64url: names a site in the tracking script; public.
std::string new_site_key(bool is_live);
/// Whether the text has the form of a site key; nullopt when not, else whether it is live.
std::optional<bool> parse_site_key(std::string_view text);

/// 43 characters of base64url (256 bits): sessions, invitations, password resets, unsubscribe links.
NewSecret new_token();
/// Whether the text has the form of such a token.
bool is_token(std::string_view text);

/// "whsec_" and the base64 of 32 random bytes (Standard Webhooks 1.0.0).
std::string new_webhook_secret();
/// The signing key of a "whsec_" secret: 24 to 64 bytes, else nullopt.
std::optional<std::string> webhook_key(std::string_view secret);

}  // namespace tandem::crypto
