#include "app/import/times.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace tandem::app::importing {
namespace {

using std::chrono::microseconds;

constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";

/// %F and %T written out.
std::string expanded(std::string_view format) {
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const auto two = format.substr(i, 2);
    if (two == "%F") out += "%Y-%m-%d";
    if (two == "%T") out += "%H:%M:%S";
    if (two == "%F" || two == "%T") {
      ++i;
      continue;
    }
    out += format[i];
    if (two == "%%") out += format[++i];
  }
  return out;
}

struct Parts {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::optional<int> offset_minutes;
};

/// Matches a pattern against a text from left to right.
class Matcher {
 public:
  explicit Matcher(std::string_view text) : text_(text) {}
  bool match(std::string_view pattern, Parts& out) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '%' || pattern[i + 1] == '%') {
        i += pattern[i] == '%';
        if (!take(pattern[i])) return false;
      } else if (!field(pattern[++i], out)) {
        return false;
      }
    }
    return at_ == text_.size();
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool number(std::size_t least, std::size_t most, int& out) {
    const auto begin = at_;
    out = 0;
    while (at_ < text_.size() && at_ - begin < most && text_[at_] >= '0' && text_[at_] <= '9')
      out = out * 10 + (text_[at_++] - '0');
    return at_ - begin >= least;
  }
  bool month_name(int& out) {
    if (text_.size() - at_ < 3) return false;
    std::array<char, 3> name{};
    for (auto& c : name) {
      c = text_[at_++];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto found = kMonths.find(std::string_view(name.data(), 3));
    if (found == std::string_view::npos || found % 3 != 0) return false;
    out = static_cast<int>(found / 3) + 1;
    return true;
  }
  bool offset(std::optional<int>& out) {
    if (take('Z') || take('z')) {
      out = 0;
      return true;
    }
    const bool west = take('-');
    int hours = 0, minutes = 0;
    if ((!west && !take('+')) || !number(2, 2, hours)) return false;
    take(':');
    if (!number(2, 2, minutes) || hours > 23 || minutes > 59) return false;
    out = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
  }
  bool field(char kind, Parts& out) {
    switch (kind) {
      case 'Y': return number(4, 4, out.year);
      case 'y':
        // As POSIX reads two digits.
        if (!number(2, 2, out.year)) return false;
        out.year += out.year < 69 ? 2000 : 1900;
        return true;
      case 'm': return number(1, 2, out.month);
      case 'e': take(' '); [[fallthrough]];
      case 'd': return number(1, 2, out.day);
      case 'H': return number(1, 2, out.hour);
      case 'M': return number(1, 2, out.minute);
      case 'S': return number(1, 2, out.second);
      case 'b': return month_name(out.month);
      case 'z': return offset(out.offset_minutes);
      default: return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<microseconds> since_epoch(const Parts& parts) {
  using namespace std::chrono;
  const year_month_day date{year{parts.year}, month{static_cast<unsigned>(parts.month)},
                            day{static_cast<unsigned>(parts.day)}};
  if (!date.ok() || parts.year < 1970 || parts.hour > 23 || parts.minute > 59 || parts.second > 59)
    return std::nullopt;
  return sys_days{date}.time_since_epoch() + hours{parts.hour} + minutes{parts.minute} +
         seconds{parts.second};
}

std::expected<Timestamp, TimeFault> unix_time(std::string_view text, std::int64_t us_per_unit) {
  constexpr std::int64_t kEnd = 253'402'300'800;  // the year 10000
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 ||
      value >= kEnd * (1'000'000 / us_per_unit))
    return std::unexpected(TimeFault::malformed);
  return Timestamp::from_unix_us(value * us_per_unit);
}

}  // namespace

bool is_time_format(std::string_view format) {
  if (format == "rfc3339" || format == "unix" || format == "unix_ms") return true;
  bool year = false, month = false, day = false;
  const auto pattern = expanded(format);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    ++i;
    if (i == pattern.size() || !std::string_view("YymdeHMSbz%").contains(pattern[i])) return false;
    year = year || pattern[i] == 'Y' || pattern[i] == 'y';
    month = month || pattern[i] == 'm' || pattern[i] == 'b';
    day = day || pattern[i] == 'd' || pattern[i] == 'e';
  }
  return year && month && day;
}

TimeReader::TimeReader(std::string_view format, TimeZone zone, Ambiguous ambiguous)
    : format_(expanded(format)), zone_(std::move(zone)), ambiguous_(ambiguous) {}

std::expected<Timestamp, TimeFault> TimeReader::read(std::string_view text) {
  if (text != last_text_ || text.empty()) {
    last_ = parse(text);
    last_text_ = text;
  }
  return last_;
}

std::expected<Timestamp, TimeFault> TimeReader::parse(std::string_view text) const {
  if (format_ == "unix") return unix_time(text, 1'000'000);
  if (format_ == "unix_ms") return unix_time(text, 1'000);
  if (format_ == "rfc3339") {
    const auto instant = Timestamp::parse(text);
    if (!instant) return std::unexpected(TimeFault::malformed);
    return *instant;
  }
  Parts parts;
  if (!Matcher(text).match(format_, parts)) return std::unexpected(TimeFault::malformed);
  const auto wall = since_epoch(parts);
  if (!wall) return std::unexpected(TimeFault::malformed);
  if (parts.offset_minutes)
    return Timestamp::from_unix_us((*wall - std::chrono::minutes{*parts.offset_minutes}).count());
  const auto reading = readings_of(std::chrono::local_time<microseconds>{*wall}, zone_);
  if (!reading.exists) return std::unexpected(TimeFault::nonexistent);
  if (reading.earlier == reading.later) return reading.earlier;
  if (ambiguous_ == Ambiguous::refuse) return std::unexpected(TimeFault::ambiguous);
  return ambiguous_ == Ambiguous::earlier ? reading.earlier : reading.later;
}

}  // namespace tandem::app::importing
