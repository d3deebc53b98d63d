// Strings as the byte pointers that OpenSSL takes, and wiping of secrets. Used by crypto alone.
#pragma once
#include <openssl/crypto.h>

#include <string>
#include <string_view>

namespace tandem::crypto {

inline unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Overwrites a secret that is no longer needed, in a way that the compiler does not leave out.
inline void wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace tandem::crypto
