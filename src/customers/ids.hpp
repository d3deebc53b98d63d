// Identifiers of the customers module.
#pragma once
#include "base/ids.hpp"

namespace tandem::customers {

using ContactId = Id<struct ContactTag>;
using PartnerCustomerId = Id<struct PartnerCustomerTag>;

}  // namespace tandem::customers
