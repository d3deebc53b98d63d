// Identifiers of the payouts module.
#pragma once
#include "base/ids.hpp"

namespace tandem::payouts {

using PayoutMethodId = Id<struct PayoutMethodTag>;
using PayeeFormId = Id<struct PayeeFormTag>;

}  // namespace tandem::payouts
