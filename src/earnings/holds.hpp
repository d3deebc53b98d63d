// Holds: what keeps an earning from being paid until a person has looked at it, a dispute of its payment is
// over or a signal of risk is decided. An earning is held while any of its holds is open, together with what
// was taken back of it.
#pragma once
#include <optional>
#include <string>

#include "attribution/ids.hpp"
#include "earnings/ids.hpp"
#include "http/routes.hpp"

namespace tandem::earnings {

enum class HoldReason : int { review, dispute, risk };
BOOST_DESCRIBE_ENUM(HoldReason, review, dispute, risk)

struct EarningHold {
  HoldReason reason{};
  std::optional<std::string> note;  // of the staff; partners do not see it
  Timestamp placed_at;
  std::optional<Timestamp> released_at;
  std::optional<RiskSignalId> risk_signal_id;
};
BOOST_DESCRIBE_STRUCT(EarningHold, (), (reason, note, placed_at, released_at, risk_signal_id))

/// The holds of an earning, the first one first.
const db::Query<EarningHold(EarningId)>& holds_query();

/// Holds what a disputed conversion earned and is not on its way to the partner; or lets it go on.
Task<> hold_for_dispute(db::Tx& tx, attribution::ConversionId conversion_id);
Task<> release_of_dispute(db::Tx& tx, attribution::ConversionId conversion_id);
/// Holds what a signal of risk is about and is not on its way to the partner; or lets it go on, unless
/// something else holds it.
Task<> hold_for_risk(db::Tx& tx, std::vector<EarningId> ids, RiskSignalId signal_id);
Task<> release_of_risk(db::Tx& tx, std::vector<EarningId> ids, RiskSignalId signal_id);
/// Closes the holds of earnings that were cancelled. Queued.
void close_holds(db::Tx& tx, std::vector<EarningId> ids);

void declare_holds(http::Routes& routes);

}  // namespace tandem::earnings
