// What billing systems told of a person who was erased: the raw events that hold a word of them are blanked.
// There is no index over what others sent, so a job reads all of it, some thousand events a transaction. Ids,
// hashes and what was made of the events stay.
#include "attribution/inbound.hpp"
#include "customers/api.hpp"
#include "jobs/job.hpp"
#include "log/log.hpp"

namespace tandem::attribution {

namespace {

using customers::ContactId;

constexpr std::string_view kKind = "attribution.erase_inbound";
constexpr std::int32_t kAtOnce = 2000;
constexpr std::chrono::minutes kOpenWait{1};

struct Payload {
  ContactId contact_id;
  std::optional<InboundEventId> after;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (contact_id, after))

struct LeadNames {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(LeadNames, (), (name))
// What billing systems call the person; short numbers are left out, which would fit everybody's.
const db::Query<LeadNames(ContactId)> kLeadNames{"attribution.names_of_erased_lead", R"sql(
  select n.name
  from app.leads l
  cross join lateral (
    select l.external_id as name
    union all
    select a.external_id from app.lead_aliases a where a.organization_id = $1 and a.lead_id = l.id) n
  where l.organization_id = $1 and length(n.name) >= 8 and l.contact_id in (
    select c.id from app.contacts c where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2))
)sql"};

struct SearchedEvent {
  InboundEventId id;
  bool is_open = false;  // still to be applied, which its bytes are needed for
  bool holds_word = false;
};
BOOST_DESCRIBE_STRUCT(SearchedEvent, (), (id, is_open, holds_word))
// Bytes are compared as text with what is no ASCII escaped, in lower case on both sides.
const db::Query<SearchedEvent(std::optional<InboundEventId>, std::vector<std::string>, std::int32_t)> kSearch{
    "attribution.search_inbound_events", R"sql(
  select e.id, e.state in ('received', 'failed') as is_open, exists (
      select 1 from unnest($3::text[]) as w(word)
      where strpos(lower(encode(e.raw, 'escape')), lower(encode(convert_to(w.word, 'UTF8'), 'escape'))) > 0)
    as holds_word
  from app.inbound_events e
  where e.organization_id = $1 and ($2::uuid is null or e.id > $2)
  order by e.id limit $4::int4
)sql"};

const db::Query<db::Nothing(std::vector<InboundEventId>)> kBlank{"attribution.blank_inbound_events", R"sql(
  update app.inbound_events as e set raw = '\x', headers = '{}'
  where e.organization_id = $1 and e.id = any ($2) and e.state in ('processed', 'parked')
)sql"};

Task<> search(db::Tx& tx, const jobs::Job& job) {
  const auto payload = json::parse<Payload>(job.payload);
  auto words = co_await customers::words_of_erased(tx, payload.contact_id);
  if (!words) co_return;  // searched already
  if (!payload.after)
    log::info("contact.erased",
              {{"organization", tx.scope().organization_id}, {"contact", payload.contact_id}});
  for (auto& lead : co_await tx.all(kLeadNames, payload.contact_id)) words->push_back(std::move(lead.name));
  if (words->empty()) {
    customers::end_erasure(tx, payload.contact_id);
    co_return;
  }
  const auto events = co_await tx.all(kSearch, payload.after, *words, kAtOnce);
  std::vector<InboundEventId> found;
  bool is_any_open = false;
  for (const auto& event : events) {
    if (!event.holds_word) continue;
    if (event.is_open)
      is_any_open = true;
    else
      found.push_back(event.id);
  }
  tx.later(kBlank, found);
  if (is_any_open)
    jobs::postpone(tx, job, kOpenWait, "events_to_apply");
  else if (events.empty())
    customers::end_erasure(tx, payload.contact_id);
  else
    jobs::enqueue(tx, kKind, json::print(Payload{payload.contact_id, events.back().id}));
}

Task<> run(db::Tx& tx, std::span<const jobs::Job> batch) {
  for (const auto& job : batch) co_await search(tx, job);
}

}  // namespace

void erase_inbound_later(db::Tx& tx, ContactId contact) {
  jobs::enqueue(tx, kKind, json::print(Payload{contact, std::nullopt}));
}

jobs::Kind erase_inbound_job() {
  // An event of a provider that is away waits for days; so does this.
  return {.name = std::string(kKind), .runs_as = db::Role::write, .attempts_max = 10'000, .run = run};
}

}  // namespace tandem::attribution
