#include "crypto/envelope.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "base/assert.hpp"
#include "crypto/bytes.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

namespace tandem::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16, kHeaderBytes = 2;
constexpr std::size_t kPlainMax = 16 << 20;
constexpr char kFormat = 1;

using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;

const EVP_CIPHER* aes_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  TANDEM_ASSERT(cipher != nullptr, "OpenSSL has no AES-256-GCM");
  return cipher;
}

int length_of(std::string_view bytes) {
  TANDEM_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "{} bytes",
                bytes.size());
  return static_cast<int>(bytes.size());
}

void check_sizes(std::string_view key, std::string_view nonce) {
  TANDEM_ASSERT(key.size() == kKeyBytes && nonce.size() == kNonceBytes, "a key of {} and a nonce of {} bytes",
                key.size(), nonce.size());
}

/// "table|column|organization|row|version". Only the row's key could hold a '|', and it stands between two
/// parts that cannot, so no two places have the same text.
std::string additional_data(const Place& place, std::uint8_t version) {
  TANDEM_ASSERT(
      place.table.find('|') == std::string_view::npos && place.column.find('|') == std::string_view::npos,
      "the place {} {}", place.table, place.column);
  return fmt::format("{}|{}|{}|{}|{}", place.table, place.column, place.organization.str(), place.row,
                     version);
}

/// The data key of an organization for one column of one table.
std::string data_key(const MasterKey& master, const Place& place) {
  return derive_key(master.bytes(), place.organization.str(),
                    fmt::format("tandem envelope|{}|{}", place.table, place.column), kKeyBytes);
}

}  // namespace

std::string gcm_encrypt(std::string_view key, std::string_view nonce, std::string_view aad,
                        std::string_view plain) {
  check_sizes(key, nonce);
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTagBytes, '\0');
  int size = 0, last = 0;
  const bool good =
      context != nullptr &&
      EVP_EncryptInit_ex2(context.get(), aes_gcm(), octets(key), octets(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, octets(aad), length_of(aad)) == 1 &&
      EVP_EncryptUpdate(context.get(), octets(out), &size, octets(plain), length_of(plain)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), octets(out) + size, &last) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, octets(out) + plain.size()) == 1;
  TANDEM_ASSERT(good && static_cast<std::size_t>(size + last) == plain.size(), "AES-256-GCM failed");
  return out;
}

std::optional<std::string> gcm_decrypt(std::string_view key, std::string_view nonce, std::string_view aad,
                                       std::string_view cipher) {
  check_sizes(key, nonce);
  if (cipher.size() < kTagBytes) return std::nullopt;
  std::string tag(cipher.substr(cipher.size() - kTagBytes));
  cipher.remove_suffix(kTagBytes);
  const CipherContext context(EVP_CIPHER_CTX_new());
  // One byte more: an empty plain text still needs somewhere to point to.
  std::string out(cipher.size() + 1, '\0');
  int size = 0, last = 0;
  const bool ready =
      context != nullptr &&
      EVP_DecryptInit_ex2(context.get(), aes_gcm(), octets(key), octets(nonce), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, octets(aad), length_of(aad)) == 1 &&
      EVP_DecryptUpdate(context.get(), octets(out), &size, octets(cipher), length_of(cipher)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  TANDEM_ASSERT(ready, "AES-256-GCM failed");
  if (EVP_DecryptFinal_ex(context.get(), octets(out) + size, &last) != 1) {
    wipe(out);
    return std::nullopt;
  }
  out.resize(cipher.size());
  return out;
}

Envelope::Envelope(std::vector<MasterKey> keys) : keys_(std::move(keys)) {
  TANDEM_ASSERT(!keys_.empty(), "an envelope needs a master key");
  for (const auto& key : keys_)
    TANDEM_ASSERT(key_of(key.version()) == &key, "two master keys have the version {}", key.version());
}

const MasterKey* Envelope::key_of(std::uint8_t version) const {
  const auto found = std::ranges::find(keys_, version, &MasterKey::version);
  return found == keys_.end() ? nullptr : &*found;
}

std::string Envelope::seal(const Place& place, std::string_view plain) const {
  TANDEM_ASSERT(plain.size() <= kPlainMax, "{} bytes to seal", plain.size());
  const MasterKey& master = keys_.front();
  std::string key = data_key(master, place);
  const std::string nonce = random_bytes(kNonceBytes);
  std::string out{kFormat, static_cast<char>(master.version())};
  out += nonce;
  out += gcm_encrypt(key, nonce, additional_data(place, master.version()), plain);
  wipe(key);
  return out;
}

std::optional<std::string> Envelope::open(const Place& place, std::string_view sealed) const {
  const auto version = version_of(sealed);
  const MasterKey* master = version ? key_of(*version) : nullptr;
  if (master == nullptr) return std::nullopt;
  std::string key = data_key(*master, place);
  auto plain = gcm_decrypt(key, sealed.substr(kHeaderBytes, kNonceBytes), additional_data(place, *version),
                           sealed.substr(kHeaderBytes + kNonceBytes));
  wipe(key);
  return plain;
}

std::optional<std::uint8_t> Envelope::version_of(std::string_view sealed) {
  if (sealed.size() < kHeaderBytes + kNonceBytes + kTagBytes || sealed.front() != kFormat)
    return std::nullopt;
  return static_cast<std::uint8_t>(sealed[1]);
}

bool Envelope::is_old(std::string_view sealed) const { return version_of(sealed) != keys_.front().version(); }

std::string Envelope::key_for(std::string_view purpose) const {
  return derive_key(keys_.front().bytes(), "tandem", fmt::format("tandem key|{}", purpose), kKeyBytes);
}

}  // namespace tandem::crypto
