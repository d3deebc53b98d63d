// Money: integer minor units with a currency, exact arithmetic, one rounding rule (half away from zero, once
// a line). No floating point. Pure; used by every part that touches money.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// An ISO 4217 currency that this platform knows, with its number of minor digits.
class Currency {
 public:
  static constexpr std::string_view kFormat = "currency";
  constexpr Currency() = default;  // USD
  /// Upper-case ISO 4217 code of an active currency; anything else is refused.
  static std::optional<Currency> parse(std::string_view code);
  /// Minor digits: 2 for USD, 0 for JPY, 3 for KWD.
  int exponent() const { return exponent_; }
  std::string_view code() const { return {code_, 3}; }
  std::string str() const { return std::string(code()); }
  void append_to(std::string& out) const { out += code(); }
  bool operator==(const Currency& other) const { return code() == other.code(); }
  auto operator<=>(const Currency& other) const { return code() <=> other.code(); }

 private:
  char code_[4] = "USD";
  int exponent_ = 2;
};

/// An amount in minor units of a currency: {1425, USD} is 14.25 USD. At most 10^12 in size where it comes
/// from outside.
struct Money {
  std::int64_t amount = 0;
  Currency currency;
  bool operator==(const Money&) const = default;
};

inline constexpr std::int64_t kMaxAmount = 1'000'000'000'000;

/// A rate in parts per million: 50'000 is 5 %. 0 to 1'000'000.
class RatePpm {
 public:
  static constexpr std::int64_t kMaxPpm = 1'000'000;
  constexpr RatePpm() = default;
  explicit constexpr RatePpm(std::int64_t ppm) : ppm_(ppm) {}
  static constexpr std::optional<RatePpm> of(std::int64_t ppm) {
    if (ppm < 0 || ppm > kMaxPpm) return std::nullopt;
    return RatePpm{ppm};
  }
  constexpr std::int64_t ppm() const { return ppm_; }
  constexpr auto operator<=>(const RatePpm&) const = default;

 private:
  std::int64_t ppm_ = 0;
};

/// numerator / denominator rounded half away from zero; denominator > 0. Asserts that the result fits.
std::int64_t divide_rounded(__int128 numerator, __int128 denominator);

/// amount × rate, in minor units, rounded half away from zero.
std::int64_t apply_rate(std::int64_t amount, RatePpm rate);

/// Splits `total` (any sign) by non-negative weights so that the parts add up to it exactly: largest
/// remainder, ties to the lower index. The weights' sum must be positive; no more than 1,000 weights.
std::vector<std::int64_t> allocate(std::int64_t total, std::span<const std::int64_t> weights);

/// An exact decimal: units × 10^-scale. Reads "19.990", "-7" with a scale up to 12; refuses exponents,
/// spaces, a leading
/// '+' and more than 18 digits. Sums and products keep every digit (scale up to 36; asserts that 128 bits
/// hold them); rounding happens once, at the end.
class Decimal {
 public:
  static constexpr std::string_view kFormat = "decimal";
  constexpr Decimal() = default;
  constexpr Decimal(__int128 units, int scale) : units_(units), scale_(scale) {}
  static std::optional<Decimal> parse(std::string_view text);
  Decimal operator+(const Decimal& other) const;
  Decimal operator*(const Decimal& other) const;
  Decimal operator-() const { return {-units_, scale_}; }
  int sign() const { return units_ > 0 ? 1 : units_ < 0 ? -1 : 0; }
  /// In minor units of a currency with `exponent` digits, rounded half away from zero; nullopt when above
  /// kMaxAmount.
  std::optional<std::int64_t> minor_units(int exponent) const;
  /// In units of 10^-exponent if that is exact, else nullopt.
  std::optional<std::int64_t> exact(int exponent) const;
  /// this × rate in minor units, rounded once.
  std::optional<std::int64_t> rate_minor_units(RatePpm rate, int exponent) const;
  __int128 units() const { return units_; }
  int scale() const { return scale_; }
  /// "4826466.491"; trailing zeros after the point are dropped.
  std::string str() const;
  void append_to(std::string& out) const { out += str(); }
  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }

 private:
  __int128 units_ = 0;
  int scale_ = 0;
};

/// "14.25 USD" for people; never parsed back.
std::string to_text(const Money& money);

}  // namespace tandem
