// Applying stored events: a batch of one organization in one transaction with all its effects. What must wait
// (an event before its lead, a refund before its payment) is put off and comes again; what cannot be read is
// parked with a reason.
#include <algorithm>
#include <map>
#include <set>

#include "attribution/chartmogul_poll.hpp"
#include "attribution/inbound.hpp"
#include "attribution/leads.hpp"
#include "attribution/resolve.hpp"
#include "jobs/worker.hpp"

namespace tandem::attribution {
namespace {

struct EventRow {
  InboundEventId id;
  std::string provider;
  db::Bytes raw;
};
BOOST_DESCRIBE_STRUCT(EventRow, (), (id, provider, raw))
const db::Query<EventRow(std::vector<InboundEventId>)> kEvents{"attribution.inbound_events_to_apply", R"sql(
  select id, provider, raw
  from app.inbound_events
  where organization_id = $1 and id = any($2) and state <> 'processed' and state <> 'parked'
)sql"};

using Texts = std::vector<std::string>;
using OptionalTexts = std::vector<std::optional<std::string>>;
const db::Query<db::Nothing(std::vector<InboundEventId>, Texts, OptionalTexts, std::optional<Timestamp>)>
    kSettle{"attribution.settle_inbound_events", R"sql(
  update app.inbound_events
  set state = (($3::text[])[array_position($2::uuid[], id)]),
      error = (($4::text[])[array_position($2::uuid[], id)]),
      attempts = attempts + 1, processed_at = $5
  where organization_id = $1 and id = any($2)
)sql"};
struct ConversionRow {
  ConversionId id;
};
BOOST_DESCRIBE_STRUCT(ConversionRow, (), (id))
const db::Query<ConversionRow(std::string, std::string, std::string)> kJoinReferences{
    "attribution.join_conversion_references", R"sql(
  with named as (
    select c.id
    from app.conversions c
    where c.organization_id = $1 and c.source = $2 and c.external_id = $3),
  joined as (
    insert into app.conversion_references (organization_id, provider, reference, conversion_id)
    select $1, $2, $4, n.id
    from named n
    on conflict do nothing
    returning conversion_id)
  select n.id
  from named n
)sql"};

/// How long an event may wait for what it needs: about four days by the steps below, then it is parked.
constexpr int kWaitsMax = 40;

std::chrono::seconds wait_before(int attempt) {
  using namespace std::chrono_literals;
  if (attempt <= 5) return 2s * attempt;
  if (attempt <= 15) return 60s * (attempt - 5);
  return 4h;
}

struct Item {
  const jobs::Job* job = nullptr;
  InboundEventId id;
  std::string provider;
  Actions actions;
  std::string state = "processed";
  std::optional<std::string> error;  // of parked events, or why nothing was done
  std::string waits_for;             // not empty: put off
};

Provider provider_of(const std::string& stored) {
  return json::enum_from<Provider>(std::string_view(stored).substr(0, stored.find(':')))
      .value_or(Provider::generic);
}

/// Reads the raw events; malformed ones are parked.
std::vector<Item> read(std::span<const jobs::Job> batch, const std::vector<EventRow>& rows) {
  std::map<InboundEventId, const EventRow*> by_id;
  for (const auto& row : rows) by_id[row.id] = &row;
  std::vector<Item> items;
  for (const auto& job : batch) {
    const InboundEventId id{job.id.uuid()};
    const auto row = by_id.find(id);
    if (row == by_id.end()) continue;  // applied already
    Item& item = items.emplace_back();
    item.job = &job;
    item.id = id;
    item.provider = row->second->provider;
    auto actions = adapter_of(provider_of(row->second->provider)).read(row->second->raw.value);
    if (actions) {
      item.actions = *std::move(actions);
    } else {
      item.state = "parked";
      item.error = actions.error().reason;
    }
  }
  return items;
}

template <class T>
struct Found {
  std::vector<T> facts;
  std::vector<Item*> items;
};
template <class T>
Found<T> actions_of(std::vector<Item>& items) {
  Found<T> out;
  for (auto& item : items)
    for (auto& action : item.actions)
      if (auto* found = std::get_if<T>(&action)) {
        out.facts.push_back(*found);
        out.items.push_back(&item);
      }
  return out;
}

void note(Item& item, Outcome outcome) {
  switch (outcome) {
    case Outcome::recorded:
    case Outcome::known:
    case Outcome::nothing_left: break;
    case Outcome::known_differently:
      item.state = "parked";
      item.error = "what it names is recorded with another amount, currency or time";
      break;
    case Outcome::no_lead: item.waits_for = "no lead matches it yet"; break;
    case Outcome::no_conversion: item.waits_for = "the payment it names is not known yet"; break;
    case Outcome::currency_differs:
      item.state = "parked";
      item.error = "its currency is not that of the payment it names";
      break;
  }
}

Task<> apply_aliases(db::Tx& tx, std::vector<Item>& items) {
  const auto aliases = actions_of<LeadAlias>(items);
  if (aliases.facts.empty()) co_return;
  std::vector<const AttributionHint*> hints;
  Texts sources;
  for (const auto& alias : aliases.facts) {
    hints.push_back(&alias.who);
    sources.push_back(alias.provider);
  }
  const auto who = co_await resolve(tx, std::move(hints), std::move(sources));
  for (std::size_t i = 0; i < who.size(); ++i) {
    if (who[i].lead_id)
      add_lead_alias(tx, aliases.facts[i].provider, aliases.facts[i].external_id, *who[i].lead_id);
    else
      aliases.items[i]->waits_for = "no lead matches it yet";
  }
}

/// Who asked for it is in the event's provider: "chartmogul:<endpoint id>".
Task<> request_polls(db::Tx& tx, std::vector<Item>& items) {
  std::set<EndpointId> endpoints;
  for (const auto& item : items)
    if (std::ranges::any_of(item.actions,
                            [](const Action& a) { return std::holds_alternative<PollSource>(a); }))
      if (const auto id =
              EndpointId::parse(std::string_view(item.provider).substr(item.provider.find(':') + 1)))
        endpoints.insert(*id);
  for (const auto& id : endpoints) co_await request_poll(tx, id);
  if (!endpoints.empty()) jobs::Worker::hint_all();
}

Task<> apply_all(db::Tx& tx, std::vector<Item>& items) {
  co_await apply_aliases(tx, items);
  co_await request_polls(tx, items);
  if (auto conversions = actions_of<ConversionFacts>(items); !conversions.facts.empty()) {
    const auto outcomes = co_await record_conversions(tx, std::move(conversions.facts));
    for (std::size_t i = 0; i < outcomes.size(); ++i) note(*conversions.items[i], outcomes[i].outcome);
  }
  const auto links = actions_of<ReferenceLink>(items);
  for (std::size_t i = 0; i < links.facts.size(); ++i) {
    const ReferenceLink& link = links.facts[i];
    if (!co_await tx.maybe(kJoinReferences, link.provider, link.known, link.also))
      note(*links.items[i], Outcome::no_conversion);
  }
  if (auto reversals = actions_of<ReversalFacts>(items); !reversals.facts.empty()) {
    const auto outcomes = co_await record_reversals(tx, std::move(reversals.facts));
    for (std::size_t i = 0; i < outcomes.size(); ++i) note(*reversals.items[i], outcomes[i].outcome);
  }
  const auto disputes = actions_of<DisputeFacts>(items);
  for (std::size_t i = 0; i < disputes.facts.size(); ++i) {
    const Recorded recorded = co_await record_dispute(tx, disputes.facts[i]);
    note(*disputes.items[i], recorded.outcome);
  }
}

/// Writes what became of each event and puts off the jobs of those that wait.
void settle(db::Tx& tx, std::vector<Item>& items) {
  std::vector<InboundEventId> ids;
  Texts states;
  OptionalTexts errors;
  for (auto& item : items) {
    if (!item.waits_for.empty() && item.job->attempts < kWaitsMax) {
      jobs::postpone(tx, *item.job, wait_before(item.job->attempts), item.waits_for);
      item.state = "received";
      item.error = item.waits_for;
    } else if (!item.waits_for.empty()) {
      item.state = "parked";
      item.error = item.waits_for;
    }
    for (const auto& action : item.actions)
      if (const auto* ignored = std::get_if<Ignore>(&action); ignored && !item.error)
        item.error = ignored->reason;
    ids.push_back(item.id);
    states.push_back(item.state);
    errors.push_back(item.error);
  }
  if (!ids.empty()) tx.later(kSettle, ids, states, errors, tx.now());
}

Task<> run(db::Tx& tx, std::span<const jobs::Job> batch) {
  std::vector<InboundEventId> ids;
  for (const auto& job : batch) ids.emplace_back(job.id.uuid());
  auto items = read(batch, co_await tx.all(kEvents, ids));
  co_await apply_all(tx, items);
  settle(tx, items);
}

}  // namespace

jobs::Kind apply_inbound_job() {
  return {.name = "attribution.apply_inbound",
          .runs_as = db::Role::money,
          .batch_max = 256,
          .attempts_max = kWaitsMax + 10,  // each wait is an attempt
          .run = run};
}

}  // namespace tandem::attribution
