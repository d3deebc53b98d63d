// Instants and days. All instants are UTC with microseconds, like PostgreSQL's timestamptz. Reading the clock
// is not here: only base/clock.hpp does, and features use tx.now().
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace tandem {

class Timestamp {
 public:
  static constexpr std::string_view kFormat = "date-time";
  constexpr Timestamp() = default;
  static constexpr Timestamp from_unix_us(std::int64_t us) {
    Timestamp t;
    t.us_ = us;
    return t;
  }
  static constexpr Timestamp from_unix_seconds(std::int64_t s) { return from_unix_us(s * 1'000'000); }
  /// RFC 3339 with a zone ("2026-01-02T03:04:05.678Z", "+05:00"); also PostgreSQL's form ("2026-01-02
  /// 03:04:05+00"). Refuses dates that do not exist, leap seconds and years outside 1970 to 9999.
  static std::optional<Timestamp> parse(std::string_view text);
  constexpr std::int64_t unix_us() const { return us_; }
  constexpr std::int64_t unix_ms() const { return us_ / 1000; }
  constexpr std::int64_t unix_seconds() const { return us_ / 1'000'000; }
  /// "2026-01-02T03:04:05.678Z": milliseconds always, microseconds only when there are any.
  void append_to(std::string& out) const;
  std::string str() const {
    std::string out;
    append_to(out);
    return out;
  }
  constexpr Timestamp operator+(std::chrono::microseconds d) const { return from_unix_us(us_ + d.count()); }
  constexpr Timestamp operator-(std::chrono::microseconds d) const { return from_unix_us(us_ - d.count()); }
  constexpr std::chrono::microseconds operator-(Timestamp other) const {
    return std::chrono::microseconds{us_ - other.us_};
  }
  constexpr auto operator<=>(const Timestamp&) const = default;

 private:
  std::int64_t us_ = 0;
};

/// A calendar day without a zone, "2026-02-28".
class Day {
 public:
  static constexpr std::string_view kFormat = "date";
  constexpr Day() = default;
  explicit constexpr Day(std::chrono::sys_days days) : days_(days) {}
  /// Years 1970 to 9999; refuses days that do not exist.
  static std::optional<Day> parse(std::string_view text);
  constexpr std::chrono::sys_days days() const { return days_; }
  void append_to(std::string& out) const;
  std::string str() const {
    std::string out;
    append_to(out);
    return out;
  }
  constexpr auto operator<=>(const Day&) const = default;

 private:
  std::chrono::sys_days days_{};
};

/// What a wall-clock time in a zone can mean. `exists` is false for a time that the zone skips (spring); then
/// both are the instant of the jump. Of a time that occurs twice (autumn) `earlier` and `later` differ.
struct WallReadings {
  Timestamp earlier, later;
  bool exists = true;
};
WallReadings readings_of(std::chrono::local_time<std::chrono::microseconds> local, const TimeZone& zone);
/// The instant of a wall-clock time in a zone. A time that the zone skips (spring) is taken as the instant of
/// the jump; one that occurs twice (autumn) as its first occurrence. Periods are half-open, so neither loses
/// an event.
Timestamp to_utc(std::chrono::local_time<std::chrono::microseconds> local, const TimeZone& zone);
/// Midnight at the beginning of `day` in `zone`, as an instant.
Timestamp start_of_day(Day day, const TimeZone& zone);
/// The day on which `instant` falls in `zone`.
Day day_in_zone(Timestamp instant, const TimeZone& zone);
/// Parses a local time by a strptime-like format (%Y %m %d %H %M %S, literal characters); all of the text is
/// used.
std::optional<std::chrono::local_time<std::chrono::microseconds>> parse_local(std::string_view text,
                                                                              std::string_view format);

}  // namespace tandem
