// Recording earnings: listens to attribution's events inside the same transaction, computes commissions by
// rules.hpp, stores them and posts them to the ledger. A batch of any size costs one look-up of terms; the
// rows travel with the next statement or the commit.
#pragma once
#include "attribution/events.hpp"
#include "base/task.hpp"
#include "db/tx.hpp"

namespace tandem::earnings {

Task<> on_conversions(db::Tx& tx, const attribution::ConversionsRecorded& event);
Task<> on_reversals(db::Tx& tx, const attribution::ReversalsRecorded& event);
Task<> on_dispute(db::Tx& tx, const attribution::DisputeChanged& event);

}  // namespace tandem::earnings
