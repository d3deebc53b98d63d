// Rollups: earnings summed by partner, link, currency and day of the organization's zone, so that a report of
// a year reads a few hundred rows. They follow from the earnings and can be made anew at will. An earning's
// mark says that its day must be summed again; until then the day is read from the earnings (see
// app.earning_marks).
#pragma once
#include <vector>

#include "db/pool.hpp"
#include "db/tx.hpp"

namespace tandem::earnings {

/// Queues the marks of earnings that are stored in this transaction (role money).
void mark_days(db::Tx& tx, const std::vector<PartnerId>& partner_ids,
               const std::vector<Timestamp>& occurred_at);

/// Sums up marked days of the transaction's organization (role write), at most 2,000; makes all of them anew
/// when there are none yet or the organization's zone is another. Gives the number of marks taken away.
Task<std::int64_t> fold_rollups(db::Tx& tx);
/// Makes the rollups of the transaction's organization anew from its earnings.
Task<> rebuild_rollups(db::Tx& tx);
/// Folds until nothing is left, in every organization that needs it. Called by the server every half a
/// minute.
Task<> fold_all_rollups(db::Pool& pool);

}  // namespace tandem::earnings
