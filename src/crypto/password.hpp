// Passwords: Argon2id (RFC 9106) as PHC strings, worked out on threads of their own, so that a flood of
// log-ins costs other requests little: half of the cores at low priority, a short queue, then 503. Used by
// identity.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/task.hpp"
#include "base/text.hpp"

namespace tandem::crypto {

/// A password as somebody typed it: 1 to 256 bytes of UTF-8 without NUL. What a new one must be besides is a
/// rule of identity.
class PasswordText {
 public:
  static constexpr std::string_view kFormat = "password";
  static constexpr std::size_t kBytesMax = 256;
  static std::optional<PasswordText> parse(std::string_view text);
  /// A password is never written: whatever prints a request prints this.
  void append_to(std::string& out) const { out += "***"; }
  const Secret& secret() const { return value_; }
  std::string str() const { return "***"; }

 private:
  Secret value_;
};

/// "$argon2id$v=19$m=19456,t=2,p=1$salt$hash": 19 MiB, two passes, one lane (OWASP's second choice), salt of
/// 16 random bytes, hash of 32. Takes some 20 ms of a core and blocks: tests and commands call it, requests
/// the pool below.
std::string hash_password(const Secret& password);
/// Blocks likewise. False for a malformed hash.
bool verify_password(const std::string& phc, const Secret& password);
/// True when a hash was made with less than hash_password() takes today.
bool is_password_hash_old(std::string_view phc);

/// Throws Problem kUnavailable when the pool below would: asked before a look into the database, so that a
/// flood costs next to nothing.
void require_password_pool();

/// The same on the pool's threads. Throws Problem kUnavailable (503, Retry-After 1) when its queue is full.
Task<std::string> hash_password_on_pool(Secret password);
/// `phc` nullopt: the user or the password does not exist; takes the same time and gives false.
Task<bool> verify_password_on_pool(std::optional<std::string> phc, Secret password);

}  // namespace tandem::crypto
