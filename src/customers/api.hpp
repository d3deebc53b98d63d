// What other modules may ask of customers: people known to the organization, one contact per normalised
// e-mail or phone; and the register of what is kept about a person.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/text.hpp"
#include "customers/ids.hpp"
#include "db/personal.hpp"
#include "db/tx.hpp"

namespace tandem::customers {

struct NewContact {
  std::optional<Email> email;  // this or the phone, or both
  std::optional<Phone> phone;
  std::optional<Text<1, 200>> name;
};

/// The contacts of these e-mail addresses and phones, in the order given; makes those that are new. The
/// e-mail says first who somebody is: a phone finds the contact of an address that nobody has. One round trip
/// for any number (at most 10,000). What is known of an older contact stays as it is; of one that was merged,
/// the contact that it became. Needs a role that may write.
Task<std::vector<ContactId>> upsert_contacts(db::Tx& tx, std::vector<NewContact> contacts);

// ------------------------------------------------------------------ personal data

/// The words by which somebody who was erased may still be found in what others sent (e-mail addresses and
/// telephone numbers), until that was searched; nullopt afterwards. For jobs.
Task<std::optional<std::vector<std::string>>> words_of_erased(db::Tx& tx, ContactId contact);
/// All was searched: the words are forgotten, too.
void end_erasure(db::Tx& tx, ContactId contact);

/// What one table keeps about a person: $2 is the contact, each row one JSON object.
struct PersonalSection {
  std::string name;
  const db::Query<db::PersonalRow(ContactId)>* rows;
};
/// Registered by each module that keeps personal data, before anything is served; the export reads them all.
void add_personal_section(PersonalSection section);

/// As add_personal_section; the export finds them, erasure blanks them.
void add_personal_text(db::PersonalText text);
/// The expression that finds a person's e-mails, phones (however they are grouped) and full names, none of
/// them within another word. Empty when there is nothing to look for: a name of one word would fit others.
std::string naming_pattern(const std::vector<std::string>& emails, const std::vector<std::string>& phones,
                           const std::vector<std::string>& names);
void clear_personal_sections();

}  // namespace tandem::customers
