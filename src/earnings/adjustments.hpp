// Adjustments: earnings that a decision gives, not a deal: of a claim or an appeal that was accepted.
#pragma once
#include "earnings/earning_rows.hpp"

namespace tandem::earnings {

/// Stores the row as an adjustment that is held until its hold_until, with its posting. The amount is that of
/// the whole conversion, if it has one: what was refunded of that before is taken back at once, and while it
/// is disputed the adjustment is held, too. Role money.
Task<> store_adjustment(db::Tx& tx, NewEarning row);

}  // namespace tandem::earnings
