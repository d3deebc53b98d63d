#include "customers/partner_customers.hpp"

#include <fmt/format.h>

#include "base/search.hpp"
#include "customers/contacts.hpp"
#include "partners/api.hpp"

namespace tandem::customers {

namespace {

inline constexpr ProblemKind kCustomerExists{
    409, "customer_exists", "The partner has a customer with this e-mail, phone or external id"};
constexpr std::size_t kTagsMax = 20;
constexpr std::string_view kLinkJob = "customers.link_customers";

const db::Query<db::Nothing(PartnerCustomerId, PartnerId, std::optional<Text<1, 100>>,
                            std::optional<Text<1, 100>>, std::optional<Email>, std::optional<std::string>,
                            std::optional<Phone>, std::optional<Lines<4000>>, std::vector<Text<1, 40>>,
                            std::optional<Text<1, 120>>)>
    kInsert{"customers.insert_partner_customer", R"sql(
  insert into app.partner_customers (organization_id, id, partner_id, first_name, last_name, email, email_normalised,
    phone, notes, tags, external_id)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9, array(select distinct lower(t.tag) from unnest($10::text[]) as t(tag)), $11
  returning 1
)sql"};

const db::Query<PartnerCustomer(PartnerCustomerId)> kCustomer{"customers.partner_customer", R"sql(
  select c.id, c.partner_id, c.first_name, c.last_name, c.email, c.phone, c.notes, c.tags, c.external_id, c.created_at,
         c.updated_at
  from app.partner_customers c
  where c.organization_id = $1 and c.id = $2
)sql"};

const db::Query<http::RowVersion(PartnerCustomerId)> kVersion{"customers.partner_customer_version", R"sql(
  select c.updated_at from app.partner_customers c where c.organization_id = $1 and c.id = $2 for no key update
)sql"};

const db::Query<db::Nothing(PartnerCustomerId, std::vector<std::string>, std::optional<Text<1, 100>>,
                            std::optional<Text<1, 100>>, std::optional<Email>, std::optional<std::string>,
                            std::optional<Phone>, std::optional<Lines<4000>>,
                            std::optional<std::vector<Text<1, 40>>>, std::optional<Text<1, 120>>)>
    kUpdate{"customers.update_partner_customer", R"sql(
  update app.partner_customers as c
  set first_name = case when 'first_name' = any ($3) then $4 else c.first_name end,
      last_name = case when 'last_name' = any ($3) then $5 else c.last_name end,
      email = case when 'email' = any ($3) then $6 else c.email end,
      email_normalised = case when 'email' = any ($3) then $7 else c.email_normalised end,
      phone = case when 'phone' = any ($3) then $8 else c.phone end,
      notes = case when 'notes' = any ($3) then $9 else c.notes end,
      tags = case when $10::text[] is null then c.tags
                  else array(select distinct lower(t.tag) from unnest($10::text[]) as t(tag)) end,
      external_id = case when 'external_id' = any ($3) then $11 else c.external_id end
  where c.organization_id = $1 and c.id = $2
)sql"};

const db::Query<db::Nothing(PartnerCustomerId)> kDelete{"customers.delete_partner_customer", R"sql(
  delete from app.partner_customers as c where c.organization_id = $1 and c.id = $2
)sql"};

const db::Query<db::Nothing(PartnerCustomerId)> kForgetWords{"customers.delete_customer_words", R"sql(
  delete from app.person_words as w where w.organization_id = $1 and w.person_id = $2
)sql"};

const db::Query<db::Nothing(PartnerCustomerId)> kInsertWords{"customers.insert_customer_words", R"sql(
  insert into app.person_words (organization_id, person_id, partner_id, word)
  select $1, c.id, c.partner_id, left(w.word, 64)
  from (
    select id, partner_id, tags,
           lower(concat_ws(' ', first_name, last_name, email, phone, external_id)) as text
    from app.partner_customers
    where organization_id = $1 and id = $2) c
  cross join lateral (
    select s.word from regexp_split_to_table(c.text, '\s+') as s(word)
    union
    select s.word from regexp_split_to_table(c.text, '[^[:alnum:]]+') as s(word)
    union
    select '#' || t.tag from unnest(c.tags) as t(tag)) w
  where w.word <> ''
  on conflict do nothing
)sql"};

const db::ListQuery<PartnerCustomer(std::optional<PartnerId>)> kList{
    "customers.list_partner_customers",
    R"sql(
  select c.id, c.partner_id, c.first_name, c.last_name, c.email, c.phone, c.notes, c.tags, c.external_id, c.created_at,
         c.updated_at
  from app.partner_customers c
  where c.organization_id = $1 and ($2::uuid is null or c.partner_id = $2)
)sql",
    "c.id",
    {{"created_at", "c.created_at", "timestamptz"}}};

// Found by the beginning of a word ($3), or by a whole one, which a tag is ($4); the others narrow it down.
const db::ListQuery<PartnerCustomer(std::optional<PartnerId>, std::optional<std::string>,
                                    std::optional<std::string>, std::vector<std::string>)>
    kSearch{"customers.search_partner_customers",
            R"sql(
  select c.id, c.partner_id, c.first_name, c.last_name, c.email, c.phone, c.notes, c.tags, c.external_id, c.created_at,
         c.updated_at
  from (
    select w.person_id from app.person_words w
    where w.organization_id = $1 and w.partner_id is not null and ($2::uuid is null or w.partner_id = $2)
      and w.word >= lower($3) and w.word < lower($3) || chr(1114111)
    union
    select w.person_id from app.person_words w
    where w.organization_id = $1 and w.partner_id is not null and ($2::uuid is null or w.partner_id = $2)
      and w.word = lower($4)) f
  join app.partner_customers c on c.organization_id = $1 and c.id = f.person_id
  where c.organization_id = $1
    and not exists (
      select 1 from unnest($5::text[]) as u(prefix)
      where not exists (
        select 1 from app.person_words w
        where w.organization_id = $1 and w.person_id = c.id and w.word >= lower(u.prefix)
          and w.word < lower(u.prefix) || chr(1114111)))
)sql",
            "c.id",
            {{"created_at", "c.created_at", "timestamptz"}}};

void check_tags(const std::optional<std::vector<Text<1, 40>>>& tags) {
  if (tags && tags->size() > kTagsMax)
    throw invalid_field("/tags", "out_of_range", fmt::format("at most {} tags", kTagsMax));
}

std::optional<std::string> normalised(const std::optional<Email>& email) {
  return email ? std::optional{email->normalised()} : std::nullopt;
}

void link_later(db::Tx& tx, PartnerCustomerId id) {
  jobs::enqueue(tx, kLinkJob, fmt::format(R"({{"partner_customer_id":"{}"}})", id.str()));
}

Task<PartnerCustomer> get_customer(db::Tx& tx, PartnerCustomerId id) {
  auto found = co_await tx.maybe(kCustomer, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<PartnerCustomer> create_customer(db::Tx& tx, PartnerId partner_id, CreatePartnerCustomer request) {
  if (!co_await partners::state_of(tx, partner_id)) throw Problem(kNotFound);
  if (!request.email && !request.phone) throw invalid_field("/email", "required", "an e-mail or a phone");
  check_tags(request.tags);
  const auto id = tx.new_id<PartnerCustomerId>();
  tx.later(kInsert, id, partner_id, request.first_name, request.last_name, request.email,
           normalised(request.email), request.phone, request.notes,
           request.tags.value_or(std::vector<Text<1, 40>>{}), request.external_id);
  tx.later(kInsertWords, id);
  link_later(tx, id);
  co_return co_await get_customer(tx, id);
}

Task<Page<PartnerCustomer>> list_customers(db::Tx& tx, ListPartnerCustomers query) {
  const auto sort = query.sort ? query.sort->str() : "";
  const auto limit = query.limit.value_or(PageLimit{});
  const auto partner_id = query.partner_id ? query.partner_id : tx.scope().partner_id;
  SearchPrefixes words(query.q ? query.q->str() : "");
  if (!words.longest && !query.tag) co_return co_await tx.page(kList, sort, query.cursor, limit, partner_id);
  const auto tag = query.tag ? std::optional{"#" + query.tag->str()} : std::nullopt;
  if (tag && words.longest) {
    words.others.push_back(*words.longest);
    words.longest.reset();
  }
  co_return co_await tx.page(kSearch, sort, query.cursor, limit, partner_id, words.longest, tag,
                             words.others);
}

Task<PartnerCustomer> update_customer(db::Tx& tx, PartnerCustomerId id, UpdatePartnerCustomer change) {
  check_tags(change.tags);
  const PartnerCustomer before = co_await get_customer(tx, id);
  const bool has_email =
      change.email.is_given() ? change.email.value().has_value() : before.email.has_value();
  const bool has_phone =
      change.phone.is_given() ? change.phone.value().has_value() : before.phone.has_value();
  if (!has_email && !has_phone) throw invalid_field("/email", "required", "an e-mail or a phone stays");
  tx.later(kUpdate, id, json::given(change), change.first_name.value(), change.last_name.value(),
           change.email.value(), normalised(change.email.value()), change.phone.value(), change.notes.value(),
           change.tags, change.external_id.value());
  tx.later(kForgetWords, id);
  tx.later(kInsertWords, id);
  if (change.email.is_given() || change.phone.is_given()) link_later(tx, id);
  co_return co_await get_customer(tx, id);
}

Task<http::NoContent> delete_customer(db::Tx& tx, PartnerCustomerId id) {
  tx.later(kForgetWords, id);
  if (co_await tx.exec(kDelete, id) == 0) throw Problem(kNotFound);
  co_return http::NoContent{};
}

// ------------------------------------------------------------------ the person behind a customer

struct LinkPayload {
  PartnerCustomerId partner_customer_id;
};
BOOST_DESCRIBE_STRUCT(LinkPayload, (), (partner_customer_id))

struct ContactRow {
  ContactId id;
};
BOOST_DESCRIBE_STRUCT(ContactRow, (), (id))
const db::Query<ContactRow(std::optional<std::string>, std::optional<Phone>)> kContactFor{
    "customers.contact_for",
    R"sql(
  select coalesce(c.merged_into, c.id) as id
  from app.contacts c
  where c.organization_id = $1 and (c.email_normalised = $2 or c.phone = $3)
  order by c.email_normalised = $2 desc nulls last, c.id
  limit 1
)sql"};

const db::Query<db::Nothing(PartnerCustomerId, ContactId)> kSetContact{"customers.set_contact", R"sql(
  update app.partner_customers as c set contact_id = $3 where c.organization_id = $1 and c.id = $2
)sql"};

Task<> link_customers(db::Tx& tx, std::span<const jobs::Job> batch) {
  for (const auto& job : batch) {
    const auto id = json::parse<LinkPayload>(job.payload).partner_customer_id;
    const auto customer = co_await tx.maybe(kCustomer, id);
    if (!customer || (!customer->email && !customer->phone)) continue;  // deleted or erased meanwhile
    const auto known = co_await tx.maybe(kContactFor, normalised(customer->email), customer->phone);
    // The names that a partner uses stay with it: the organization learns the address only.
    const ContactId contact = known ? known->id
                                    : (co_await create_contact(tx, {.email = customer->email,
                                                                    .phone = customer->phone,
                                                                    .name = std::nullopt,
                                                                    .country = std::nullopt,
                                                                    .locale = std::nullopt}))
                                          .id;
    tx.later(kSetContact, id, contact);
  }
}

}  // namespace

jobs::Kind link_customers_job() {
  jobs::Kind kind;
  kind.name = kLinkJob;
  kind.batch_max = 50;
  kind.run = link_customers;
  return kind;
}

void declare_partner_customers(http::Routes& routes) {
  routes.tag("customers");
  for (const auto* constraint :
       {"partner_customers_email", "partner_customers_phone", "partner_customers_external_id"})
    routes.map_constraint(constraint, kCustomerExists);
  const auto partner = [](http::Route& route, std::string summary, db::Role role) -> http::Route& {
    return route.says(std::move(summary))
        .allow(http::Access::partner)
        .needs(role == db::Role::read ? http::Permission::customers_read : http::Permission::customers_manage)
        .as(role);
  };
  constexpr std::string_view kOne = "/api/partner-customers/{partner_customer_id}";
  partner(routes.post("/api/partners/{partner_id}/customers", create_customer),
          "Create a customer of a partner", db::Role::write)
      .refuses({&kCustomerExists});
  partner(routes.get("/api/partner-customers", list_customers), "List customers of partners; a partner's own",
          db::Role::read)
      .explains(
          "`q` finds as you type: each word is the beginning of a word of the names, the e-mail or the phone.");
  partner(routes.get(std::string(kOne), get_customer), "Get a customer of a partner", db::Role::read);
  partner(routes.patch(std::string(kOne), update_customer), "Change a customer of a partner", db::Role::write)
      .explains("What is absent stays as it is, null clears; an e-mail or a phone stays.")
      .versioned(kVersion)
      .refuses({&kCustomerExists});
  partner(routes.del(std::string(kOne), delete_customer), "Delete a customer of a partner", db::Role::write);
}

}  // namespace tandem::customers
