// The flows of the chart of accounts, one function each: which accounts an event moves. Amounts in minor units.
// Table: docs/security-and-correctness.md, section 6.
#pragma once
#include "ledger/api.hpp"

namespace tandem::ledger {

/// A commission is earned and held: exp.commission > liab.commission_held.
Posting commission_earned(const Uuid& earning_id, PartnerId partner_id, Money amount);
/// A refund inside the hold takes back what the earning still holds: liab.commission_held > exp.commission.
Posting commission_taken_back_in_hold(const Uuid& earning_id, PartnerId partner_id, Money amount);
/// What a partner owes back on its own account (a credit note that names no conversion, or a refund after the hold that
/// goes beyond what is payable): asset.clawback_receivable > exp.commission. It is recovered when later holds end.
Posting commission_owed_back(const Uuid& earning_id, PartnerId partner_id, Money amount);

}  // namespace tandem::ledger
