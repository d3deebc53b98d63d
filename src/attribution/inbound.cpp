// Receiving: POST /api/inbound/{address}. The event is verified over its raw bytes, stored with a job in one
// statement shared with the others that arrive meanwhile, committed, and only then answered.
#include "attribution/inbound.hpp"

#include <set>
#include <unordered_map>

#include "attribution/inbound_endpoints.hpp"
#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "db/collector.hpp"
#include "jobs/worker.hpp"

namespace tandem::attribution {
namespace {

using http::Access;
using http::Permission;
using http::Role;

inline constexpr ProblemKind kUnknownEndpoint{404, "not_found", "There is no such resource"};
inline constexpr ProblemKind kBadSignature{400, "bad_signature", "The signature does not hold"};

struct StoredEvent {
  OrganizationId organization_id;
  InboundEventId id;
  std::string provider;  // of the endpoint: "generic:<endpoint id>" keeps two endpoints' event ids apart
  std::string event_id;
  db::Bytes body_hash, raw;
};
/// Whether the event is new, the same again, or another body under a known id.
enum class Reception { stored, again, differs };

struct InsertedRow {
  OrganizationId organization_id;
  InboundEventId id;
};
BOOST_DESCRIBE_STRUCT(InsertedRow, (), (organization_id, id))
using Texts = std::vector<std::string>;
// The job has the event's id: one event, one job.
const db::ServiceQuery<InsertedRow(std::vector<OrganizationId>, std::vector<InboundEventId>, Texts, Texts,
                                   std::vector<db::Bytes>, std::vector<db::Bytes>)>
    kInsertEvents{"attribution.insert_inbound_events", R"sql(
  with stored as (
    insert into app.inbound_events (organization_id, id, provider, event_id, body_hash, raw)
    select u.organization_id, u.id, u.provider, u.event_id, u.body_hash, u.raw
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])
      as u(organization_id, id, provider, event_id, body_hash, raw)
    on conflict (organization_id, provider, event_id) do nothing
    returning organization_id, id),
  queued as (
    -- table: jobs: an event and its job are one statement, so that neither is without the other
    insert into app.jobs (organization_id, id, kind, runs_as, payload)
    select s.organization_id, s.id, 'attribution.apply_inbound', 'app_money', '{}'::jsonb
    from stored s
    on conflict do nothing
    returning organization_id, id)
  select s.organization_id, s.id
  from stored s
)sql"};

struct HashRow {
  db::Bytes body_hash;
};
BOOST_DESCRIBE_STRUCT(HashRow, (), (body_hash))
const db::ServiceQuery<HashRow(OrganizationId, std::string, std::string)> kBodyHash{
    "attribution.body_hash_of_inbound_event", R"sql(
  select body_hash
  from app.inbound_events
  where organization_id = $1 and provider = $2 and event_id = $3
)sql"};
// The same id with another body: kept for a person, never applied.
const db::ServiceQuery<InsertedRow(OrganizationId, InboundEventId, std::string, std::string, db::Bytes,
                                   db::Bytes)>
    kInsertParked{"attribution.insert_parked_inbound_event", R"sql(
  insert into app.inbound_events (organization_id, id, provider, event_id, body_hash, raw, state, error)
  values ($1, $2, $3, $4, $5, $6, 'parked', 'this event id was received before with another body')
  on conflict (organization_id, provider, event_id) do nothing
  returning organization_id, id
)sql"};

Task<Reception> judge_repeat(db::Connection& connection, const StoredEvent& event) {
  const auto known =
      co_await db::service_all(connection, kBodyHash, event.organization_id, event.provider, event.event_id);
  if (known.empty() || known.front().body_hash == event.body_hash) co_return Reception::again;
  const std::string other = std::string(head_of(event.event_id, 200)) + "#" + event.id.str();
  co_await db::service_all(connection, kInsertParked, event.organization_id, event.id, event.provider, other,
                           event.body_hash, event.raw);
  co_return Reception::differs;
}

Task<std::vector<Reception>> write_events(db::Pool& pool, const std::vector<StoredEvent>& events) {
  std::vector<OrganizationId> organization_id;
  std::vector<InboundEventId> id;
  Texts provider, event_id;
  std::vector<db::Bytes> body_hash, raw;
  for (const auto& event : events) {
    organization_id.push_back(event.organization_id);
    id.push_back(event.id);
    provider.push_back(event.provider);
    event_id.push_back(event.event_id);
    body_hash.push_back(event.body_hash);
    raw.push_back(event.raw);
  }
  auto lease = co_await pool.acquire(Role::service);
  std::set<InboundEventId> stored;
  for (const auto& row : co_await db::service_all(*lease, kInsertEvents, organization_id, id, provider,
                                                  event_id, body_hash, raw))
    stored.insert(row.id);
  std::vector<Reception> out;
  for (const auto& event : events)
    out.push_back(stored.contains(event.id) ? Reception::stored : co_await judge_repeat(*lease, event));
  if (!stored.empty()) jobs::Worker::hint_all();
  co_return out;
}

using EventCollector = db::Collector<StoredEvent, Reception>;
EventCollector& collector_of(db::Pool& pool) {
  return pool.local<EventCollector>([&pool] {
    return std::make_shared<EventCollector>(
        pool.executor(),
        [&pool](const std::vector<StoredEvent>& events) { return write_events(pool, events); },
        db::CollectorLimits{.batch_max = 512, .waiting_max = 10'000});
  });
}

struct Received {
  bool received = true;
  bool duplicate = false;
};
BOOST_DESCRIBE_STRUCT(Received, (), (received, duplicate))

Task<Received> receive(http::Context context, Code address) {
  const auto endpoint = co_await live_endpoint(context.pool, address.str());
  if (!endpoint) throw Problem(kUnknownEndpoint);
  const Delivery delivery{context.request.headers, context.request.body, Clock::now()};
  const auto verified = adapter_of(endpoint->provider).verify(delivery, endpoint->secrets);
  if (!verified) throw Problem(kBadSignature);
  StoredEvent event{.organization_id = endpoint->organization_id,
                    .id = InboundEventId{new_uuid()},
                    .provider = std::string(json::enum_name(endpoint->provider)) + ":" + endpoint->id.str(),
                    .event_id = verified->event_id,
                    .body_hash = {crypto::sha256(context.request.body)},
                    .raw = {context.request.body}};
  const Reception reception = co_await collector_of(context.pool).submit(std::move(event));
  co_return Received{true, reception != Reception::stored};
}

struct InboundEvent {
  InboundEventId id;
  std::string provider;
  std::string event_id;
  std::string state;
  std::int32_t attempts = 0;
  std::optional<std::string> error;
  Timestamp received_at;
  std::optional<Timestamp> processed_at;
};
BOOST_DESCRIBE_STRUCT(InboundEvent, (),
                      (id, provider, event_id, state, attempts, error, received_at, processed_at))
enum class InboundEventState : int { received, processed, failed, parked };
BOOST_DESCRIBE_ENUM(InboundEventState, received, processed, failed, parked)
struct ListInboundEvents {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<InboundEventState> state;
  std::optional<Timestamp> from, to;  // received_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListInboundEvents, (), (cursor, limit, sort, state, from, to))
const db::ListQuery<InboundEvent(std::optional<InboundEventState>, std::optional<Timestamp>,
                                 std::optional<Timestamp>)>
    kListEvents{"attribution.list_inbound_events",
                R"sql(
  select e.id, e.provider, e.event_id, e.state, e.attempts, e.error, e.received_at, e.processed_at
  from app.inbound_events e
  where e.organization_id = $1
    and ($2::text is null or e.state = $2)
    and ($3::timestamptz is null or e.received_at >= $3)
    and ($4::timestamptz is null or e.received_at < $4))sql",
                "e.id",
                {{"id", "e.id", "uuid"}, {"received_at", "e.received_at", "timestamptz"}}};

Task<Page<InboundEvent>> list_inbound_events(db::Tx& tx, ListInboundEvents query) {
  // A span of time is found by the index on it, which then gives the order, too.
  const char* usual = query.from || query.to ? "-received_at" : "-id";
  co_return co_await tx.page(kListEvents, query.sort ? query.sort->str() : usual, query.cursor,
                             query.limit.value_or(PageLimit{}), query.state, query.from, query.to);
}

}  // namespace

const ProviderAdapter& adapter_of(Provider provider) {
  switch (provider) {
    case Provider::generic: return generic_adapter();
    case Provider::stripe: return stripe_adapter();
    case Provider::chartmogul: return chartmogul_adapter();
  }
  return generic_adapter();
}

void declare_inbound(http::Routes& routes) {
  routes.tag("Inbound events");
  routes.post("/api/inbound/{address}", receive)
      .says("Receive a signed billing event")
      .explains(
          "Verified over the raw body, stored, committed, answered, then applied. A repeat answers 200 and has no "
          "effect.")
      .allow(Access::open)
      .answers(200)
      .repeats(http::Repeat::content)
      .body_up_to(256 * 1024)
      .refuses({&kUnknownEndpoint, &kBadSignature});
  routes.get("/api/inbound-events", list_inbound_events)
      .says("List inbound events")
      .allow(Access::staff)
      .needs(Permission::integrations_read)
      .as(Role::read);
}

}  // namespace tandem::attribution
