#include "crypto/signed_id.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"

namespace tandem::crypto {
namespace {

constexpr std::size_t kHalf = 22;  // characters of 16 bytes in base64url
constexpr std::size_t kSignature =
    16;  // bytes: 128 bits against forgery (RFC 2104 section 5 allows half the digest)

std::string_view raw(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}

}  // namespace

std::string IdSigner::sign(const Uuid& id) const {
  return to_base64url(raw(id)) + '.' + to_base64url(hmac_sha256(key_, raw(id)).substr(0, kSignature));
}

std::optional<Uuid> IdSigner::verify(std::string_view text) const {
  if (text.size() != 2 * kHalf + 1 || text[kHalf] != '.') return std::nullopt;
  const auto bytes = from_base64url(text.substr(0, kHalf));
  const auto signature = from_base64url(text.substr(kHalf + 1));
  if (!bytes || !signature) return std::nullopt;
  std::array<std::uint8_t, 16> plain{};
  std::ranges::transform(*bytes, plain.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  if (!equal_in_constant_time(*signature, hmac_sha256(key_, *bytes).substr(0, kSignature)))
    return std::nullopt;
  return Uuid{plain};
}

}  // namespace tandem::crypto
