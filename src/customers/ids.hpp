// Identifiers of the customers module.
#pragma once
#include "base/ids.hpp"

namespace tandem::customers {

using ContactId = Id<struct ContactTag>;

}  // namespace tandem::customers
