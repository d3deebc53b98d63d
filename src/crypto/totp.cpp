#include "crypto/totp.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/assert.hpp"
#include "crypto/bytes.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

namespace tandem::crypto {

namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kSecretBytes = 20;
constexpr std::uint32_t kCodes = 1'000'000;  // six digits

}  // namespace

std::string new_totp_secret() { return random_bytes(kSecretBytes); }

std::int64_t totp_step(std::int64_t unix_seconds) { return unix_seconds / kStepSeconds; }

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i)
    counter[counter.size() - 1 - i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  const auto* made = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(),
                          counter.size(), mac.data(), &size);
  TANDEM_ASSERT(made != nullptr && size == 20, "HMAC-SHA-1 failed");
  // Dynamic truncation, RFC 4226 section 5.3.
  const std::size_t offset = mac[19] & 0x0fU;
  const std::uint32_t number = (static_cast<std::uint32_t>(mac[offset] & 0x7fU) << 24U) |
                               (static_cast<std::uint32_t>(mac[offset + 1]) << 16U) |
                               (static_cast<std::uint32_t>(mac[offset + 2]) << 8U) | mac[offset + 3];
  return fmt::format("{:06}", number % kCodes);
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                       std::int64_t unix_seconds, std::optional<std::int64_t> last_step) {
  std::optional<std::int64_t> out;
  const std::int64_t now = totp_step(unix_seconds);
  for (std::int64_t step = now - 1; step <= now + 1; ++step)
    if (equal_in_constant_time(totp_code(secret, step), code) && (!last_step || step > *last_step))
      out = step;
  return out;
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5)
      out += kAlphabet[(bits >> static_cast<unsigned>(count - 5)) & 31U];
  }
  if (count > 0) out += kAlphabet[(bits << static_cast<unsigned>(5 - count)) & 31U];
  return out;
}

}  // namespace tandem::crypto
