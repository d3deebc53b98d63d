#include "attribution/chartmogul_store.hpp"

#include <map>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "jobs/job.hpp"

namespace tandem::attribution {
namespace {

using Texts = std::vector<std::string>;

struct KnownRow {
  std::string event_id;
  db::Bytes body_hash;
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (event_id, body_hash))
const db::Query<KnownRow(std::string, Texts)> kKnownEvents{"attribution.known_inbound_events", R"sql(
  select e.event_id, e.body_hash
  from app.inbound_events e
  where e.organization_id = $1 and e.provider = $2 and e.event_id = any($3)
)sql"};

struct CustomerRow {
  std::string customer;
};
BOOST_DESCRIBE_STRUCT(CustomerRow, (), (customer))
const db::Query<CustomerRow(Texts)> kKnownCustomers{"attribution.customers_known_to_leads", R"sql(
  select l.external_id as customer
  from app.leads l
  where l.organization_id = $1 and l.external_id = any($2)
  union
  select a.external_id as customer
  from app.lead_aliases a
  where a.organization_id = $1 and a.provider = 'chartmogul' and a.external_id = any($2)
)sql"};

struct InsertedRow {
  InboundEventId id;
};
BOOST_DESCRIBE_STRUCT(InsertedRow, (), (id))
const db::Query<InsertedRow(std::string, std::vector<InboundEventId>, Texts, std::vector<db::Bytes>,
                            std::vector<db::Bytes>)>
    kInsertFresh{"attribution.insert_polled_events", R"sql(
  insert into app.inbound_events (organization_id, id, provider, event_id, body_hash, raw)
  select $1, u.id, $2, u.event_id, u.body_hash, u.raw
  from unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[]) as u(id, event_id, body_hash, raw)
  on conflict (organization_id, provider, event_id) do nothing
  returning id
)sql"};
const db::Query<InsertedRow(std::string, std::vector<InboundEventId>, Texts, std::vector<db::Bytes>,
                            std::vector<db::Bytes>)>
    kInsertChanged{"attribution.insert_changed_events", R"sql(
  insert into app.inbound_events (organization_id, id, provider, event_id, body_hash, raw, state, error)
  select $1, u.id, $2, u.event_id, u.body_hash, u.raw, 'parked',
    'this transaction was stored before with other facts'
  from unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[]) as u(id, event_id, body_hash, raw)
  on conflict (organization_id, provider, event_id) do nothing
  returning id
)sql"};

/// Of the money only: a customer who is renamed or merged changes nothing that was booked.
std::string hash_of(const ChartMogulRecord& record) {
  return crypto::sha256(fmt::format("{} {} {} {} {} {}", json::enum_name(record.action), record.transaction,
                                    record.currency, record.amount, record.tax, record.reason.value_or("")));
}

struct Columns {
  std::vector<InboundEventId> id;
  Texts event_id;
  std::vector<db::Bytes> body_hash, raw;
};
Columns columns_of(db::Tx& tx, const std::vector<ChartMogulTransaction>& transactions) {
  Columns out;
  for (const auto& transaction : transactions) {
    out.id.push_back(tx.new_id<InboundEventId>());
    out.event_id.push_back(transaction.event_id);
    out.body_hash.push_back({hash_of(transaction.record)});
    out.raw.push_back({json::print(transaction.record)});
  }
  return out;
}

}  // namespace

Task<ChartMogulFound> find_fresh(db::Tx& tx, std::string provider,
                                 std::vector<ChartMogulTransaction> transactions) {
  Texts names, customers;
  for (const auto& transaction : transactions) {
    names.push_back(transaction.event_id);
    if (transaction.after) names.push_back(*transaction.after);
    for (const auto& customer : {transaction.record.customer, transaction.record.customer_external_id})
      if (customer) customers.push_back(*customer);
  }
  const auto [events, known_customers] =
      co_await tx.together(db::call(kKnownEvents, provider, names), db::call(kKnownCustomers, customers));
  std::map<std::string, std::string> known;
  for (const auto& row : events) known.emplace(row.event_id, row.body_hash.value);
  ChartMogulFound out;
  for (const auto& row : known_customers) out.known_customers.insert(row.customer);
  for (auto& transaction : transactions) {
    if (transaction.after && !known.contains(*transaction.after)) continue;
    const std::string hash = hash_of(transaction.record);
    const auto before = known.find(transaction.event_id);
    if (before == known.end()) {
      known.emplace(transaction.event_id, hash);  // a page may name one transaction twice
      out.fresh.push_back(std::move(transaction));
    } else if (before->second != hash) {
      // The same name for the same change: it is told once, however often it is seen.
      transaction.event_id += "#" + to_hex(hash).substr(0, 16);
      out.changed.push_back(std::move(transaction));
    }
  }
  co_return out;
}

Task<> store_found(db::Tx& tx, std::string provider, const ChartMogulFound& found) {
  if (!found.fresh.empty()) {
    const Columns columns = columns_of(tx, found.fresh);
    // The job has the event's id: one event, one job.
    for (const auto& row : co_await tx.all(kInsertFresh, provider, columns.id, columns.event_id,
                                           columns.body_hash, columns.raw))
      jobs::enqueue_as(tx, jobs::JobId{row.id.uuid()}, "attribution.apply_inbound", "{}");
  }
  if (!found.changed.empty()) {
    const Columns columns = columns_of(tx, found.changed);
    co_await tx.all(kInsertChanged, provider, columns.id, columns.event_id, columns.body_hash, columns.raw);
  }
}

}  // namespace tandem::attribution
