// RSA signatures of others. Used for webhooks that a provider signs with a key of its own.
#pragma once
#include <string_view>

namespace tandem::crypto {

/// True when `signature` is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017) over `bytes` by the holder of this
/// public key (PEM, SubjectPublicKeyInfo). False for a key that cannot be read.
bool verify_rsa_sha256(std::string_view public_key, std::string_view bytes, std::string_view signature);

}  // namespace tandem::crypto
