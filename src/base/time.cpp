#include "base/time.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>

#include "base/assert.hpp"

namespace tandem {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kUsPerSecond = 1'000'000;
constexpr std::int64_t kUsPerDay = 86'400 * kUsPerSecond;
constexpr Timestamp kEndOfYears = Timestamp::from_unix_us(253'402'300'800 * kUsPerSecond);  // 10000-01-01

/// Reads a text from left to right; a failed step leaves ok() false for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  /// Between `least` and `most` digits as a number.
  int digits(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t n = 0;
    for (; n < most && at_ < text_.size() && is_digit(text_[at_]); ++n)
      value = value * 10 + (text_[at_++] - '0');
    if (n < least) ok_ = false;
    return value;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  bool at_digit() const { return at_ < text_.size() && is_digit(text_[at_]); }
  bool done() const { return ok_ && at_ == text_.size(); }
  bool ok() const { return ok_; }
  void fail() { ok_ = false; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::optional<std::chrono::sys_days> real_day(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1970 || year > 9999 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::int64_t us_of_day(int hour, int minute, int second) {
  return ((std::int64_t{hour} * 60 + minute) * 60 + second) * kUsPerSecond;
}

/// ".123456789": microseconds; what is finer is cut off.
std::int64_t fraction(Scanner& in) {
  if (!in.take('.')) return 0;
  std::int64_t us = 0, scale = 100'000;
  std::size_t n = 0;
  for (; in.at_digit() && n < 9; ++n, scale /= 10) us += in.digits(1, 1) * scale;
  if (n == 0) in.fail();
  return us;
}

/// "Z" or an offset from UTC in microseconds; PostgreSQL leaves out minutes that are zero.
std::int64_t zone_offset(Scanner& in, bool short_allowed) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool west = in.take('-');
  if (!west) in.expect('+');
  const int hours = in.digits(2, 2);
  int minutes = 0;
  if (in.take(':')) {
    minutes = in.digits(2, 2);
  } else if (!short_allowed) {
    in.fail();
  }
  if (hours > 23 || minutes > 59) in.fail();
  const std::int64_t us = us_of_day(hours, minutes, 0);
  return west ? -us : us;
}

template <int N>
void put_digits(char* out, unsigned value) {
  for (int i = N - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

void put_day(char* out, const std::chrono::year_month_day& date) {
  put_digits<4>(out, static_cast<unsigned>(static_cast<int>(date.year())));
  out[4] = '-';
  put_digits<2>(out + 5, static_cast<unsigned>(date.month()));
  out[7] = '-';
  put_digits<2>(out + 8, static_cast<unsigned>(date.day()));
}

/// Zone files beneath these folders repeat every zone with another reading of leap seconds.
bool is_shadow(std::string_view name) { return name.starts_with("posix/") || name.starts_with("right/"); }

const date::time_zone* find_zone(std::string_view name) {
  const auto& zones = date::get_tzdb().zones;
  const auto found =
      std::ranges::lower_bound(zones, name, {}, [](const auto& z) { return std::string_view(z.name()); });
  return found != zones.end() && found->name() == name ? &*found : nullptr;
}

const date::time_zone& zone_of(const TimeZone& zone) {
  const date::time_zone* found = find_zone(zone.str());
  TANDEM_ASSERT(found != nullptr, "time zone '{}'", zone.str());
  return *found;
}

/// The tz files list each change until 2037 and give a rule in words for later ones, which the tz library
/// does not read. A later day has the offsets of a day of 2027 to 2037 with the same month, day and weekday:
/// rules of summer time go by weekdays. Returns how far back that day lies (zero before 2038). Every weekday
/// occurs among those years both for January and February and, told apart because of leap years, for March to
/// December.
std::chrono::days back_to_listed_years(microseconds since_epoch) {
  using std::chrono::sys_days, std::chrono::year, std::chrono::year_month_day;
  const sys_days day{std::chrono::floor<std::chrono::days>(since_epoch)};
  const year_month_day date{day};
  if (date.year() <= year{2037}) return {};
  // 29 February has no twin in a common year; no zone changes its clocks on that day.
  const bool leap_day = date.month() == std::chrono::February && date.day() == std::chrono::day{29};
  const std::chrono::day twin = leap_day ? std::chrono::day{28} : date.day();
  const std::chrono::weekday wanted{day - std::chrono::days{leap_day ? 1 : 0}};
  for (year y{2027}; y <= year{2037}; ++y) {
    const sys_days candidate{y / date.month() / twin};
    if (!y.is_leap() && std::chrono::weekday{candidate} == wanted) return day - candidate;
  }
  return {};
}

}  // namespace

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  Scanner in(text);
  const int year = in.digits(4, 4);
  in.expect('-');
  const int month = in.digits(2, 2);
  in.expect('-');
  const int day = in.digits(2, 2);
  const bool spaced = in.take(' ');
  if (!spaced && !in.take('T') && !in.take('t')) return std::nullopt;
  const int hour = in.digits(2, 2);
  in.expect(':');
  const int minute = in.digits(2, 2);
  in.expect(':');
  const int second = in.digits(2, 2);
  const std::int64_t part = fraction(in);
  const std::int64_t offset = zone_offset(in, spaced);
  const auto date = real_day(year, month, day);
  if (!in.done() || !date || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t local =
      date->time_since_epoch().count() * kUsPerDay + us_of_day(hour, minute, second) + part;
  const auto out = from_unix_us(local - offset);
  if (out < Timestamp{} || out >= kEndOfYears) return std::nullopt;
  return out;
}

void Timestamp::append_to(std::string& out) const {
  std::int64_t days = us_ / kUsPerDay, rest = us_ % kUsPerDay;
  if (rest < 0) --days, rest += kUsPerDay;
  const std::chrono::sys_days day{std::chrono::days{days}};
  const auto us = static_cast<unsigned>(rest % kUsPerSecond);
  const auto second = static_cast<unsigned>(rest / kUsPerSecond);
  const std::chrono::year_month_day date{day};
  std::array<char, 27> text{};
  if (*this >= Timestamp{} && *this < kEndOfYears) {
    put_day(text.data(), date);
    out.append(text.data(), 10);
  } else {
    out += fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  }
  constexpr std::string_view kClock = "T00:00:00.000";
  std::ranges::copy(kClock, text.begin());
  put_digits<2>(text.data() + 1, second / 3600);
  put_digits<2>(text.data() + 4, second / 60 % 60);
  put_digits<2>(text.data() + 7, second % 60);
  const bool fine = us % 1000 != 0;
  if (fine) {
    put_digits<6>(text.data() + 10, us);
  } else {
    put_digits<3>(text.data() + 10, us / 1000);
  }
  out.append(text.data(), fine ? 16 : 13);
  out += 'Z';
}

std::optional<Day> Day::parse(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  Scanner in(text);
  const int year = in.digits(4, 4);
  in.expect('-');
  const int month = in.digits(2, 2);
  in.expect('-');
  const int day = in.digits(2, 2);
  const auto date = real_day(year, month, day);
  if (!in.done() || !date) return std::nullopt;
  return Day{*date};
}

void Day::append_to(std::string& out) const {
  const std::chrono::year_month_day date{days_};
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) {
    out += fmt::format("{:04}-{:02}-{:02}", year, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
    return;
  }
  std::array<char, 10> text{};
  put_day(text.data(), date);
  out.append(text.data(), text.size());
}

std::optional<TimeZone> TimeZone::parse(std::string_view text) {
  if (text.empty() || text.size() > 64 || is_shadow(text) || find_zone(text) == nullptr) return std::nullopt;
  TimeZone out;
  out.value_ = std::string(text);
  return out;
}

WallReadings readings_of(std::chrono::local_time<microseconds> local, const TimeZone& zone) {
  const microseconds back = back_to_listed_years(local.time_since_epoch());
  const microseconds wall = local.time_since_epoch() - back;
  const date::local_info info = zone_of(zone).get_info(date::local_time<microseconds>{wall});
  const auto with = [&](std::chrono::seconds offset) {
    return Timestamp::from_unix_us((wall - offset + back).count());
  };
  if (info.result == date::local_info::nonexistent) {
    const auto jump = Timestamp::from_unix_us((info.first.end.time_since_epoch() + back).count());
    return {jump, jump, false};
  }
  const bool twice = info.result == date::local_info::ambiguous;
  return {with(info.first.offset), with(twice ? info.second.offset : info.first.offset), true};
}

Timestamp to_utc(std::chrono::local_time<microseconds> local, const TimeZone& zone) {
  return readings_of(local, zone).earlier;
}

Timestamp start_of_day(Day day, const TimeZone& zone) {
  return to_utc(std::chrono::local_time<microseconds>{day.days().time_since_epoch()}, zone);
}

Day day_in_zone(Timestamp instant, const TimeZone& zone) {
  const microseconds since_epoch{instant.unix_us()};
  const date::sys_time<microseconds> at{since_epoch - back_to_listed_years(since_epoch)};
  const auto wall = since_epoch + zone_of(zone).get_info(at).offset;
  return Day{std::chrono::sys_days{std::chrono::floor<std::chrono::days>(wall)}};
}

std::optional<std::chrono::local_time<microseconds>> parse_local(std::string_view text,
                                                                 std::string_view format) {
  Scanner in(text);
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  for (std::size_t i = 0; i < format.size() && in.ok(); ++i) {
    if (format[i] != '%') {
      in.expect(format[i]);
      continue;
    }
    switch (++i < format.size() ? format[i] : '\0') {
      case 'Y': year = in.digits(4, 4); break;
      case 'm': month = in.digits(1, 2); break;
      case 'd': day = in.digits(1, 2); break;
      case 'H': hour = in.digits(1, 2); break;
      case 'M': minute = in.digits(1, 2); break;
      case 'S': second = in.digits(1, 2); break;
      case '%': in.expect('%'); break;
      default: return std::nullopt;
    }
  }
  const auto date = real_day(year, month, day);
  if (!in.done() || !date || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::local_time<microseconds>{microseconds{date->time_since_epoch()} +
                                               microseconds{us_of_day(hour, minute, second)}};
}

}  // namespace tandem
