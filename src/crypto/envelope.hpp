// Secrets at rest: AES-256-GCM under a key per organization and purpose, derived (HKDF-SHA256) from a master
// key that is not in the database. What is sealed opens only in its own place: table, column, organization
// and row are authenticated, so a cipher text that is copied to another row or tenant does not open there.
//
// Sealed bytes: 1 format (1) | 1 version of the master key | 12 random nonce | cipher text | 16 tag.
//
// Used by identity and notify for secrets that must be read back (webhook secrets, bank details). Not for
// what is only compared: that is stored as a hash (crypto/token).
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "crypto/master_key.hpp"

namespace tandem::crypto {

/// AES-256-GCM (NIST SP 800-38D) with a 32-byte key and a 12-byte nonce that is never used twice with it.
/// Returns the cipher text followed by the 16-byte tag.
std::string gcm_encrypt(std::string_view key, std::string_view nonce, std::string_view aad,
                        std::string_view plain);
/// nullopt when the key, nonce, additional data or a single bit of the cipher text is not what it was.
std::optional<std::string> gcm_decrypt(std::string_view key, std::string_view nonce, std::string_view aad,
                                       std::string_view cipher);

/// Where a sealed value lives.
struct Place {
  std::string_view table;
  std::string_view column;
  OrganizationId organization;
  std::string_view row;  // the row's primary key as text
};

class Envelope {
 public:
  /// The first key seals; the others open what was sealed before a change of key. Versions are distinct.
  explicit Envelope(std::vector<MasterKey> keys);

  /// At most 16 MiB. Random nonces allow 2^32 values a key (SP 800-38D section 8.3): one organization never
  /// gets there.
  std::string seal(const Place& place, std::string_view plain) const;
  /// nullopt when it was not sealed for this place, was changed, or its master key is not here.
  std::optional<std::string> open(const Place& place, std::string_view sealed) const;
  /// True when it was sealed under another than the current master key: the re-wrap job seals it anew.
  bool is_old(std::string_view sealed) const;
  /// The version of the master key that sealed this; nullopt when it is no sealed value.
  static std::optional<std::uint8_t> version_of(std::string_view sealed);

  /// A key of the whole installation for one purpose ("click-id", "cursor"), derived from the current master
  /// key.
  std::string key_for(std::string_view purpose) const;

 private:
  const MasterKey* key_of(std::uint8_t version) const;

  std::vector<MasterKey> keys_;
};

}  // namespace tandem::crypto
