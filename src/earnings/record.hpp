// Recording earnings: listens to attribution's events inside the same transaction, computes commissions by
// rules.hpp, stores them and posts them to the ledger. A batch of any size costs one look-up of terms; the
// rows travel with the next statement or the commit.
#pragma once
#include "attribution/events.hpp"
#include "base/task.hpp"
#include "db/tx.hpp"
#include "earnings/earning_rows.hpp"

namespace tandem::earnings {

Task<> on_conversions(db::Tx& tx, const attribution::ConversionsRecorded& event);
Task<> on_reversals(db::Tx& tx, const attribution::ReversalsRecorded& event);
/// What these conversions would earn, in their order, as on_conversions makes it, on top of what was earned
/// before `from`, where they begin: tiers, caps and bonuses go on from there. With a draft, its deal's terms
/// are the draft's. Nothing is stored.
Task<std::vector<NewEarning>> would_earn(db::Tx& tx,
                                         const std::vector<attribution::RecordedConversion>& conversions,
                                         std::vector<partners::Term> draft, Timestamp from);
/// Takes back of an earning that was made later than these reversals of its conversion, and is still held,
/// what they take. The conversion is locked.
Task<> take_back_earlier(db::Tx& tx, EarningId id, std::vector<attribution::RecordedReversal> reversals);
Task<> on_dispute(db::Tx& tx, const attribution::DisputeChanged& event);

}  // namespace tandem::earnings
