// Contacts: people known to an organization, for its staff to read.
#pragma once
#include "base/page.hpp"
#include "customers/api.hpp"
#include "http/routes.hpp"

namespace tandem::customers {

struct Contact {
  ContactId id;
  Email email;  // as first given
  std::optional<std::string> name;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Contact, (), (id, email, name, created_at, updated_at))

struct ListContacts {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Text<1, 254>> q;  // beginning of the e-mail or of a word of the name
  std::optional<Email> email;
};
BOOST_DESCRIBE_STRUCT(ListContacts, (), (cursor, limit, sort, q, email))

void declare_contacts(http::Routes& routes);

}  // namespace tandem::customers
