// What happened in attribution. Earnings listens to both inside the same transaction.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attribution/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include <boost/describe/enum.hpp>

namespace tandem::attribution {

enum class ConversionKind : int { lead, sale, subscription };
BOOST_DESCRIBE_ENUM(ConversionKind, lead, sale, subscription)
enum class ReversalKind : int { refund, credit_note, dispute };
BOOST_DESCRIBE_ENUM(ReversalKind, refund, credit_note, dispute)

struct EarningShare {
  PartnerId partner_id;
  std::optional<LinkId> link_id;
  std::int64_t weight = 1;
};

/// A conversion that has just been recorded, with everything that its commission depends on.
struct RecordedConversion {
  ConversionId id;
  ConversionKind kind{};
  std::vector<EarningShare> shares;  // empty: nobody earns
  std::optional<LeadId> lead_id;
  Decimal gross, tax, discount, cost;
  Currency currency;
  std::optional<std::string> product, plan, country;
  std::vector<std::pair<std::string, std::string>> metadata;
  Timestamp occurred_at;
  // among the sale and subscription conversions of the same lead
  std::optional<Timestamp> first_payment_at;
  bool is_first_payment = true;
};
struct ConversionsRecorded {
  std::vector<RecordedConversion> conversions;
};

/// A reversal that has just been recorded. With a conversion: `taken_before` is what earlier reversals took
/// back of its exact gross amount, `amount` what this one takes. Without: the shares earn the negative of a
/// commission.
struct RecordedReversal {
  ReversalId id;
  ReversalKind kind{};
  std::optional<ConversionId> conversion_id;
  std::vector<EarningShare> shares;
  Decimal conversion_gross, taken_before, amount;
  Currency currency;
  Timestamp occurred_at;
};
struct ReversalsRecorded {
  std::vector<RecordedReversal> reversals;
};

/// A dispute holds the earnings of its conversion while it is open; closed, what is left of them goes on. (A
/// lost one is a reversal before that.)
struct DisputeChanged {
  ConversionId conversion_id;
  bool is_open = true;
};

}  // namespace tandem::attribution
