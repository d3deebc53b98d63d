#include "base/time.hpp"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::local_time;
using std::chrono::microseconds;

Timestamp at(const char* text) {
  const auto out = Timestamp::parse(text);
  if (!out) throw std::logic_error(text);
  return *out;
}
TimeZone zone(const char* name) { return TimeZone::parse(name).value(); }
local_time<microseconds> wall(const char* text) { return parse_local(text, "%Y-%m-%d %H:%M:%S").value(); }

TEST(Timestamp, reads_rfc_3339_and_postgresql) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {
      {"2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"},
      {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
      {"2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"},
      {"2026-01-02T03:04:05.000001Z", "2026-01-02T03:04:05.000001Z"},
      {"2026-01-02T03:04:05.1234569Z", "2026-01-02T03:04:05.123456Z"},
      {"2026-01-02T03:04:05+05:00", "2026-01-01T22:04:05.000Z"},
      {"2026-01-02T03:04:05-00:30", "2026-01-02T03:34:05.000Z"},
      {"2026-01-02 03:04:05+00", "2026-01-02T03:04:05.000Z"},
      {"2026-01-02 03:04:05.5+05:30", "2026-01-01T21:34:05.500Z"},
      {"2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& c : cases) {
    const auto parsed = Timestamp::parse(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->str(), c.shown);
    EXPECT_EQ(Timestamp::parse(parsed->str()), parsed);
  }
}

TEST(Timestamp, refuses) {
  for (const char* text : {"",
                           "2026-01-02",
                           "2026-01-02T03:04:05",
                           "2026-01-02T03:04Z",
                           "2026-02-30T00:00:00Z",
                           "2025-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-02T24:00:00Z",
                           "2026-01-02T23:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "2026-01-02T03:04:05.Z",
                           "2026-01-02T03:04:05+05",
                           "2026-01-02T03:04:05+0500",
                           "2026-01-02T03:04:05+24:00",
                           "2026-01-02T03:04:05Z ",
                           " 2026-01-02T03:04:05Z",
                           "26-01-02T03:04:05Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "10000-01-01T00:00:00Z",
                           "infinity",
                           "2026-01-02T03:04:05.1234567890Z",
                           "2026/01/02T03:04:05Z"})
    EXPECT_FALSE(Timestamp::parse(text)) << text;
}

TEST(Timestamp, shows_what_lies_outside_too) {
  EXPECT_EQ(Timestamp::from_unix_us(-1).str(), "1969-12-31T23:59:59.999999Z");
  EXPECT_FALSE(Timestamp::from_unix_us(INT64_MIN).str().empty());
  EXPECT_FALSE(Timestamp::from_unix_us(INT64_MAX).str().empty());
}

TEST(Day, reads_only_days_that_exist) {
  EXPECT_EQ(Day::parse("2026-02-28")->str(), "2026-02-28");
  EXPECT_EQ(Day::parse("2000-02-29")->str(), "2000-02-29");
  for (const char* text : {"", "2026-02-30", "1900-02-29", "2026-04-31", "2026-2-03", "2026-02-3",
                           "2026-02-03 ", "1969-12-31", "0000-01-01", "2026-00-10", "2026-10-00", "20260203"})
    EXPECT_FALSE(Day::parse(text)) << text;
}

TEST(TimeZone, knows_the_tz_database) {
  for (const char* name : {"Europe/London", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5",
                           "Asia/Kolkata", "Asia/Calcutta", "US/Eastern"})
    EXPECT_TRUE(TimeZone::parse(name)) << name;
  for (const char* name : {"", "europe/london", "Europe/Atlantis", "posix/Europe/London",
                           "right/Europe/London", "../../etc/passwd", "Europe", "+01:00"})
    EXPECT_FALSE(TimeZone::parse(name)) << name;
}

TEST(ToUtc, spring_gap_is_the_jump_and_autumn_overlap_the_first) {
  const auto london = zone("Europe/London");
  EXPECT_EQ(to_utc(wall("2026-03-29 00:59:59"), london), at("2026-03-29T00:59:59Z"));
  EXPECT_EQ(to_utc(wall("2026-03-29 01:00:00"), london), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(to_utc(wall("2026-03-29 01:30:00"), london), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(to_utc(wall("2026-03-29 02:00:00"), london), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(to_utc(wall("2026-10-25 01:30:00"), london), at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(to_utc(wall("2026-10-25 02:00:00"), london), at("2026-10-25T02:00:00Z"));
  // A zone whose gap is at midnight: the day begins at the jump.
  EXPECT_EQ(start_of_day(*Day::parse("2018-11-04"), zone("America/Sao_Paulo")), at("2018-11-04T03:00:00Z"));
  // Samoa had no 30 December 2011.
  EXPECT_EQ(start_of_day(*Day::parse("2011-12-30"), zone("Pacific/Apia")),
            start_of_day(*Day::parse("2011-12-31"), zone("Pacific/Apia")));
}

TEST(DayInZone, month_ends_and_leap_days) {
  EXPECT_EQ(day_in_zone(at("2026-01-31T23:30:00Z"), zone("Europe/Berlin")).str(), "2026-02-01");
  EXPECT_EQ(day_in_zone(at("2026-01-01T04:59:59.999999Z"), zone("America/New_York")).str(), "2025-12-31");
  EXPECT_EQ(day_in_zone(at("2024-02-29T12:00:00Z"), zone("Asia/Kolkata")).str(), "2024-02-29");
  EXPECT_EQ(day_in_zone(at("2024-02-28T18:30:00Z"), zone("Asia/Kolkata")).str(), "2024-02-29");
  EXPECT_EQ(day_in_zone(Timestamp{}, zone("America/New_York")).str(), "1969-12-31");
}

TEST(StartOfDay, days_of_a_year_are_half_open_and_leave_nothing_out) {
  for (const char* name :
       {"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"}) {
    const auto where = zone(name);
    auto day = Day::parse("2025-01-01")->days();
    for (int i = 0; i < 6'000; ++i, day += std::chrono::days{1}) {
      const auto begin = start_of_day(Day{day}, where),
                 end = start_of_day(Day{day + std::chrono::days{1}}, where);
      ASSERT_LT(begin, end);
      ASSERT_EQ(day_in_zone(begin, where), Day{day}) << name;
      ASSERT_EQ(day_in_zone(end - microseconds{1}, where), Day{day}) << name;
    }
  }
}

TEST(ToUtc, summer_time_after_2037) {
  EXPECT_EQ(start_of_day(*Day::parse("2050-07-01"), zone("Europe/London")), at("2050-06-30T23:00:00Z"));
  EXPECT_EQ(start_of_day(*Day::parse("2050-01-01"), zone("Europe/London")), at("2050-01-01T00:00:00Z"));
  EXPECT_EQ(start_of_day(*Day::parse("2044-02-29"), zone("Australia/Sydney")), at("2044-02-28T13:00:00Z"));
  // The last Sunday of March 2040, a leap year, is the 25th.
  EXPECT_EQ(to_utc(wall("2040-03-25 01:30:00"), zone("Europe/London")), at("2040-03-25T01:00:00Z"));
  EXPECT_EQ(to_utc(wall("2040-03-24 01:30:00"), zone("Europe/London")), at("2040-03-24T01:30:00Z"));
  EXPECT_EQ(day_in_zone(at("2040-07-01T23:30:00Z"), zone("Europe/London")).str(), "2040-07-02");
  EXPECT_EQ(day_in_zone(at("9999-12-31T23:59:59Z"), zone("Pacific/Kiritimati")).days(),
            Day::parse("9999-12-31")->days() + std::chrono::days{1});
}

TEST(ReadingsOf, wall_times_that_are_skipped_or_doubled) {
  const auto of = [](std::string_view text) {
    return readings_of(*parse_local(text, "%Y-%m-%d %H:%M:%S"), TimeZone::parse("Europe/London").value());
  };
  const auto plain = of("2026-07-01 12:00:00");
  EXPECT_TRUE(plain.exists);
  EXPECT_EQ(plain.earlier, plain.later);
  EXPECT_FALSE(of("2026-03-29 01:00:00").exists);
  EXPECT_FALSE(of("2026-03-29 01:59:59").exists);
  EXPECT_TRUE(of("2026-03-29 02:00:00").exists);
  const auto twice = of("2026-10-25 01:30:00");
  EXPECT_TRUE(twice.exists);
  EXPECT_EQ(twice.later - twice.earlier, std::chrono::hours{1});
  const auto far = of("2047-10-27 01:30:00");
  EXPECT_EQ(far.later - far.earlier, std::chrono::hours{1}) << "beyond what the zone's file lists";
}

TEST(ParseLocal, formats) {
  const auto shown = [](std::string_view text, std::string_view format) {
    const auto local = parse_local(text, format);
    return local ? Timestamp::from_unix_us(local->time_since_epoch().count()).str() : "refused";
  };
  EXPECT_EQ(shown("1/12/2010 8:26", "%d/%m/%Y %H:%M"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(shown("2010-12-01 08:26:00", "%Y-%m-%d %H:%M:%S"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(shown("100% 2010-12-01", "100%% %Y-%m-%d"), "2010-12-01T00:00:00.000Z");
  EXPECT_EQ(shown("2010-12-01", "%Y-%m"), "refused");
  EXPECT_EQ(shown("2010-12", "%Y-%m-%d"), "refused");
  EXPECT_EQ(shown("2010-02-29", "%Y-%m-%d"), "refused");
  EXPECT_EQ(shown("2010-02-28 24:00", "%Y-%m-%d %H:%M"), "refused");
  EXPECT_EQ(shown("2010-02-28", "%Y-%m-%d%"), "refused");
  EXPECT_EQ(shown("2010-02-28", "%Y-%m-%q"), "refused");
  EXPECT_EQ(shown("", "%Y"), "refused");
}

}  // namespace
}  // namespace tandem
