// What comes back from PostgreSQL in binary; connection_test sends every type there and back.
#include "db/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/tx.hpp"
#include "support/fixture.hpp"

namespace tandem::db {
namespace {

using test::Fixture;

struct Ends {
  std::int64_t widened;
  std::vector<Timestamp> instants;
  std::vector<Day> days;
  std::vector<std::optional<std::int32_t>> numbers;
};
BOOST_DESCRIBE_STRUCT(Ends, (), (widened, instants, days, numbers))
const Query<Ends(std::vector<Timestamp>, std::vector<Day>)> kEnds{"test.codec_ends", R"sql(
  select (-32768)::int2 as widened, $2::timestamptz[] as instants, $3::date[] as days,
    '{2147483647,null,-2147483648}'::int4[] as numbers where $1::uuid is not null
)sql"};

TEST(Codec, TheEndsOfTheirRangesComeBack) {
  Fixture f;
  std::vector<Timestamp> instants;
  for (const char* text : {"1970-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00Z",
                           "9999-12-31T23:59:59.999999Z"})
    instants.push_back(Timestamp::parse(text).value());
  std::vector<Day> days;
  for (const char* text : {"1970-01-01", "1999-12-31", "2000-01-01", "2028-02-29", "9999-12-31"})
    days.push_back(Day::parse(text).value());
  const auto got = f.tx(Role::read, [&](Tx& tx) { return tx.one(kEnds, instants, days); });
  EXPECT_EQ(got.widened, -32768);
  EXPECT_EQ(got.instants, instants);
  EXPECT_EQ(got.days, days);
  EXPECT_THAT(got.numbers, ::testing::ElementsAre(std::numeric_limits<std::int32_t>::max(), std::nullopt,
                                                  std::numeric_limits<std::int32_t>::min()));
}

struct Decimals {
  std::vector<Decimal> all;
  Decimal rounded;
};
BOOST_DESCRIBE_STRUCT(Decimals, (), (all, rounded))
const Query<Decimals(std::vector<Decimal>, Decimal)> kDecimals{"test.codec_decimals", R"sql(
  select $2::numeric[] as all, $3::numeric(24, 6) as rounded where $1::uuid is not null
)sql"};

TEST(Codec, DecimalsKeepEveryDigit) {
  Fixture f;
  std::vector<Decimal> sent;
  for (const char* text :
       {"0", "0.000000", "1", "-1", "10000", "9999", "99990000", "0.0001", "0.00001", "0.1", "0.12345", "1.2",
        "4826466.491", "-428515.73", "10000.0001", "123456789012.123456", "-0.000001", "1000000000000"})
    sent.push_back(Decimal::parse(text).value());
  const auto got = f.tx(Role::read, [&](Tx& tx) { return tx.one(kDecimals, sent, *Decimal::parse("1.5")); });
  ASSERT_EQ(got.all.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(got.all[i].str(), sent[i].str()) << i;
  EXPECT_EQ(got.rounded.str(), "1.5");
  EXPECT_EQ(got.rounded.scale(), 6);
}

TEST(Codec, WhatIsNotANumberIsOurBug) {
  EXPECT_THROW(PgCodec<Decimal>::from(std::string_view("\0\0\0\0\xC0\0\0\0", 8)), AssertionFailed);
  EXPECT_THROW(PgCodec<std::int32_t>::from(std::string_view("\0\0\0\0\0\0\0\1", 8)), AssertionFailed);
  EXPECT_THROW(PgCodec<Uuid>::from("short"), AssertionFailed);
}

}  // namespace
}  // namespace tandem::db
