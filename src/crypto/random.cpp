#include "crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "base/assert.hpp"

namespace tandem::crypto {

std::string random_bytes(std::size_t count) {
  TANDEM_ASSERT(count <= 1 << 20, "{} random bytes", count);
  std::string out(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const auto got = getrandom(out.data() + done, count - done, 0);
    if (got < 0 && errno == EINTR) continue;
    TANDEM_ASSERT(got > 0, "getrandom: errno {}", errno);
    done += static_cast<std::size_t>(got);
  }
  return out;
}

std::uint64_t random_below(std::uint64_t bound) {
  TANDEM_ASSERT(bound > 0, "a random number below 0");
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  // Numbers of the last, incomplete round of `bound` would make small results likelier.
  const std::uint64_t fair_end = kLargest - kLargest % bound;
  while (true) {
    const std::string bytes = random_bytes(sizeof(std::uint64_t));
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    if (value < fair_end) return value % bound;
  }
}

std::string random_text(std::size_t length, std::string_view alphabet) {
  std::string out;
  out.reserve(length);
  while (out.size() < length) out += alphabet[random_below(alphabet.size())];
  return out;
}

}  // namespace tandem::crypto
