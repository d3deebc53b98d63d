// What the calculator knows of a conversion, taken from one that is recorded now or from one that is read
// again to be explained: the members have the same names.
#pragma once
#include <span>
#include <vector>

#include "attribution/events.hpp"
#include "earnings/rules.hpp"

namespace tandem::earnings {

/// Everything but the metadata, which each keeps in a form of its own.
template <class Conversion>
Facts facts_of(const Conversion& conversion) {
  Facts facts;
  facts.trigger = conversion.kind == attribution::ConversionKind::lead   ? partners::Trigger::lead
                  : conversion.kind == attribution::ConversionKind::sale ? partners::Trigger::sale
                                                                         : partners::Trigger::subscription;
  facts.currency = conversion.currency;
  facts.gross = conversion.gross;
  facts.tax = conversion.tax;
  facts.discount = conversion.discount;
  facts.cost = conversion.cost;
  facts.country = conversion.country;
  facts.product = conversion.product;
  facts.plan = conversion.plan;
  facts.occurred_at = conversion.occurred_at;
  facts.first_payment_at = conversion.first_payment_at;
  facts.is_first_payment = conversion.is_first_payment;
  return facts;
}

/// How a conversion's commission is shared by who brought it.
inline std::vector<std::int64_t> weights_of(std::span<const attribution::EarningShare> shares) {
  std::vector<std::int64_t> weights;
  for (const auto& share : shares) weights.push_back(share.weight);
  return weights;
}

}  // namespace tandem::earnings
