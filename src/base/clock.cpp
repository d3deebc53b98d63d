#include "base/clock.hpp"

#include <sys/random.h>

#include <atomic>
#include <cerrno>
#include <limits>

#include "base/assert.hpp"

namespace tandem {
namespace {

constexpr std::int64_t kRunning = std::numeric_limits<std::int64_t>::min();
std::atomic<std::int64_t> clock_offset_us{0};
std::atomic<std::int64_t> frozen_us{kRunning};

// 512 ids per system call.
constexpr std::size_t kPoolBytes = 4096;
// A clock that was set back by more than this (tests do so) starts the ids anew; less is smoothed over.
constexpr std::int64_t kSetBackMs = 5000;
constexpr std::uint32_t kCounterEnd = 1U << 12;

/// What one thread needs to make ids: random bytes in stock and the last id's time and counter.
struct IdSource {
  std::array<std::uint8_t, kPoolBytes> pool{};
  std::size_t used = kPoolBytes;
  std::int64_t last_ms = 0;
  std::uint32_t counter = 0;
  std::optional<std::uint64_t> seed;

  std::uint64_t next_random() {
    if (seed) return next_seeded();
    if (used + sizeof(std::uint64_t) > kPoolBytes) refill();
    std::uint64_t value = 0;
    std::memcpy(&value, pool.data() + used, sizeof value);
    used += sizeof value;
    return value;
  }
  void refill() {
    std::size_t done = 0;
    while (done < kPoolBytes) {
      const auto got = getrandom(pool.data() + done, kPoolBytes - done, 0);
      if (got < 0 && errno == EINTR) continue;
      TANDEM_ASSERT(got > 0, "getrandom: errno {}", errno);
      done += static_cast<std::size_t>(got);
    }
    used = 0;
  }
  /// SplitMix64 (Steele, Lea, Flood 2014): tests only.
  std::uint64_t next_seeded() {
    std::uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
};
thread_local IdSource id_source;

}  // namespace

Timestamp Clock::now() {
  const auto frozen = frozen_us.load(std::memory_order_relaxed);
  if (frozen != kRunning) return Timestamp::from_unix_us(frozen);
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(system).count();
  return Timestamp::from_unix_us(us + clock_offset_us.load(std::memory_order_relaxed));
}

void Clock::set_offset(std::chrono::microseconds offset) {
  clock_offset_us.store(offset.count(), std::memory_order_relaxed);
}

void Clock::freeze(std::optional<Timestamp> at) {
  frozen_us.store(at ? at->unix_us() : kRunning, std::memory_order_relaxed);
}

Uuid new_uuid() {
  IdSource& source = id_source;
  const std::uint64_t random = source.next_random();
  const std::int64_t now = Clock::now().unix_ms();
  if (now > source.last_ms || now + kSetBackMs < source.last_ms) {
    source.last_ms = now;
    // Beginning in the lower half leaves room for 2,048 more ids of this millisecond (RFC 9562 section 6.2).
    source.counter = static_cast<std::uint32_t>(source.next_random() % (kCounterEnd / 2));
  } else if (++source.counter == kCounterEnd) {
    ++source.last_ms;
    source.counter = 0;
  }
  std::array<std::uint8_t, 10> tail{};
  tail[0] = static_cast<std::uint8_t>(source.counter >> 8);
  tail[1] = static_cast<std::uint8_t>(source.counter);
  std::memcpy(tail.data() + 2, &random, sizeof random);
  return Uuid::v7(source.last_ms, tail);
}

void seed_uuids(std::optional<std::uint64_t> seed) {
  id_source = IdSource{};
  id_source.seed = seed;
}

}  // namespace tandem
