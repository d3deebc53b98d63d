#include "customers/contacts.hpp"

#include <algorithm>
#include <map>

namespace tandem::customers {

namespace {

constexpr std::size_t kContactsMax = 10'000;

// The addresses come sorted, so that two batches with the same people wait for each other in one order.
const db::Query<db::Nothing(std::vector<ContactId>, std::vector<std::string>, std::vector<std::string>,
                            std::vector<std::optional<std::string>>)>
    kInsertContacts{"customers.insert_contacts", R"sql(
  insert into app.contacts (organization_id, id, email, email_normalised, name)
  select $1::uuid, u.id, u.email, u.normalised, u.name
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as u(id, email, normalised, name)
  on conflict do nothing
)sql"};

struct Found {
  ContactId id;
  std::string email_normalised;
};
BOOST_DESCRIBE_STRUCT(Found, (), (id, email_normalised))
const db::Query<Found(std::vector<std::string>)> kContactsOf{"customers.contacts_of", R"sql(
  select c.id, c.email_normalised
  from app.contacts c
  where c.organization_id = $1 and c.email_normalised = any ($2)
)sql"};

const db::Query<Contact(ContactId)> kContact{"customers.contact", R"sql(
  select c.id, c.email, c.name, c.created_at, c.updated_at
  from app.contacts c
  where c.organization_id = $1 and c.id = $2
)sql"};

const db::ListQuery<Contact(std::optional<std::string>, std::optional<std::string>)> kListContacts{
    "customers.list_contacts",
    R"sql(
  select c.id, c.email, c.name, c.created_at, c.updated_at
  from app.contacts c
  where c.organization_id = $1
    and ($2::text is null or starts_with(c.email_normalised, lower($2))
         or position(' ' || lower($2) in ' ' || lower(c.name)) > 0)
    and ($3::text is null or c.email_normalised = $3)
)sql",
    "c.id",
    {{"created_at", "c.created_at", "timestamptz"}, {"email", "c.email_normalised", "text"}}};

Task<Contact> get_contact(db::Tx& tx, ContactId id) {
  auto found = co_await tx.maybe(kContact, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<Contact>> list_contacts(db::Tx& tx, ListContacts query) {
  const auto text = query.q ? std::optional{query.q->str()} : std::nullopt;
  const auto email = query.email ? std::optional{query.email->normalised()} : std::nullopt;
  co_return co_await tx.page(kListContacts, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), text, email);
}

}  // namespace

Task<std::vector<ContactId>> upsert_contacts(db::Tx& tx, std::vector<NewContact> contacts) {
  if (contacts.empty()) co_return std::vector<ContactId>{};
  TANDEM_ASSERT(contacts.size() <= kContactsMax, "{} contacts in one batch", contacts.size());
  std::map<std::string, const NewContact*> sorted;  // the first of an address wins
  for (const NewContact& contact : contacts) sorted.try_emplace(contact.email.normalised(), &contact);
  std::vector<ContactId> ids;
  std::vector<std::string> emails, normalised;
  std::vector<std::optional<std::string>> names;
  for (const auto& [key, contact] : sorted) {
    ids.push_back(tx.new_id<ContactId>());
    emails.push_back(contact->email.str());
    normalised.push_back(key);
    names.push_back(contact->name ? std::optional{contact->name->str()} : std::nullopt);
  }
  tx.later(kInsertContacts, ids, emails, normalised, names);
  std::map<std::string, ContactId> found;
  for (auto& row : co_await tx.all(kContactsOf, normalised)) found.emplace(row.email_normalised, row.id);
  std::vector<ContactId> out;
  out.reserve(contacts.size());
  for (const NewContact& contact : contacts) {
    const auto at = found.find(contact.email.normalised());
    TANDEM_ASSERT(at != found.end(), "a contact is missing after its insert");
    out.push_back(at->second);
  }
  co_return out;
}

void declare_contacts(http::Routes& routes) {
  routes.tag("contacts");
  routes.get("/api/contacts", list_contacts)
      .says("List the people known to the organization")
      .explains("`q` finds as you type: the beginning of the e-mail or of a word of the name.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_read)
      .as(db::Role::read);
  routes.get("/api/contacts/{contact_id}", get_contact)
      .says("Get a contact")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_read)
      .as(db::Role::read);
}

}  // namespace tandem::customers
