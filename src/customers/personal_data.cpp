// A person as a whole: two contacts that are one, all that is kept about one, and forgetting one. What other
// modules keep they register (add_personal_section) or blank themselves (ContactErased).
#include <fmt/format.h>

#include "crypto/installation.hpp"
#include "customers/api.hpp"
#include "customers/contacts.hpp"
#include "customers/events.hpp"
#include "customers/module.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"

namespace tandem::customers {

namespace {

std::vector<PersonalSection>& sections() {
  static std::vector<PersonalSection> all;
  return all;
}

std::vector<db::PersonalText>& texts() {
  static std::vector<db::PersonalText> all;
  return all;
}

// ------------------------------------------------------------------ merging

struct MergeContact {
  ContactId duplicate_id;  // who turns out to be this contact
};
BOOST_DESCRIBE_STRUCT(MergeContact, (), (duplicate_id))

// Both are locked in the order of their ids, so that two merges of the same people do not wait for each
// other.
const db::Query<Contact(std::vector<ContactId>)> kLockContacts{"customers.lock_contacts", R"sql(
  select c.id, c.email, c.phone, c.name, c.country, c.locale, c.merged_into, c.erased_at, c.created_at, c.updated_at
  from app.contacts c
  where c.organization_id = $1 and c.id = any ($2)
  order by c.id
  for no key update
)sql"};

// Whoever became the duplicate before is the contact now, too.
const db::Query<db::Nothing(ContactId, ContactId)> kMarkMerged{"customers.mark_merged", R"sql(
  update app.contacts as c set merged_into = $2
  where c.organization_id = $1 and (c.id = $3 or c.merged_into = $3)
)sql"};

const db::Query<db::Nothing(ContactId, ContactId)> kMoveCustomers{"customers.move_customers", R"sql(
  update app.partner_customers as c set contact_id = $2 where c.organization_id = $1 and c.contact_id = $3
)sql"};

const db::Query<db::Nothing(ContactId, std::optional<std::string>, std::optional<Country>,
                            std::optional<Locale>)>
    kFillIn{"customers.fill_in", R"sql(
  update app.contacts as c
  set name = coalesce(c.name, $3), country = coalesce(c.country, $4), locale = coalesce(c.locale, $5)
  where c.organization_id = $1 and c.id = $2
)sql"};

Task<Contact> merge_contacts(db::Tx& tx, ContactId id, MergeContact request) {
  if (id == request.duplicate_id) throw invalid_field("/duplicate_id", "out_of_range", "another contact");
  const auto both = co_await tx.all(kLockContacts, std::vector{id, request.duplicate_id});
  if (both.size() != 2) throw Problem(kNotFound);
  for (const auto& contact : both)
    if (contact.merged_into || contact.erased_at)
      throw Problem(kState, "One of the contacts was merged or erased before.");
  const Contact& duplicate = both[both[0].id == id ? 1 : 0];
  // The duplicate keeps its e-mail and phone: who writes from there is found, and is this contact.
  tx.later(kMarkMerged, id, request.duplicate_id);
  tx.later(kMoveCustomers, id, request.duplicate_id);
  tx.later(kFillIn, id, duplicate.name, duplicate.country, duplicate.locale);
  co_await events::emit(tx, ContactsMerged{id, request.duplicate_id});
  co_return co_await get_contact(tx, id);
}

// ------------------------------------------------------------------ export

struct PersonalDatum {
  std::string section;
  JsonObject data;
};
BOOST_DESCRIBE_STRUCT(PersonalDatum, (), (section, data))

const db::Query<db::PersonalRow(ContactId)> kContactData{"customers.contact_data", R"sql(
  select jsonb_build_object('id', c.id, 'email', c.email, 'phone', c.phone, 'name', c.name, 'country', c.country,
    'locale', c.locale, 'created_at', c.created_at) as data
  from app.contacts c
  where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
  order by c.created_at, c.id
)sql"};

const db::Query<db::PersonalRow(ContactId)> kCustomerData{"customers.customer_data", R"sql(
  select jsonb_build_object('partner_id', c.partner_id, 'first_name', c.first_name, 'last_name', c.last_name, 'email',
    c.email, 'phone', c.phone, 'notes', c.notes, 'tags', c.tags, 'external_id', c.external_id, 'created_at',
    c.created_at) as data
  from app.partner_customers c
  where c.organization_id = $1 and c.contact_id = $2
  order by c.created_at, c.id
)sql"};

struct NamedRow {
  std::optional<std::string> email, phone, name;
};
BOOST_DESCRIBE_STRUCT(NamedRow, (), (email, phone, name))
const db::Query<NamedRow(ContactId)> kNamed{"customers.names_of_contact", R"sql(
  select c.email, c.phone, c.name
  from app.contacts c
  where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
  union
  select c.email, c.phone, nullif(concat_ws(' ', c.first_name, c.last_name), '') as name
  from app.partner_customers c
  where c.organization_id = $1 and c.contact_id = $2
)sql"};

/// What finds the person in what others wrote.
Task<std::string> pattern_of(db::Tx& tx, ContactId id) {
  std::vector<std::string> emails, phones, names;
  for (auto& row : co_await tx.all(kNamed, id)) {
    if (row.email) emails.push_back(std::move(*row.email));
    if (row.phone) phones.push_back(std::move(*row.phone));
    if (row.name) names.push_back(std::move(*row.name));
  }
  co_return naming_pattern(emails, phones, names);
}

Task<Page<PersonalDatum>> export_contact(db::Tx& tx, ContactId id) {
  co_await get_contact(tx, id);
  Page<PersonalDatum> out;
  for (const auto& section : sections())
    for (auto& row : co_await tx.all(*section.rows, id))
      out.items.push_back({section.name, std::move(row.data)});
  const std::string pattern = co_await pattern_of(tx, id);
  if (pattern.empty()) co_return out;
  for (const auto& text : texts())
    for (auto& row : co_await tx.all(*text.rows, pattern))
      out.items.push_back({text.name, std::move(row.data)});
  co_return out;
}

// ------------------------------------------------------------------ erasure

const db::Query<db::Nothing(ContactId)> kForgetWords{"customers.erase_words", R"sql(
  delete from app.person_words as w
  where w.organization_id = $1 and (
    w.person_id in (select c.id from app.contacts c
                    where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2))
    or w.person_id in (select c.id from app.partner_customers c where c.organization_id = $1 and c.contact_id = $2))
)sql"};

const db::Query<db::Nothing(ContactId)> kEraseCustomers{"customers.erase_customers", R"sql(
  update app.partner_customers as c
  set first_name = null, last_name = null, email = null, email_normalised = null, phone = null, notes = null,
      tags = '{}', external_id = null
  where c.organization_id = $1 and c.contact_id = $2
)sql"};

const db::Query<db::Nothing(ContactId, Timestamp)> kEraseContact{"customers.erase_contact", R"sql(
  update app.contacts as c
  set email = null, email_normalised = null, phone = null, name = null, country = null, locale = null, erased_at = $3
  where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
)sql"};

// The last time counts: a contact comes back with an older backup.
const db::Query<db::Nothing(ContactId, Timestamp, ActorId, db::Bytes)> kRecordErasure{
    "customers.record_erasure", R"sql(
  insert into app.erasures (organization_id, id, erased_at, erased_by, sealed) values ($1, $2, $3, $4, $5)
  on conflict (organization_id, id) do update
  set erased_at = excluded.erased_at, erased_by = excluded.erased_by, sealed = excluded.sealed, searched_at = null
)sql"};

struct WordRow {
  std::string word;
};
BOOST_DESCRIBE_STRUCT(WordRow, (), (word))
const db::Query<WordRow(ContactId)> kWordsToErase{"customers.words_to_erase", R"sql(
  select w.word
  from app.contacts c
  cross join lateral (values (c.email), (c.phone)) as w(word)
  where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2) and w.word is not null
  union
  select w.word
  from app.partner_customers c
  cross join lateral (values (c.email), (c.phone)) as w(word)
  where c.organization_id = $1 and c.contact_id = $2 and w.word is not null
)sql"};

struct SealedRow {
  std::optional<db::Bytes> sealed;  // of those that are searched still
};
BOOST_DESCRIBE_STRUCT(SealedRow, (), (sealed))
const db::Query<SealedRow(ContactId)> kSealedWords{"customers.words_of_erased", R"sql(
  select e.sealed from app.erasures e where e.organization_id = $1 and e.id = $2
)sql"};
const db::Query<db::Nothing(ContactId, Timestamp)> kEndErasure{"customers.end_erasure", R"sql(
  update app.erasures as e set sealed = null, searched_at = $3 where e.organization_id = $1 and e.id = $2
)sql"};

struct ErasedWords {
  std::vector<Text<1, 300>> words;
};
BOOST_DESCRIBE_STRUCT(ErasedWords, (), (words))

struct Erasure {
  ContactId id;
  Timestamp erased_at;
  ActorId erased_by;
  std::optional<Timestamp> searched_at;  // until then raw events of billing systems may still name the person
};
BOOST_DESCRIBE_STRUCT(Erasure, (), (id, erased_at, erased_by, searched_at))
const db::ListQuery<Erasure()> kListErasures{"customers.list_erasures",
                                             R"sql(
  select e.id, e.erased_at, e.erased_by, e.searched_at
  from app.erasures e
  where e.organization_id = $1
)sql",
                                             "e.id",
                                             {{"erased_at", "e.erased_at", "timestamptz"}}};

/// May be done again, which is what a restored backup needs.
Task<Contact> erase_contact(db::Tx& tx, ContactId id) {
  const auto found = co_await tx.all(kLockContacts, std::vector{id});
  if (found.empty()) throw Problem(kNotFound);
  if (found.front().merged_into)
    throw Problem(kState, "The contact was merged into another: erase that one.");
  ErasedWords words;
  for (const auto& row : co_await tx.all(kWordsToErase, id))
    if (const auto word = Text<1, 300>::parse(row.word)) words.words.push_back(*word);
  const std::string row = id.str();
  const db::Bytes sealed{crypto::installed_envelope().seal(
      {"erasures", "sealed", tx.scope().organization_id, row}, json::print(words))};
  if (const std::string pattern = co_await pattern_of(tx, id); !pattern.empty())
    for (const auto& text : texts()) tx.later(*text.blank, pattern);
  tx.later(kForgetWords, id);
  tx.later(kEraseCustomers, id);
  tx.later(kEraseContact, id, tx.now());
  tx.later(kRecordErasure, id, tx.now(), tx.scope().actor_id, sealed);
  co_await events::emit(tx, ContactErased{id});
  co_return co_await get_contact(tx, id);
}

struct ListErasures {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
};
BOOST_DESCRIBE_STRUCT(ListErasures, (), (cursor, limit))

Task<Page<Erasure>> list_erasures(db::Tx& tx, ListErasures query) {
  return tx.page(kListErasures, "-erased_at", query.cursor, query.limit.value_or(PageLimit{}));
}

}  // namespace

Task<std::optional<std::vector<std::string>>> words_of_erased(db::Tx& tx, ContactId contact) {
  const auto found = co_await tx.maybe(kSealedWords, contact);
  if (!found || !found->sealed) co_return std::nullopt;
  const std::string row = contact.str();
  const auto opened = crypto::installed_envelope().open(
      {"erasures", "sealed", tx.scope().organization_id, row}, found->sealed->value);
  TANDEM_ASSERT(opened, "the words of erasure {} do not open under this master key", row);
  std::vector<std::string> out;
  for (const auto& word : json::parse<ErasedWords>(*opened).words) out.push_back(word.str());
  co_return out;
}

void end_erasure(db::Tx& tx, ContactId contact) { tx.later(kEndErasure, contact, tx.now()); }

void add_personal_section(PersonalSection section) { sections().push_back(std::move(section)); }
void add_personal_text(db::PersonalText text) { texts().push_back(std::move(text)); }
void clear_personal_sections() {
  sections().clear();
  texts().clear();
}

std::string naming_pattern(const std::vector<std::string>& emails, const std::vector<std::string>& phones,
                           const std::vector<std::string>& names) {
  std::string out;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
  };
  const auto literal = [&](char c) { return is_word(c) ? std::string{c} : std::string{'\\', c}; };
  const auto add = [&](const std::string& alternative) { out += (out.empty() ? "" : "|") + alternative; };
  for (const auto& email : emails) {
    std::string one = "(?<![[:alnum:]._%+-])";
    for (const char c : email) one += literal(c);
    add(one + "(?!\\.?[[:alnum:]-])");
  }
  for (const auto& phone : phones) {
    std::string one;
    for (const char c : phone)
      if (c >= '0' && c <= '9') one += (one.empty() ? "" : "[ ./()-]*") + std::string{c};
    if (!one.empty()) add("(?<!\\d)\\+?" + one + "(?!\\d)");
  }
  for (const auto& name : names) {
    std::string one;
    for (const char c : name)
      if (c != ' ')
        one += literal(c);
      else if (!one.empty() && !one.ends_with("\\s+"))
        one += "\\s+";
    if (one.contains("\\s+") && !one.ends_with("\\s+")) add("\\m" + one + "\\M");
  }
  return out;
}

void register_personal_data() {
  add_personal_section({"contact", &kContactData});
  add_personal_section({"partner_customer", &kCustomerData});
}

void declare_personal_data(http::Routes& routes) {
  routes.post("/api/contacts/{contact_id}/merging", merge_contacts)
      .says("Merge a contact that is the same person into this one")
      .explains(
          "What refers to the duplicate refers to this one; the duplicate stays, with its e-mail and phone, as a "
          "name of this one.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.get("/api/contacts/{contact_id}/personal-data", export_contact)
      .says("Export all that is kept about a person")
      .explains("Also what others wrote that has the person's e-mail, phone or full name in it.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_manage)
      .sensitive()
      .as(db::Role::read);
  routes.post("/api/contacts/{contact_id}/erasure", erase_contact)
      .says("Erase a person: what is personal is blanked, ids, ledger and audit stay")
      .explains(
          "In what others wrote the person's e-mails, phones and full names become \"[erased]\". May be repeated, such as after an older backup was restored: see the list of erasures.")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_manage)
      .sensitive()
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.get("/api/erasures", list_erasures)
      .says("List who was erased, to erase them again after an older backup was restored")
      .allow(http::Access::staff)
      .needs(http::Permission::customers_read)
      .as(db::Role::read);
}

}  // namespace tandem::customers
