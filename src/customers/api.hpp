// What other modules may ask of customers: people known to the organization, one contact per normalised
// e-mail.
#pragma once
#include <optional>
#include <vector>

#include "base/task.hpp"
#include "base/text.hpp"
#include "customers/ids.hpp"
#include "db/tx.hpp"

namespace tandem::customers {

struct NewContact {
  Email email;
  std::optional<Text<1, 200>> name;
};

/// The contacts of these e-mail addresses, in the order given; makes those that are new. One round trip for
/// any number (at most 10,000). What is known of an older contact stays as it is. Needs a role that may
/// write.
Task<std::vector<ContactId>> upsert_contacts(db::Tx& tx, std::vector<NewContact> contacts);

}  // namespace tandem::customers
