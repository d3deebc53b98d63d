// Identifiers of the payouts module.
#pragma once
#include "base/ids.hpp"
#include "earnings/ids.hpp"

namespace tandem::payouts {

using PayoutMethodId = Id<struct PayoutMethodTag>;
using PayeeFormId = Id<struct PayeeFormTag>;
using ConnectedAccountId = Id<struct ConnectedAccountTag>;
using PayoutRunId = Id<struct PayoutRunTag>;
using earnings::PayoutId;  // earnings know the payout that they are in

}  // namespace tandem::payouts
