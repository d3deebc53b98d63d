// What happens to people, for modules that refer to them.
#pragma once
#include "customers/ids.hpp"

namespace tandem::customers {

/// Inside the transaction: `duplicate` turned out to be `contact`; what refers to it may move.
struct ContactsMerged {
  ContactId contact, duplicate;
};

/// Inside the transaction: blank what you keep of this person; keep ids, ledger and audit.
struct ContactErased {
  ContactId contact;
};

}  // namespace tandem::customers
