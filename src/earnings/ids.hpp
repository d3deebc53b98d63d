// Identifiers of the earnings module.
#pragma once
#include "base/ids.hpp"

namespace tandem::earnings {

using EarningId = Id<struct EarningTag>;
using WriteOffId = Id<struct WriteOffTag>;
using ClaimId = Id<struct ClaimTag>;
using RiskSignalId = Id<struct RiskSignalTag>;
/// Of the module above, which gives it out: the payout that an earning is in.
using PayoutId = Id<struct PayoutTag>;

}  // namespace tandem::earnings
