// Claims: what a partner says is wrong with what it was credited or paid, with its evidence; decided by the
// staff until a day, with a reason. What an accepted claim gives is an earning of kind adjustment.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "attribution/ids.hpp"
#include "earnings/ids.hpp"
#include "http/routes.hpp"
#include "partners/ids.hpp"

namespace tandem::earnings {

/// not_credited: the sale or lead was this partner's. wrong_amount: it earned something else. missing: it
/// earned nothing.
enum class ClaimKind : int { not_credited, wrong_amount, missing };
BOOST_DESCRIBE_ENUM(ClaimKind, not_credited, wrong_amount, missing)
/// open → under_review → accepted or rejected; withdrawn by the partner before that. A day that has passed
/// decides nothing: the claim is overdue.
enum class ClaimState : int { open, under_review, accepted, rejected, withdrawn };
BOOST_DESCRIBE_ENUM(ClaimState, open, under_review, accepted, rejected, withdrawn)

/// About a conversion, a lead, an earning or an order that is not known here: one of the four.
struct FileClaim {
  ClaimKind kind{};
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<attribution::LeadId> lead_id;
  std::optional<EarningId> earning_id;
  std::optional<Text<1, 255>> order_reference;
  std::optional<Money> amount;  // what should have been earned, as far as the partner knows
  Lines<4000> evidence;
  std::optional<std::vector<Text<1, 500>>> evidence_references;  // at most 20
  std::optional<partners::PartnerDocumentId> document_id;        // one that the partner sent
};
BOOST_DESCRIBE_STRUCT(FileClaim, (),
                      (kind, conversion_id, lead_id, earning_id, order_reference, amount, evidence,
                       evidence_references, document_id))

struct AcceptClaim {
  Money amount;  // of the adjustment
  Lines<2000> reason;
  /// What the adjustment belongs to, so that its refunds take back of it; the claim's own unless told.
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<std::int32_t> hold_days;  // 0 to 365; the organization's default unless told
};
BOOST_DESCRIBE_STRUCT(AcceptClaim, (), (amount, reason, conversion_id, hold_days))

struct RejectClaim {
  Lines<2000> reason;
};
BOOST_DESCRIBE_STRUCT(RejectClaim, (), (reason))

struct Claim {
  ClaimId id;
  PartnerId partner_id;
  ClaimKind kind{};
  ClaimState state{};
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<attribution::LeadId> lead_id;
  std::optional<EarningId> earning_id;
  std::optional<std::string> order_reference;
  std::optional<std::int64_t> amount;  // claimed, minor units
  std::optional<Currency> currency;
  std::string evidence;
  std::vector<std::string> evidence_references;
  std::optional<partners::PartnerDocumentId> document_id;
  Timestamp decide_by;
  bool is_overdue = false;
  std::optional<ActorId> reviewed_by, decided_by;  // not told to partners
  std::optional<Timestamp> decided_at;
  std::optional<std::string> decision;     // why
  std::optional<EarningId> adjustment_id;  // the earning of an accepted one
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Claim, (),
                      (id, partner_id, kind, state, conversion_id, lead_id, earning_id, order_reference,
                       amount, currency, evidence, evidence_references, document_id, decide_by, is_overdue,
                       reviewed_by, decided_by, decided_at, decision, adjustment_id, created_at, updated_at))

struct ListClaims {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<ClaimState> state;
  std::optional<ClaimKind> kind;
  std::optional<bool> is_overdue;
};
BOOST_DESCRIBE_STRUCT(ListClaims, (), (cursor, limit, sort, partner_id, state, kind, is_overdue))

void declare_claims(http::Routes& routes);

}  // namespace tandem::earnings
