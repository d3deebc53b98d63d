// RSA signatures of others. Used for webhooks that a provider signs with a key of its own.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::crypto {

/// True when `signature` is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017) over `bytes` by the holder of this
/// public key (PEM, SubjectPublicKeyInfo). False for a key that cannot be read.
bool verify_rsa_sha256(std::string_view public_key, std::string_view bytes, std::string_view signature);

/// The same by the holder of a certificate, the first of these (PEM, X.509; those after it may stand between
/// it and an authority), which leads at this time to an authority of the system's or of the PEM file
/// `authorities_file` (empty: none).
bool verify_rsa_sha256_by_certificate(std::string_view certificates, const std::string& authorities_file,
                                      std::int64_t unix_seconds, std::string_view bytes,
                                      std::string_view signature);

}  // namespace tandem::crypto
