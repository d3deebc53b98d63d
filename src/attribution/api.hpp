// What other modules may ask of attribution: recording conversions and their reversals, in batches. A single
// event is a batch of one; the importer and the inbound worker pass hundreds. Everything happens in the
// caller's transaction (role money), with the earnings and postings that listeners make of it.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attribution/events.hpp"
#include "attribution/ids.hpp"
#include "base/money.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"

namespace tandem::attribution {

/// Who brought it. The first that is set decides; `lead_*` are looked up by the lead's external id, a
/// provider's name of the customer, or the contact's e-mail.
struct AttributionHint {
  std::optional<PartnerId> partner_id;
  std::optional<std::string> link_code;    // normalised
  std::optional<std::string> coupon_code;  // normalised
  std::optional<LeadId> lead_id;
  std::optional<std::string> lead_external_id;
  std::optional<std::string> lead_alias;  // under the facts' source, e.g. a Stripe customer
  std::optional<std::string> email;       // normalised
  bool names_somebody() const {
    return partner_id || link_code || coupon_code || lead_id || lead_external_id || lead_alias || email;
  }
};

struct ConversionFacts {
  std::string source;       // generic, stripe, chartmogul, import:<mapping>, api
  std::string external_id;  // 1 to 255 bytes; unique with source
  ConversionKind kind{};
  AttributionHint who;
  /// True: without a lead (or partner, link, coupon) found the batch reports `no_lead` and stores nothing of
  /// it.
  bool needs_attribution = true;
  Decimal gross, tax, discount, cost;  // major units, exact
  Currency currency;
  std::optional<std::string> product, plan, country;
  std::vector<std::pair<std::string, std::string>> metadata;
  Timestamp occurred_at;
  std::vector<std::string> references;  // other names: invoice, charge, payment intent
};

struct ReversalFacts {
  std::string source;
  std::string external_id;
  ReversalKind kind{};
  std::optional<std::string>
      conversion;       // external id or reference, under `source`; unset: it stands for itself
  AttributionHint who;  // of a reversal that stands for itself: partner_id, link_code or coupon_code
  Decimal amount;       // major units, > 0
  /// True when `amount` is the total taken back so far (Stripe's amount_refunded), not this reversal's own
  /// part.
  bool is_cumulative = false;
  Currency currency;
  Timestamp occurred_at;
};

enum class Outcome { recorded, known, no_lead, no_conversion, currency_differs, nothing_left };
struct Recorded {
  Outcome outcome{};
  Uuid id;  // conversion or reversal; nil unless recorded or known
};

/// Records each conversion once (source, external_id) and emits ConversionsRecorded for the new ones. Results
/// are in the order of `facts`. About six round trips for any size up to 1,000.
Task<std::vector<Recorded>> record_conversions(db::Tx& tx, std::vector<ConversionFacts> facts);
/// Records each reversal once and emits ReversalsRecorded. A reversal of more than what is left of its
/// conversion is cut to what is left. Reversals of one conversion in one batch are applied in order.
Task<std::vector<Recorded>> record_reversals(db::Tx& tx, std::vector<ReversalFacts> facts);

}  // namespace tandem::attribution
