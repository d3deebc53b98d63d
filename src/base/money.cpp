#include "base/money.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "base/assert.hpp"

namespace tandem {
namespace {

using Wide = __int128;
using UnsignedWide = unsigned __int128;

constexpr int kMaxScale = 36;  // of sums and products; 10^36 still fits in 128 bits with room for one digit

/// ISO 4217 list one: currencies in circulation, without funds, metals and test codes. BGN and ANG ended in
/// 2025 and 2026; they stay because amounts of before are still reported.
struct CurrencyRow {
  std::string_view codes;  // of three letters each, in order
  int exponent;
};
constexpr std::array kCurrencies{
    CurrencyRow{"BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF", 0},
    CurrencyRow{
        "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCNYCOPCRCCUPCVECZK"
        "DKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGTQGYDHKDHNLHTGHUFIDRILSINRIRRJMDKESKGSKHRKPWKYDKZTLAKLBP"
        "LKRLRDLSLMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDPABPENPGKPHPPKRPLNQARRONRSDRUB"
        "SARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTOPTRYTTDTWDTZSUAHUSDUYUUZSVEDVESWSTXCDXCGYER"
        "ZARZMWZWG",
        2},
    CurrencyRow{"BHDIQDJODKWDLYDOMRTND", 3},
};

std::optional<int> exponent_of(std::string_view code) {
  if (code.size() != 3) return std::nullopt;
  for (const auto& row : kCurrencies) {
    std::size_t low = 0, high = row.codes.size() / 3;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const auto order = row.codes.substr(middle * 3, 3) <=> code;
      if (order == 0) return row.exponent;
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  return std::nullopt;
}

Wide power_of_ten(int n) {
  Wide out = 1;
  while (n-- > 0) out *= 10;
  return out;
}

UnsignedWide magnitude(Wide value) {
  return value < 0 ? ~static_cast<UnsignedWide>(value) + 1 : static_cast<UnsignedWide>(value);
}

/// Half away from zero, in 128 bits.
Wide divide_rounded_wide(Wide numerator, Wide denominator) {
  const Wide quotient = numerator / denominator;
  const UnsignedWide rest = magnitude(numerator % denominator);
  // rest ≥ denominator − rest rather than 2 × rest ≥ denominator, which may overflow.
  if (rest < magnitude(denominator) - rest || rest == 0) return quotient;
  return numerator < 0 ? quotient - 1 : quotient + 1;
}

std::optional<Wide> checked_product(Wide a, Wide b) {
  Wide out = 0;
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// units × 10^-scale in units of 10^-exponent, rounded half away from zero; nullopt when it does not fit 128
/// bits.
std::optional<Wide> rescale(Wide units, int scale, int exponent) {
  if (exponent >= scale) return checked_product(units, power_of_ten(exponent - scale));
  // A divisor above 10^38 is more than twice any 128-bit number: the result rounds to nothing.
  if (scale - exponent > 38) return 0;
  return divide_rounded_wide(units, power_of_ten(scale - exponent));
}

std::optional<std::int64_t> within_limit(std::optional<Wide> value) {
  if (!value || *value > kMaxAmount || *value < -kMaxAmount) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

/// In decimal. 128 bits are slow to divide; hardly any amount needs them.
std::string digits_of(UnsignedWide value) {
  constexpr std::size_t kPlaces = 18;
  constexpr std::uint64_t kStep = 1'000'000'000'000'000'000;
  if (value < kStep) return std::to_string(static_cast<std::uint64_t>(value));
  const std::string low = std::to_string(static_cast<std::uint64_t>(value % kStep));
  return digits_of(value / kStep) + std::string(kPlaces - low.size(), '0') + low;
}

/// "-0.05" of -5 and 2.
std::string decimal_text(Wide units, int scale) {
  const auto places = static_cast<std::size_t>(scale);
  std::string out = digits_of(magnitude(units));
  if (out.size() <= places) out.insert(0, places + 1 - out.size(), '0');
  if (places > 0) out.insert(out.size() - places, 1, '.');
  if (units < 0) out.insert(0, 1, '-');
  return out;
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view code) {
  const auto exponent = exponent_of(code);
  if (!exponent) return std::nullopt;
  Currency out;
  std::ranges::copy(code, out.code_);
  out.exponent_ = *exponent;
  return out;
}

std::int64_t divide_rounded(Wide numerator, Wide denominator) {
  TANDEM_ASSERT(denominator > 0, "a denominator is positive");
  const Wide out = divide_rounded_wide(numerator, denominator);
  TANDEM_ASSERT(
      out >= std::numeric_limits<std::int64_t>::min() && out <= std::numeric_limits<std::int64_t>::max(),
      "a quotient does not fit 64 bits");
  return static_cast<std::int64_t>(out);
}

std::int64_t apply_rate(std::int64_t amount, RatePpm rate) {
  return divide_rounded(Wide{amount} * rate.ppm(), RatePpm::kMaxPpm);
}

std::vector<std::int64_t> allocate(std::int64_t total, std::span<const std::int64_t> weights) {
  TANDEM_ASSERT(weights.size() <= 1000, "{} weights", weights.size());
  Wide sum = 0;
  for (const auto weight : weights) {
    TANDEM_ASSERT(weight >= 0, "weight {}", weight);
    sum += weight;
  }
  TANDEM_ASSERT(sum > 0, "the weights add up to nothing");
  // Works on the size of the total, so that a refund mirrors its sale part by part.
  const Wide size = total < 0 ? -Wide{total} : Wide{total};
  Wide left = size;
  std::vector<Wide> parts, rests;
  parts.reserve(weights.size());
  rests.reserve(weights.size());
  for (const auto weight : weights) {
    const Wide product = size * weight;
    parts.push_back(product / sum);
    rests.push_back(product % sum);
    left -= parts.back();
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return rests[a] != rests[b] ? rests[a] > rests[b] : a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order[i]];
  std::vector<std::int64_t> out;
  out.reserve(parts.size());
  for (const auto part : parts) out.push_back(static_cast<std::int64_t>(total < 0 ? -part : part));
  return out;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && part.empty())) return std::nullopt;
  if (part.size() > 12 || whole.size() + part.size() > 18) return std::nullopt;
  Wide units = 0;
  for (const auto digits : {whole, part}) {
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      units = units * 10 + (c - '0');
    }
  }
  return Decimal{negative ? -units : units, static_cast<int>(part.size())};
}

Decimal Decimal::operator+(const Decimal& other) const {
  const int scale = std::max(scale_, other.scale_);
  const auto a = checked_product(units_, power_of_ten(scale - scale_));
  const auto b = checked_product(other.units_, power_of_ten(scale - other.scale_));
  Wide sum = 0;
  TANDEM_ASSERT(a && b && !__builtin_add_overflow(*a, *b, &sum), "the sum of {} and {} has too many digits",
                str(), other.str());
  return {sum, scale};
}

Decimal Decimal::operator*(const Decimal& other) const {
  const auto product = checked_product(units_, other.units_);
  const int scale = scale_ + other.scale_;
  TANDEM_ASSERT(product && scale <= kMaxScale, "the product of {} and {} has too many digits", str(),
                other.str());
  return {*product, scale};
}

std::optional<std::int64_t> Decimal::minor_units(int exponent) const {
  return within_limit(rescale(units_, scale_, exponent));
}

std::optional<std::int64_t> Decimal::exact(int exponent) const {
  Wide units = units_;
  int scale = scale_;
  while (scale > exponent && units % 10 == 0) units /= 10, --scale;
  if (scale > exponent) return std::nullopt;
  const auto out = rescale(units, scale, exponent);
  if (!out || *out > std::numeric_limits<std::int64_t>::max() ||
      *out < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(*out);
}

std::optional<std::int64_t> Decimal::rate_minor_units(RatePpm rate, int exponent) const {
  const auto product = checked_product(units_, rate.ppm());
  if (!product) return std::nullopt;
  return within_limit(rescale(*product, scale_ + 6, exponent));
}

std::string Decimal::str() const {
  std::string out = decimal_text(units_, scale_);
  if (scale_ == 0) return out;
  out.resize(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  // Whole parts first, then the rests in the finer scale: nothing here can overflow, unlike aligning the
  // units.
  const Wide one = power_of_ten(scale_), other_one = power_of_ten(other.scale_);
  const auto whole = units_ / one <=> other.units_ / other_one;
  if (whole != 0) return whole;
  const int scale = std::max(scale_, other.scale_);
  const Wide rest = units_ % one * power_of_ten(scale - scale_);
  const Wide other_rest = other.units_ % other_one * power_of_ten(scale - other.scale_);
  return rest <=> other_rest;
}

std::string to_text(const Money& money) {
  return decimal_text(money.amount, money.currency.exponent()) + ' ' + money.currency.str();
}

}  // namespace tandem
