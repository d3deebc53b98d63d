#include "earnings/parts.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/assert.hpp"

namespace tandem::earnings {
namespace {

constexpr int kMostDigits = 12;  // after the point, of amounts that come from outside

__int128 power_of_ten(int exponent) {
  __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

std::vector<std::int64_t> shares(std::int64_t amount, std::span<const std::int64_t> weights) {
  return allocate(amount, weights);
}

std::int64_t taken_back(std::int64_t earned, const Decimal& total, const Decimal& refunded_before,
                        const Decimal& refunded_now) {
  TANDEM_ASSERT(earned >= 0 && earned <= kMaxAmount, "earned {}", earned);
  if (total.sign() <= 0) return 0;
  const int scale = std::max({total.scale(), refunded_before.scale(), refunded_now.scale()});
  TANDEM_ASSERT(scale <= kMostDigits, "an amount with {} decimals", scale);
  const auto units = [scale](const Decimal& amount) {
    return amount.units() * power_of_ten(scale - amount.scale());
  };
  const __int128 whole = units(total);
  // earned × whole must fit into 127 bits: 10^12 × 10^25.
  TANDEM_ASSERT(whole <= power_of_ten(25), "total {}", total.str());
  const __int128 none = 0;
  const __int128 before = std::clamp(units(refunded_before), none, whole);
  const __int128 after = std::min(before + std::clamp(units(refunded_now), none, whole), whole);
  const auto fee = [&](__int128 refunded) { return divide_rounded(earned * (whole - refunded), whole); };
  return fee(before) - fee(after);
}

std::vector<std::int64_t> split_parts(const partners::Term& term, std::int64_t whole) {
  std::vector<std::int64_t> weights{partners::own_share(term.split).ppm()};
  for (const auto& share : term.split) weights.push_back(share.share_ppm.ppm());
  return allocate(whole, weights);
}

std::vector<std::int64_t> parts_left(std::span<const std::int64_t> parts, std::int64_t left) {
  const auto whole = std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
  TANDEM_ASSERT(whole > 0 && left >= 0 && left <= whole, "{} of {}", left, whole);
  std::vector<std::int64_t> out;
  std::int64_t sum = 0;
  for (const auto part : parts) {
    out.push_back(divide_rounded(static_cast<__int128>(part) * left, whole));
    sum += out.back();
  }
  // Unit by unit to the sum: one more goes to the part that has least for its size when half of it is
  // counted, of equal ones the first; one less comes off the part that would have got it last.
  const auto has_less = [&](std::size_t a, std::int64_t of_a, std::size_t b, std::int64_t of_b) {
    return static_cast<__int128>(parts[a]) * (2 * of_b + 1) >
           static_cast<__int128>(parts[b]) * (2 * of_a + 1);
  };
  for (; sum < left; ++sum) {
    std::size_t to = 0;
    for (std::size_t i = 1; i < out.size(); ++i)
      if (has_less(i, out[i], to, out[to])) to = i;
    ++out[to];
  }
  for (; sum > left; --sum) {
    std::optional<std::size_t> from;
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i] > 0 && (!from || !has_less(i, out[i] - 1, *from, out[*from] - 1))) from = i;
    --out[from.value()];
  }
  return out;
}

std::vector<std::int64_t> parts_taken_back(std::span<const std::int64_t> parts, const Decimal& total,
                                           const Decimal& refunded_before, const Decimal& refunded_now) {
  const auto whole = std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
  const auto left_before = whole - taken_back(whole, total, Decimal{}, refunded_before);
  const auto left_after = left_before - taken_back(whole, total, refunded_before, refunded_now);
  auto out = parts_left(parts, left_before);
  const auto after = parts_left(parts, left_after);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] -= after[i];
  return out;
}

}  // namespace tandem::earnings
