// Clock and random ids: with crypto/random the only places that read a clock or a random source
// (checks/style.py). Features reach them as tx.now() and tx.new_id<T>(). Tests move the clock and seed the
// ids.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace tandem {

/// The time that rules read: the system clock corrected to the database's (set_offset, measured by db/pool).
class Clock {
 public:
  static Timestamp now();
  /// What to add to the system's clock so that it equals the database's.
  static void set_offset(std::chrono::microseconds offset);
  /// Tests: the clock stands at this instant until reset; nullopt lets it run again.
  static void freeze(std::optional<Timestamp> at);
};

/// A new UUIDv7 of now: monotonic within a thread by a counter, unique over all by 62 random bits that come
/// from the operating system's generator (fetched in blocks per thread).
Uuid new_uuid();
/// Tests: this thread's ids come from a generator with this seed; nullopt returns to the operating system's.
void seed_uuids(std::optional<std::uint64_t> seed);

/// Monotonic time for time-outs and latencies; never shown, never stored.
using Monotonic = std::chrono::steady_clock;

}  // namespace tandem
