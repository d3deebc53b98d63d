#include "crypto/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>

#include "crypto/bytes.hpp"

namespace tandem::crypto {

namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* k) { EVP_PKEY_free(k); })>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })>;

using Certificate = std::unique_ptr<X509, decltype([](X509* c) { X509_free(c); })>;
using Chain =
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * c) { sk_X509_pop_free(c, X509_free); })>;
using Store = std::unique_ptr<X509_STORE, decltype([](X509_STORE* s) { X509_STORE_free(s); })>;
using StoreContext =
    std::unique_ptr<X509_STORE_CTX, decltype([](X509_STORE_CTX* c) { X509_STORE_CTX_free(c); })>;

Bio reading(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

bool verify(EVP_PKEY* key, std::string_view bytes, std::string_view signature) {
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return false;
  const Context context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes), bytes.size()) ==
             1;
}

/// Whether the certificate leads to an authority that is trusted, over those between.
bool is_trusted(X509* certificate, STACK_OF(X509) * between, const std::string& authorities_file,
                std::int64_t unix_seconds) {
  const Store store(X509_STORE_new());
  if (!store || X509_STORE_set_default_paths(store.get()) != 1) return false;
  if (!authorities_file.empty() && X509_STORE_load_file(store.get(), authorities_file.c_str()) != 1)
    return false;
  const StoreContext context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store.get(), certificate, between) != 1) return false;
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), unix_seconds);
  return X509_verify_cert(context.get()) == 1;
}

}  // namespace

bool verify_rsa_sha256(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  const Key key(PEM_read_bio_PUBKEY(reading(public_key).get(), nullptr, nullptr, nullptr));
  return verify(key.get(), bytes, signature);
}

bool verify_rsa_sha256_by_certificate(std::string_view certificates, const std::string& authorities_file,
                                      std::int64_t unix_seconds, std::string_view bytes,
                                      std::string_view signature) {
  constexpr int kBetweenMax = 10;
  const Bio source = reading(certificates);
  const Certificate signer(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
  if (!signer) return false;
  const Chain between(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr))
    if (sk_X509_num(between.get()) >= kBetweenMax || sk_X509_push(between.get(), next) == 0) {
      X509_free(next);
      return false;
    }
  return is_trusted(signer.get(), between.get(), authorities_file, unix_seconds) &&
         verify(X509_get0_pubkey(signer.get()), bytes, signature);
}

}  // namespace tandem::crypto
