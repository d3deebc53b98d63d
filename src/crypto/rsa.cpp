#include "crypto/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "crypto/bytes.hpp"

namespace tandem::crypto {

namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* k) { EVP_PKEY_free(k); })>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })>;

}  // namespace

bool verify_rsa_sha256(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  const Bio source(BIO_new_mem_buf(public_key.data(), static_cast<int>(public_key.size())));
  const Key key(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return false;
  const Context context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes), bytes.size()) ==
             1;
}

}  // namespace tandem::crypto
