#include "customers/contacts.hpp"

#include <algorithm>
#include <map>

#include "base/search.hpp"

namespace tandem::customers {

namespace {

inline constexpr ProblemKind kContactExists{409, "contact_exists",
                                            "Another contact has this e-mail or phone"};
constexpr std::size_t kContactsMax = 10'000;

using OptionalTexts = std::vector<std::optional<std::string>>;

// They come sorted, so that two batches with the same people wait for each other in one order.
const db::Query<db::Nothing(std::vector<ContactId>, OptionalTexts, OptionalTexts, OptionalTexts,
                            OptionalTexts)>
    kInsertContacts{"customers.insert_contacts", R"sql(
  insert into app.contacts (organization_id, id, email, email_normalised, phone, name)
  select $1::uuid, u.id, u.email, u.normalised, u.phone, u.name
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) as u(id, email, normalised, phone, name)
  on conflict do nothing
)sql"};

struct Found {
  ContactId id;
  std::string key;  // the normalised e-mail, or the phone
};
BOOST_DESCRIBE_STRUCT(Found, (), (id, key))
const db::Query<Found(std::vector<std::string>, std::vector<std::string>)> kContactsOf{
    "customers.contacts_of", R"sql(
  select coalesce(c.merged_into, c.id) as id, c.email_normalised as key
  from app.contacts c
  where c.organization_id = $1 and c.email_normalised = any ($2)
  union all
  select coalesce(c.merged_into, c.id), c.phone
  from app.contacts c
  where c.organization_id = $1 and c.phone = any ($3)
)sql"};

const db::Query<db::Nothing(ContactId)> kForgetWords{"customers.delete_contact_words", R"sql(
  delete from app.person_words as w where w.organization_id = $1 and w.person_id = $2
)sql"};

// Of those among them that exist: who of a batch was known already keeps its words.
const db::Query<db::Nothing(std::vector<ContactId>)> kInsertWords{"customers.insert_contact_words", R"sql(
  insert into app.person_words (organization_id, person_id, word)
  select $1, c.id, left(w.word, 64)
  from (
    select id, lower(concat_ws(' ', email, phone, name)) as text
    from app.contacts
    where organization_id = $1 and id = any ($2)) c
  cross join lateral (
    select s.word from regexp_split_to_table(c.text, '\s+') as s(word)
    union
    select s.word from regexp_split_to_table(c.text, '[^[:alnum:]]+') as s(word)) w
  where w.word <> ''
  on conflict do nothing
)sql"};

const db::Query<db::Nothing(ContactId, std::optional<Email>, std::optional<std::string>, std::optional<Phone>,
                            std::optional<Text<1, 200>>, std::optional<Country>, std::optional<Locale>)>
    kInsertContact{"customers.insert_contact", R"sql(
  insert into app.contacts (organization_id, id, email, email_normalised, phone, name, country, locale)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

const db::Query<Contact(ContactId)> kContact{"customers.contact", R"sql(
  select c.id, c.email, c.phone, c.name, c.country, c.locale, c.merged_into, c.erased_at, c.created_at, c.updated_at
  from app.contacts c
  where c.organization_id = $1 and c.id = $2
)sql"};

const db::Query<http::RowVersion(ContactId)> kContactVersion{"customers.contact_version", R"sql(
  select c.updated_at from app.contacts c where c.organization_id = $1 and c.id = $2 for no key update
)sql"};

const db::Query<db::Nothing(ContactId, std::vector<std::string>, std::optional<Email>,
                            std::optional<std::string>, std::optional<Phone>, std::optional<Text<1, 200>>,
                            std::optional<Country>, std::optional<Locale>)>
    kUpdateContact{"customers.update_contact", R"sql(
  update app.contacts as c
  set email = case when 'email' = any ($3) then $4 else c.email end,
      email_normalised = case when 'email' = any ($3) then $5 else c.email_normalised end,
      phone = case when 'phone' = any ($3) then $6 else c.phone end,
      name = case when 'name' = any ($3) then $7 else c.name end,
      country = case when 'country' = any ($3) then $8 else c.country end,
      locale = case when 'locale' = any ($3) then $9 else c.locale end
  where c.organization_id = $1 and c.id = $2 and c.merged_into is null and c.erased_at is null
)sql"};

// Who was merged or erased is shown by its id only.
const db::ListQuery<Contact(std::optional<std::string>, std::optional<Phone>)> kListContacts{
    "customers.list_contacts",
    R"sql(
  select c.id, c.email, c.phone, c.name, c.country, c.locale, c.merged_into, c.erased_at, c.created_at, c.updated_at
  from app.contacts c
  where c.organization_id = $1 and c.merged_into is null and c.erased_at is null
    and ($2::text is null or c.email_normalised = $2)
    and ($3::text is null or c.phone = $3)
)sql",
    "c.id",
    {{"created_at", "c.created_at", "timestamptz"}}};

const db::ListQuery<Contact(std::optional<std::string>, std::optional<Phone>, std::string,
                            std::vector<std::string>)>
    kSearchContacts{"customers.search_contacts",
                    R"sql(
  select c.id, c.email, c.phone, c.name, c.country, c.locale, c.merged_into, c.erased_at, c.created_at, c.updated_at
  from (
    select distinct w.person_id
    from app.person_words w
    where w.organization_id = $1 and w.partner_id is null and w.word >= lower($4)
      and w.word < lower($4) || chr(1114111)) f
  join app.contacts c on c.organization_id = $1 and c.id = f.person_id
  where c.organization_id = $1 and c.merged_into is null and c.erased_at is null
    and ($2::text is null or c.email_normalised = $2)
    and ($3::text is null or c.phone = $3)
    and not exists (
      select 1 from unnest($5::text[]) as u(prefix)
      where not exists (
        select 1 from app.person_words w
        where w.organization_id = $1 and w.person_id = c.id and w.word >= lower(u.prefix)
          and w.word < lower(u.prefix) || chr(1114111)))
)sql",
                    "c.id",
                    {{"created_at", "c.created_at", "timestamptz"}}};

std::optional<std::string> text_of(const auto& value) {
  return value ? std::optional{value->str()} : std::nullopt;
}

std::optional<std::string> normalised(const std::optional<Email>& email) {
  return email ? std::optional{email->normalised()} : std::nullopt;
}

Task<Page<Contact>> list_contacts(db::Tx& tx, ListContacts query) {
  const auto sort = query.sort ? query.sort->str() : "";
  const auto limit = query.limit.value_or(PageLimit{});
  const SearchPrefixes words(query.q ? query.q->str() : "");
  if (!words.longest)
    co_return co_await tx.page(kListContacts, sort, query.cursor, limit, normalised(query.email),
                               query.phone);
  co_return co_await tx.page(kSearchContacts, sort, query.cursor, limit, normalised(query.email), query.phone,
                             *words.longest, words.others);
}

Task<Contact> update_contact(db::Tx& tx, ContactId id, UpdateContact change) {
  const Contact before = co_await get_contact(tx, id);
  if (before.merged_into || before.erased_at)
    throw Problem(kState,
                  before.erased_at ? "The contact is erased." : "The contact was merged into another.");
  const bool has_email =
      change.email.is_given() ? change.email.value().has_value() : before.email.has_value();
  const bool has_phone =
      change.phone.is_given() ? change.phone.value().has_value() : before.phone.has_value();
  if (!has_email && !has_phone) throw invalid_field("/email", "required", "an e-mail or a phone stays");
  tx.later(kUpdateContact, id, json::given(change), change.email.value(), normalised(change.email.value()),
           change.phone.value(), change.name.value(), change.country.value(), change.locale.value());
  tx.later(kForgetWords, id);
  tx.later(kInsertWords, std::vector{id});
  co_return co_await get_contact(tx, id);
}

}  // namespace

Task<Contact> get_contact(db::Tx& tx, ContactId id) {
  auto found = co_await tx.maybe(kContact, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Contact> create_contact(db::Tx& tx, CreateContact request) {
  if (!request.email && !request.phone) throw invalid_field("/email", "required", "an e-mail or a phone");
  const auto id = tx.new_id<ContactId>();
  tx.later(kInsertContact, id, request.email, normalised(request.email), request.phone, request.name,
           request.country, request.locale);
  tx.later(kInsertWords, std::vector{id});
  co_return co_await get_contact(tx, id);
}

Task<std::vector<ContactId>> upsert_contacts(db::Tx& tx, std::vector<NewContact> contacts) {
  if (contacts.empty()) co_return std::vector<ContactId>{};
  TANDEM_ASSERT(contacts.size() <= kContactsMax, "{} contacts in one batch", contacts.size());
  std::map<std::string, const NewContact*> sorted;  // the first of an address wins
  for (const NewContact& contact : contacts) {
    TANDEM_ASSERT(contact.email || contact.phone, "a contact has an e-mail or a phone");
    sorted.try_emplace(contact.email ? contact.email->normalised() : contact.phone->str(), &contact);
  }
  std::vector<ContactId> ids;
  OptionalTexts emails, normalised_emails, phones, names;
  std::vector<std::string> keys, phone_keys;
  for (const auto& [key, contact] : sorted) {
    ids.push_back(tx.new_id<ContactId>());
    emails.push_back(text_of(contact->email));
    normalised_emails.push_back(normalised(contact->email));
    phones.push_back(text_of(contact->phone));
    names.push_back(text_of(contact->name));
    if (contact->email) keys.push_back(key);
  }
  for (const NewContact& contact : contacts)
    if (contact.phone) phone_keys.push_back(contact.phone->str());
  tx.later(kInsertContacts, ids, emails, normalised_emails, phones, names);
  tx.later(kInsertWords, ids);
  std::map<std::string, ContactId> found;
  for (auto& row : co_await tx.all(kContactsOf, keys, phone_keys)) found.emplace(row.key, row.id);
  std::vector<ContactId> out;
  out.reserve(contacts.size());
  for (const NewContact& contact : contacts) {
    auto at = contact.email ? found.find(contact.email->normalised()) : found.end();
    if (at == found.end() && contact.phone) at = found.find(contact.phone->str());
    TANDEM_ASSERT(at != found.end(), "a contact is missing after its insert");
    out.push_back(at->second);
  }
  co_return out;
}

void declare_contacts(http::Routes& routes) {
  routes.tag("contacts");
  routes.map_constraint("contacts_email", kContactExists);
  routes.map_constraint("contacts_phone", kContactExists);
  routes.post("/api/contacts", create_contact)
      .says("Create a contact")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_manage)
      .as(db::Role::write)
      .refuses({&kContactExists});
  routes.get("/api/contacts", list_contacts)
      .says("List the people known to the organization")
      .explains(
          "`q` finds as you type: each word is the beginning of a word of the e-mail, the phone or the name.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_read)
      .as(db::Role::read);
  routes.get("/api/contacts/{contact_id}", get_contact)
      .says("Get a contact")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_read)
      .as(db::Role::read);
  routes.patch("/api/contacts/{contact_id}", update_contact)
      .says("Change a contact")
      .explains("What is absent stays as it is, null clears; an e-mail or a phone stays.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_manage)
      .as(db::Role::write)
      .versioned(kContactVersion)
      .refuses({&kContactExists, &kState});
  declare_personal_data(routes);
}

}  // namespace tandem::customers
