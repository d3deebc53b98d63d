// Identifiers of the partners module. PartnerId is in base, because scopes carry it.
#pragma once
#include "base/ids.hpp"

namespace tandem::partners {

using DealId = Id<struct DealTag>;
using DealVersionId = Id<struct DealVersionTag>;
using TermId = Id<struct TermTag>;

}  // namespace tandem::partners
