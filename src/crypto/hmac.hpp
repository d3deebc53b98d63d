// SHA-256 and HMAC-SHA256 over OpenSSL's EVP. Used wherever a secret is stored as its hash, a message is
// signed or a content is named by its digest.
#pragma once
#include <string>
#include <string_view>

namespace tandem::crypto {

/// The 32 bytes of SHA-256 (FIPS 180-4).
std::string sha256(std::string_view bytes);

/// The 32 bytes of HMAC-SHA256 (RFC 2104); the key may have any length.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Compares in a time that depends on the lengths alone; for secrets, signatures and their hashes.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// `size` bytes (at most 255 × 32) derived from `key` by HKDF-SHA256 (RFC 5869). `purpose` is the info
/// string: keys of different purposes tell nothing about each other.
std::string derive_key(std::string_view key, std::string_view salt, std::string_view purpose,
                       std::size_t size = 32);

}  // namespace tandem::crypto
