// Signed JSON of others: JSON Web Signatures (RFC 7515) in the compact form under the public keys of a JSON
// Web Key Set (RFC 7517), checked by cjose. Used by identity for the ID tokens of an OpenID provider.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::crypto {

/// A public RSA or elliptic-curve key to check signatures with.
struct SignatureKey {
  std::string kid;   // empty: it has no name
  std::string json;  // the key alone, as RFC 7517 writes it
};
/// The keys for signatures of a key set; others (for encryption, symmetric, of unknown kinds) are left out,
/// as RFC 7517 section 5 asks. Empty when it is no key set at all.
std::vector<SignatureKey> read_key_set(std::string_view jwks);

enum class JwsRefusal {
  malformed,
  algorithm,    // not asymmetric: none, HS256 and whatever we do not know
  unknown_key,  // the set has no key of this name: it may have changed since it was read
  signature,
};
/// What was signed. RSA keys of less than 2048 bits sign nothing.
std::expected<std::string, JwsRefusal> open_jws(std::string_view compact, std::span<const SignatureKey> keys);

}  // namespace tandem::crypto
