// Identifiers of the earnings module.
#pragma once
#include "base/ids.hpp"

namespace tandem::earnings {

using EarningId = Id<struct EarningTag>;

}  // namespace tandem::earnings
