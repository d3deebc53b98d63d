// What `tandem reconcile` proves, as a function, so that tests end with it too.
#pragma once
#include <vector>

#include "base/task.hpp"
#include "db/tx.hpp"
#include "ledger/api.hpp"

namespace tandem::app {

/// Everything of one organization that does not agree: ledger, postings of earnings, what was taken back,
/// what is held. No row is the only good answer.
Task<std::vector<ledger::Difference>> differences(db::Tx& tx);

}  // namespace tandem::app
