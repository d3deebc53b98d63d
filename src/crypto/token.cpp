#include "crypto/token.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

namespace tandem::crypto {
namespace {

constexpr std::string_view kLiveKey = "tdm_live_", kTestKey = "tdm_test_";
constexpr std::string_view kLiveSite = "pk_live_", kTestSite = "pk_test_";
constexpr std::string_view kWebhook = "whsec_";
constexpr std::size_t kSecretBytes = 32, kSiteBytes = 18;
constexpr std::size_t kShown = 4;  // characters of the random part that are kept for display: 24 of 256 bits

NewSecret named(std::string secret, std::size_t shown) {
  NewSecret out;
  out.prefix = secret.substr(0, shown);
  out.hash = sha256(secret);
  out.secret = std::move(secret);
  return out;
}

bool is_base64url_of(std::string_view text, std::size_t bytes) {
  const auto decoded = from_base64url(text);
  return decoded && decoded->size() == bytes;
}

}  // namespace

NewSecret new_api_key(bool is_live) {
  std::string secret(is_live ? kLiveKey : kTestKey);
  secret += to_base64url(random_bytes(kSecretBytes));
  return named(std::move(secret), kLiveKey.size() + kShown);
}

std::optional<ApiKeyText> parse_api_key(std::string_view text) {
  const bool is_live = text.starts_with(kLiveKey);
  if (!is_live && !text.starts_with(kTestKey)) return std::nullopt;
  if (!is_base64url_of(text.substr(kLiveKey.size()), kSecretBytes)) return std::nullopt;
  return ApiKeyText{is_live, std::string(text.substr(0, kLiveKey.size() + kShown)), sha256(text)};
}

std::string new_site_key(bool is_live) {
  std::string out(is_live ? kLiveSite : kTestSite);
  return out + to_base64url(random_bytes(kSiteBytes));
}

std::optional<bool> parse_site_key(std::string_view text) {
  const bool is_live = text.starts_with(kLiveSite);
  if (!is_live && !text.starts_with(kTestSite)) return std::nullopt;
  if (!is_base64url_of(text.substr(kLiveSite.size()), kSiteBytes)) return std::nullopt;
  return is_live;
}

NewSecret new_token() { return named(to_base64url(random_bytes(kSecretBytes)), kShown); }

bool is_token(std::string_view text) { return is_base64url_of(text, kSecretBytes); }

std::string new_webhook_secret() { return std::string(kWebhook) + to_base64(random_bytes(kSecretBytes)); }

std::optional<std::string> webhook_key(std::string_view secret) {
  if (!secret.starts_with(kWebhook)) return std::nullopt;
  auto key = from_base64(secret.substr(kWebhook.size()));
  if (!key || key->size() < 24 || key->size() > 64) return std::nullopt;
  return key;
}

}  // namespace tandem::crypto
