#include "base/money.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <random>

#include "base/assert.hpp"

namespace tandem {
namespace {

constexpr int kCases = 100'000;

/// A generator whose seed is printed; TANDEM_SEED repeats a run.
std::mt19937_64 generator() {
  const char* given = std::getenv("TANDEM_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "TANDEM_SEED=" << seed << "\n";
  return std::mt19937_64{seed};
}
/// Numbers of all sizes: the size first, then the bits.
std::int64_t any_amount(std::mt19937_64& random, int bits_max = 63) {
  const auto bits = static_cast<int>(random() % static_cast<std::uint64_t>(bits_max + 1));
  const auto value = static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1));
  return random() % 2 ? value : -value;
}

TEST(Currency, exponents_and_refusals) {
  const struct {
    const char* code;
    int exponent;
  } cases[] = {{"USD", 2}, {"EUR", 2}, {"JPY", 0}, {"KRW", 0}, {"VND", 0}, {"XPF", 0},
               {"BIF", 0}, {"BHD", 3}, {"JOD", 3}, {"KWD", 3}, {"OMR", 3}, {"TND", 3},
               {"AED", 2}, {"ZWG", 2}, {"ISK", 0}, {"CLP", 0}};
  for (const auto& c : cases) {
    const auto currency = Currency::parse(c.code);
    ASSERT_TRUE(currency) << c.code;
    EXPECT_EQ(currency->exponent(), c.exponent) << c.code;
    EXPECT_EQ(currency->code(), c.code);
  }
  for (const char* code : {"", "usd", "US", "USDX", "XXX", "XTS", "XAU", "HRK", "DEM", "U$D", "SDU"})
    EXPECT_FALSE(Currency::parse(code)) << code;
  EXPECT_EQ(Currency{}, Currency::parse("USD"));
  EXPECT_LT(*Currency::parse("EUR"), Currency{});
}

TEST(DivideRounded, half_away_from_zero) {
  const struct {
    std::int64_t numerator, denominator, expected;
  } cases[] = {{0, 1, 0},
               {1, 2, 1},
               {-1, 2, -1},
               {1, 3, 0},
               {2, 3, 1},
               {-2, 3, -1},
               {5, 2, 3},
               {-5, 2, -3},
               {7, 7, 1},
               {49, 100, 0},
               {50, 100, 1},
               {-50, 100, -1},
               {1, INT64_MAX, 0},
               {INT64_MAX, 1, INT64_MAX},
               {INT64_MIN, 1, INT64_MIN}};
  for (const auto& c : cases) EXPECT_EQ(divide_rounded(c.numerator, c.denominator), c.expected);
  EXPECT_THROW(divide_rounded(1, 0), AssertionFailed);
  EXPECT_THROW(divide_rounded(1, -2), AssertionFailed);
  EXPECT_THROW(divide_rounded(static_cast<__int128>(INT64_MAX) + 1, 1), AssertionFailed);
}

TEST(DivideRounded, property_nearest_and_symmetric) {
  auto random = generator();
  for (int i = 0; i < kCases; ++i) {
    const __int128 numerator =
        static_cast<__int128>(any_amount(random)) * (1 + static_cast<std::int64_t>(random() % 3));
    const __int128 denominator = 3 + (random() >> (random() % 60));
    const __int128 quotient = divide_rounded(numerator, denominator);
    const __int128 error = numerator - quotient * denominator;
    const __int128 twice = error < 0 ? -2 * error : 2 * error;
    ASSERT_LE(twice, denominator);
    // On a tie the quotient is the one farther from zero: the error then points back to zero.
    if (twice == denominator) {
      ASSERT_TRUE((numerator > 0) == (error < 0));
    }
    ASSERT_EQ(divide_rounded(-numerator, denominator), -quotient);
  }
}

TEST(ApplyRate, table) {
  EXPECT_EQ(apply_rate(9900, RatePpm{50'000}), 495);
  EXPECT_EQ(apply_rate(1, RatePpm{500'000}), 1);
  EXPECT_EQ(apply_rate(-1, RatePpm{500'000}), -1);
  EXPECT_EQ(apply_rate(1, RatePpm{499'999}), 0);
  EXPECT_EQ(apply_rate(INT64_MAX, RatePpm{1'000'000}), INT64_MAX);
  EXPECT_EQ(apply_rate(kMaxAmount, RatePpm{0}), 0);
  EXPECT_FALSE(RatePpm::of(-1));
  EXPECT_FALSE(RatePpm::of(1'000'001));
}

TEST(Allocate, table) {
  using Parts = std::vector<std::int64_t>;
  const std::vector<std::int64_t> thirds{1, 1, 1};
  EXPECT_EQ(allocate(100, thirds), (Parts{34, 33, 33}));
  EXPECT_EQ(allocate(-100, thirds), (Parts{-34, -33, -33}));
  EXPECT_EQ(allocate(2, thirds), (Parts{1, 1, 0}));
  EXPECT_EQ(allocate(0, thirds), (Parts{0, 0, 0}));
  EXPECT_EQ(allocate(10, std::vector<std::int64_t>{0, 5, 0}), (Parts{0, 10, 0}));
  EXPECT_EQ(allocate(5, std::vector<std::int64_t>{3, 7}),
            (Parts{2, 3}));  // 1.5 and 3.5: a tie goes to the lower index
  EXPECT_EQ(allocate(INT64_MIN, std::vector<std::int64_t>{1}), (Parts{INT64_MIN}));
  EXPECT_EQ(allocate(INT64_MAX, std::vector<std::int64_t>{INT64_MAX, INT64_MAX}),
            (Parts{INT64_MAX / 2 + 1, INT64_MAX / 2}));
  EXPECT_THROW(allocate(1, std::vector<std::int64_t>{}), AssertionFailed);
  EXPECT_THROW(allocate(1, std::vector<std::int64_t>{0, 0}), AssertionFailed);
  EXPECT_THROW(allocate(1, std::vector<std::int64_t>{2, -1}), AssertionFailed);
  EXPECT_THROW(allocate(1, std::vector<std::int64_t>(1001, 1)), AssertionFailed);
}

TEST(Allocate, property_exact_fair_and_tied_by_index) {
  auto random = generator();
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t total = any_amount(random);
    std::vector<std::int64_t> weights(1 + random() % 8);
    for (auto& weight : weights) weight = std::abs(any_amount(random, random() % 2 ? 3 : 62));
    const __int128 sum = std::accumulate(weights.begin(), weights.end(), __int128{0});
    if (sum == 0) continue;
    const auto parts = allocate(total, weights);
    ASSERT_EQ(std::accumulate(parts.begin(), parts.end(), __int128{0}), total);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      // |part − total × weight / sum| < 1, without dividing.
      const __int128 error =
          static_cast<__int128>(parts[k]) * sum - static_cast<__int128>(total) * weights[k];
      ASSERT_LT(error < 0 ? -error : error, sum);
      if (weights[k] == 0) {
        ASSERT_EQ(parts[k], 0);
      }
      for (std::size_t j = 0; j < k; ++j) {
        if (weights[j] == weights[k]) {
          ASSERT_GE(std::abs(parts[j]), std::abs(parts[k]));
        }
        if (weights[j] > weights[k]) {
          ASSERT_GE(std::abs(parts[j]), std::abs(parts[k]));
        }
      }
    }
  }
}

TEST(Decimal, reads_and_shows) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {{"0", "0"},
               {"-0", "0"},
               {"-0.00", "0"},
               {"19.990", "19.99"},
               {"-7", "-7"},
               {"0.000000000001", "0.000000000001"},
               {"007", "7"},
               {"100", "100"},
               {"4826466.491", "4826466.491"},
               {"-0.05", "-0.05"},
               {"999999999999999999", "999999999999999999"}};
  for (const auto& c : cases) {
    const auto value = Decimal::parse(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(value->str(), c.shown);
  }
  for (const char* text : {"", "-", ".", ".5", "5.", "+5", "1e3", " 1", "1 ", "1,5", "0x1", "1.2.3", "--1",
                           "NaN", "1234567890123456789", "0.1234567890123", "1.-5"})
    EXPECT_FALSE(Decimal::parse(text)) << text;
}

TEST(Decimal, arithmetic_and_rounding) {
  const auto d = [](const char* text) { return Decimal::parse(text).value(); };
  EXPECT_EQ((d("0.1") + d("0.2")).str(), "0.3");
  EXPECT_EQ((d("2.55") * d("6")).str(), "15.3");
  EXPECT_EQ((-d("2.55")).str(), "-2.55");
  // Products beyond 64 bits.
  EXPECT_EQ((d("999999999999999999") * d("-999999999999999999")).str(),
            "-999999999999999998000000000000000001");
  EXPECT_EQ((d("1000000000000") * d("100000000000.000001")).str(), "100000000000000001000000");
  EXPECT_EQ(d("1.005").minor_units(2), 101);
  EXPECT_EQ(d("-1.005").minor_units(2), -101);
  EXPECT_EQ(d("1.004999").minor_units(2), 100);
  EXPECT_EQ(d("14.25").minor_units(0), 14);
  EXPECT_EQ(d("14.5").minor_units(0), 15);
  EXPECT_EQ(d("10000000000").minor_units(2), kMaxAmount);
  EXPECT_FALSE(d("10000000000.01").minor_units(2));
  EXPECT_FALSE(d("999999999999999999").minor_units(3));
  EXPECT_EQ(d("14.250").exact(2), 1425);
  EXPECT_FALSE(d("14.255").exact(2));
  EXPECT_FALSE((d("999999999999999999") * d("999999999999999999")).exact(3));
  EXPECT_EQ(d("99").rate_minor_units(RatePpm{50'000}, 2), 495);
  EXPECT_EQ(d("0.1").rate_minor_units(RatePpm{50'000}, 2), 1);  // 0.5 cents
  EXPECT_EQ(d("-0.1").rate_minor_units(RatePpm{50'000}, 2), -1);
  EXPECT_THROW(d("999999999999999999") * d("999999999999999999") * d("999999999999999999"), AssertionFailed);
  EXPECT_LT(d("-1.5"), d("-1.4"));
  EXPECT_LT(d("-0.5"), d("0.4"));
  EXPECT_EQ(d("1.50"), d("1.5"));
  EXPECT_GT(d("999999999999999999") * d("999999999999999999"), d("0.000000000001") * d("0.000000000001"));
}

TEST(Decimal, property_against_integers) {
  auto random = generator();
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t a = any_amount(random, 40), b = any_amount(random, 40);
    const int scale_a = static_cast<int>(random() % 7), scale_b = static_cast<int>(random() % 7);
    const Decimal x{a, scale_a}, y{b, scale_b};
    __int128 left = a, right = b;
    for (int k = scale_a; k < 6; ++k) left *= 10;
    for (int k = scale_b; k < 6; ++k) right *= 10;
    ASSERT_EQ(x <=> y, left <=> right);
    ASSERT_EQ(x + y, (Decimal{left + right, 6}));
    ASSERT_EQ(Decimal::parse(x.str()), x);
    ASSERT_EQ((x + -x).sign(), 0);
    ASSERT_EQ(x * y, y * x);
    const std::int64_t rounded = divide_rounded(left, 10'000);
    ASSERT_EQ(x.minor_units(2),
              rounded > kMaxAmount || rounded < -kMaxAmount ? std::nullopt : std::optional{rounded});
  }
}

TEST(ToText, money) {
  const auto shown = [](std::int64_t amount, const char* code) {
    return to_text({amount, *Currency::parse(code)});
  };
  EXPECT_EQ(shown(1425, "USD"), "14.25 USD");
  EXPECT_EQ(shown(-5, "USD"), "-0.05 USD");
  EXPECT_EQ(shown(0, "KWD"), "0.000 KWD");
  EXPECT_EQ(shown(1425, "JPY"), "1425 JPY");
  EXPECT_EQ(shown(0, "JPY"), "0 JPY");
  EXPECT_EQ(shown(INT64_MIN, "USD"), "-92233720368547758.08 USD");
}

}  // namespace
}  // namespace tandem
