// How a commission is divided between partners, and what refunds leave of it and of its parts: pure and
// exact, in minor units. Whatever is divided adds up to the whole.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/money.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

/// Parts of a commission for linear attribution: allocate() by weights, so that the parts add up to the cent.
std::vector<std::int64_t> shares(std::int64_t amount, std::span<const std::int64_t> weights);

/// The cumulative rule of reversals: what a refund takes back is fee(left before) − fee(left after), where
/// fee is the original commission scaled to what is left of the base: fee(left) = round(earned × left /
/// total), half away from zero. A full refund returns exactly `earned`; several partial ones never more.
/// `refunded_before` and `refunded_now` are exact parts of `total`; more than what is left is cut to it.
/// Result in minor units, 0 to earned.
std::int64_t taken_back(std::int64_t earned, const Decimal& total, const Decimal& refunded_before,
                        const Decimal& refunded_now);

/// The cumulative rule for the parts of one commission: taken_back() of their sum, of each part as
/// parts_left() says.
std::vector<std::int64_t> parts_taken_back(std::span<const std::int64_t> parts, const Decimal& total,
                                           const Decimal& refunded_before, const Decimal& refunded_now);

/// What a named partner of the term's split has of a commission of `whole` minor units, and first the term's
/// own partner: allocate() by parts per million, so that the parts add up to the cent.
std::vector<std::int64_t> split_parts(const partners::Term& term, std::int64_t whole);

/// What is left of the parts of one commission when `left` of their sum is: the parts in their proportions by
/// the method of Webster (Balinski and Young, Fair Representation, 1982). The result adds up to `left`
/// exactly, depends on nothing else, and no part of it grows when `left` falls: each refund takes something
/// or nothing of every part, and of all of them together what the cumulative rule takes of the whole. `left`
/// is 0 to the sum of the parts, each 0 to kMaxAmount, their sum positive.
std::vector<std::int64_t> parts_left(std::span<const std::int64_t> parts, std::int64_t left);

}  // namespace tandem::earnings
