// Contacts: people known to an organization, one per normalised e-mail or phone, for its staff.
#pragma once
#include "base/page.hpp"
#include "customers/api.hpp"
#include "http/routes.hpp"

namespace tandem::customers {

struct CreateContact {
  std::optional<Email> email;  // this or the phone, or both
  std::optional<Phone> phone;
  std::optional<Text<1, 200>> name;
  std::optional<Country> country;
  std::optional<Locale> locale;
};
BOOST_DESCRIBE_STRUCT(CreateContact, (), (email, phone, name, country, locale))

/// Absent keeps what there is, null clears it; an e-mail or a phone stays.
struct UpdateContact {
  Patch<Email> email;
  Patch<Phone> phone;
  Patch<Text<1, 200>> name;
  Patch<Country> country;
  Patch<Locale> locale;
};
BOOST_DESCRIBE_STRUCT(UpdateContact, (), (email, phone, name, country, locale))

struct Contact {
  ContactId id;
  std::optional<Email> email;  // as first given
  std::optional<Phone> phone;
  std::optional<std::string> name;
  std::optional<Country> country;
  std::optional<Locale> locale;
  std::optional<ContactId> merged_into;
  std::optional<Timestamp> erased_at;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Contact, (),
                      (id, email, phone, name, country, locale, merged_into, erased_at, created_at,
                       updated_at))

struct ListContacts {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Text<1, 254>> q;  // beginnings of words of the e-mail, the phone or the name
  std::optional<Email> email;
  std::optional<Phone> phone;
};
BOOST_DESCRIBE_STRUCT(ListContacts, (), (cursor, limit, sort, q, email, phone))

Task<Contact> create_contact(db::Tx& tx, CreateContact request);
/// Throws Problem kNotFound.
Task<Contact> get_contact(db::Tx& tx, ContactId id);
void declare_contacts(http::Routes& routes);

// ------------------------------------------------------------------ personal_data.cpp

/// Merging, export and erasure of a person.
void declare_personal_data(http::Routes& routes);

}  // namespace tandem::customers
