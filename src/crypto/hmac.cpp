#include "crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>

#include "base/assert.hpp"
#include "crypto/bytes.hpp"

namespace tandem::crypto {
namespace {

constexpr std::size_t kDigestBytes = 32;

/// Looked up once: fetching an algorithm costs more than hashing a short text.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TANDEM_ASSERT(algorithm != nullptr, "OpenSSL has no SHA-256");
  return algorithm;
}
EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  TANDEM_ASSERT(algorithm != nullptr, "OpenSSL has no HMAC");
  return algorithm;
}
EVP_KDF* hkdf_algorithm() {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  TANDEM_ASSERT(algorithm != nullptr, "OpenSSL has no HKDF");
  return algorithm;
}

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype([](EVP_MAC_CTX* c) { EVP_MAC_CTX_free(c); })>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, decltype([](EVP_KDF_CTX* c) { EVP_KDF_CTX_free(c); })>;

// OSSL_PARAM points to what it does not change, through pointers that are not const.
OSSL_PARAM text_param(const char* name, std::string& value) {
  return OSSL_PARAM_construct_utf8_string(name, value.data(), value.size());
}
OSSL_PARAM octets_param(const char* name, std::string& value) {
  return OSSL_PARAM_construct_octet_string(name, value.data(), value.size());
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string out(kDigestBytes, '\0');
  unsigned int size = 0;
  const int good = EVP_Digest(bytes.data(), bytes.size(), octets(out), &size, sha256_algorithm(), nullptr);
  TANDEM_ASSERT(good == 1 && size == kDigestBytes, "SHA-256 of {} bytes failed", bytes.size());
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  const MacContext context(EVP_MAC_CTX_new(hmac_algorithm()));
  std::string digest = "SHA256";
  const std::array params{text_param(OSSL_MAC_PARAM_DIGEST, digest), OSSL_PARAM_construct_end()};
  std::string out(kDigestBytes, '\0');
  std::size_t size = 0;
  // A null key would mean "keep the key of before".
  const auto* key_bytes = key.empty() ? octets(std::string_view{""}) : octets(key);
  const bool good = context != nullptr &&
                    EVP_MAC_init(context.get(), key_bytes, key.size(), params.data()) == 1 &&
                    EVP_MAC_update(context.get(), octets(bytes), bytes.size()) == 1 &&
                    EVP_MAC_final(context.get(), octets(out), &size, out.size()) == 1;
  TANDEM_ASSERT(good && size == kDigestBytes, "HMAC of {} bytes failed", bytes.size());
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string derive_key(std::string_view key, std::string_view salt, std::string_view purpose,
                       std::size_t size) {
  TANDEM_ASSERT(size > 0 && size <= 255 * kDigestBytes, "{} bytes of a derived key", size);
  const KdfContext context(EVP_KDF_CTX_new(hkdf_algorithm()));
  std::string digest = "SHA256", secret(key), salted(salt), info(purpose);
  const std::array params{text_param(OSSL_KDF_PARAM_DIGEST, digest), octets_param(OSSL_KDF_PARAM_KEY, secret),
                          octets_param(OSSL_KDF_PARAM_SALT, salted), octets_param(OSSL_KDF_PARAM_INFO, info),
                          OSSL_PARAM_construct_end()};
  std::string out(size, '\0');
  const bool good =
      context != nullptr && EVP_KDF_derive(context.get(), octets(out), out.size(), params.data()) == 1;
  wipe(secret);
  TANDEM_ASSERT(good, "HKDF failed");
  return out;
}

}  // namespace tandem::crypto
