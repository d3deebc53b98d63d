// Ids that browsers carry and cannot make up: base64url(id) "." base64url(first 16 bytes of HMAC-SHA256(key,
// id)), 45 characters. Used for click ids: a made-up click costs nobody a commission, because it does not
// verify.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace tandem::crypto {

class IdSigner {
 public:
  /// `key` is derived for one purpose (Envelope::key_for, derive_key): a signature of one purpose is none of
  /// another.
  explicit IdSigner(std::string key) : key_(std::move(key)) {}
  std::string sign(const Uuid& id) const;
  /// The id, when the text is exactly what sign() makes of it. Constant time in the signature.
  std::optional<Uuid> verify(std::string_view text) const;

 private:
  std::string key_;
};

}  // namespace tandem::crypto
