#include <gtest/gtest.h>

#include <unordered_set>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace tandem {
namespace {

TEST(Uuid, vector_of_rfc_9562) {
  // RFC 9562 appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
  const std::array<std::uint8_t, 10> random{0xfc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
  const auto uuid = Uuid::v7(0x017F22E279B0, random);
  EXPECT_EQ(uuid.str(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  EXPECT_EQ(uuid.unix_ms(), 1645557742000);
  EXPECT_EQ(Uuid::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), uuid);
}

TEST(Uuid, parse_refuses_everything_else) {
  for (const char* text : {"", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
                           "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
                           "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ", "017f22e2-79b0-7cc398-c4-dc0c0c07398f",
                           "017f22e2_79b0-7cc3-98c4-dc0c0c07398f", "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
  EXPECT_TRUE(Uuid::parse("00000000-0000-0000-0000-000000000000")->is_nil());
}

TEST(NewUuid, ids_of_one_thread_rise_even_when_the_clock_stands) {
  Clock::freeze(Timestamp::from_unix_seconds(1'800'000'000));
  Uuid last = new_uuid();
  std::unordered_set<Uuid> seen{last};
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = new_uuid();
    ASSERT_LT(last, next);
    ASSERT_TRUE(seen.insert(next).second);
    last = next;
  }
  // 2,048 to 4,096 fit in a millisecond; what is beyond borrows from the next ones.
  EXPECT_LE(last.unix_ms(), 1'800'000'000'000 + 5);
  EXPECT_EQ(last.bytes()[6] >> 4, 7);
  EXPECT_EQ(last.bytes()[8] >> 6, 2);
  Clock::freeze(Timestamp::from_unix_seconds(1'700'000'000));
  EXPECT_EQ(new_uuid().unix_ms(), 1'700'000'000'000);
  Clock::freeze(std::nullopt);
}

TEST(NewUuid, a_seed_repeats_the_ids) {
  Clock::freeze(Timestamp::from_unix_seconds(1'800'000'000));
  seed_uuids(7);
  const auto first = new_uuid(), second = new_uuid();
  seed_uuids(7);
  EXPECT_EQ(new_uuid(), first);
  EXPECT_EQ(new_uuid(), second);
  seed_uuids(std::nullopt);
  EXPECT_NE(new_uuid(), first);
  Clock::freeze(std::nullopt);
}

TEST(Clock, stands_runs_and_is_corrected) {
  const auto at = Timestamp::from_unix_us(1'700'000'000'123'456);
  Clock::freeze(at);
  EXPECT_EQ(Clock::now(), at);
  Clock::freeze(std::nullopt);
  const auto before = Clock::now();
  Clock::set_offset(std::chrono::hours{1});
  EXPECT_GE(Clock::now() - before, std::chrono::hours{1});
  Clock::set_offset(std::chrono::microseconds{0});
}

}  // namespace
}  // namespace tandem
