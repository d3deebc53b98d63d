// Recording reversals and disputes: refunds, credit notes, chargebacks. A reversal never takes more than is
// left of its conversion, whatever order or number of events says so.
#include <map>
#include <set>

#include "attribution/api.hpp"
#include "attribution/resolve.hpp"
#include "events/event.hpp"

namespace tandem::attribution {
namespace {

using Texts = std::vector<std::string>;

struct TargetRow {
  std::string source, name;
  ConversionId id;
  std::optional<PartnerId> partner_id;
  Decimal exact_amount;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(TargetRow, (), (source, name, id, partner_id, exact_amount, currency))
// By the external id, or by any other name of it.
const db::Query<TargetRow(Texts, Texts)> kTargets{"attribution.conversions_by_name", R"sql(
  select u.source, u.name, c.id, c.partner_id, c.exact_amount, c.currency
  from unnest($2::text[], $3::text[]) as u(source, name)
  join app.conversions c on c.organization_id = $1 and c.source = u.source and c.external_id = u.name
  union
  select u.source, u.name, c.id, c.partner_id, c.exact_amount, c.currency
  from unnest($2::text[], $3::text[]) as u(source, name)
  join app.conversion_references r on r.organization_id = $1 and r.provider = u.source and r.reference = u.name
  join app.conversions c on c.organization_id = $1 and c.organization_id = r.organization_id and c.id = r.conversion_id
)sql"};

// The conversions are history and cannot be locked; what serialises two reversals of one conversion is the
// lock on its own earnings' rows or, where there are none, on the organization's references: both are taken
// in id order.
struct TakenRow {
  std::optional<ConversionId> conversion_id;
  Decimal taken;
};
BOOST_DESCRIBE_STRUCT(TakenRow, (), (conversion_id, taken))
const db::Query<db::Nothing(std::vector<std::int64_t>)> kLockConversions{"attribution.lock_conversions",
                                                                         R"sql(
  select pg_advisory_xact_lock(k) from unnest($2::bigint[]) k where $1::uuid is not null
)sql"};
const db::Query<TakenRow(std::vector<ConversionId>)> kTaken{"attribution.taken_back_of_conversions", R"sql(
  select conversion_id, sum(exact_amount) as taken
  from app.reversals
  where organization_id = $1 and conversion_id = any($2)
  group by conversion_id
)sql"};

struct InsertedRow {
  ReversalId id;
};
BOOST_DESCRIBE_STRUCT(InsertedRow, (), (id))
struct KnownRow {
  std::string source, external_id;
  ReversalId id;
  Decimal exact_amount;
  Currency currency;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (source, external_id, id, exact_amount, currency, occurred_at))
const db::Query<KnownRow(Texts, Texts)> kKnownReversals{"attribution.known_reversals", R"sql(
  select r.source, r.external_id, r.id, r.exact_amount, r.currency, r.occurred_at
  from unnest($2::text[], $3::text[]) as u(source, external_id)
  join app.reversals r on r.organization_id = $1 and r.source = u.source and r.external_id = u.external_id
)sql"};
const db::Query<InsertedRow(std::vector<ReversalId>, Texts, Texts, Texts,
                            std::vector<std::optional<ConversionId>>, std::vector<std::optional<PartnerId>>,
                            std::vector<std::int64_t>, Texts, std::vector<Decimal>, std::vector<Timestamp>)>
    kInsertReversals{"attribution.insert_reversals", R"sql(
  insert into app.reversals (organization_id, id, source, external_id, kind, conversion_id, partner_id, amount,
    currency, exact_amount, occurred_at)
  select $1, u.id, u.source, u.external_id, u.kind, u.conversion_id, u.partner_id, u.amount, u.currency,
    u.exact_amount, u.occurred_at
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[], $9::text[],
    $10::numeric[], $11::timestamptz[])
    as u(id, source, external_id, kind, conversion_id, partner_id, amount, currency, exact_amount, occurred_at)
  on conflict (organization_id, source, external_id) do nothing
  returning id
)sql"};

struct ReversalOfRow {
  ReversalId id;
  ReversalKind kind{};
  Decimal conversion_gross, taken_before, amount;
  Currency currency;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(ReversalOfRow, (),
                      (id, kind, conversion_gross, taken_before, amount, currency, occurred_at))
const db::Query<ReversalOfRow(ConversionId)> kReversalsOf{"attribution.reversals_of_conversion", R"sql(
  select r.id, r.kind, c.exact_amount as conversion_gross,
    sum(r.exact_amount) over (order by r.id) - r.exact_amount as taken_before, r.exact_amount as amount, r.currency,
    r.occurred_at
  from app.reversals r
  join app.conversions c on c.organization_id = $1 and c.id = r.conversion_id
  where r.organization_id = $1 and r.conversion_id = $2
  order by r.id
)sql"};

using Name = std::pair<std::string, std::string>;

struct Batch {
  std::map<Name, TargetRow> targets;
  std::map<Name, KnownRow> known;
  std::map<ConversionId, Decimal> taken;
  std::vector<Resolved> who;
};

/// A 64-bit key of a conversion for the transaction-wide lock: the random half of its id.
std::int64_t lock_key(ConversionId id) {
  std::int64_t key = 0;
  std::memcpy(&key, id.uuid().bytes().data() + 8, sizeof key);
  return key;
}

Task<Batch> gather(db::Tx& tx, const std::vector<ReversalFacts>& facts) {
  Batch batch;
  Texts sources, external_ids, target_sources, target_names;
  std::vector<const AttributionHint*> hints;
  for (const auto& fact : facts) {
    hints.push_back(&fact.who);
    sources.push_back(fact.source);
    external_ids.push_back(fact.external_id);
    if (!fact.conversion) continue;
    target_sources.push_back(fact.source);
    target_names.push_back(*fact.conversion);
  }
  batch.who = co_await resolve(tx, std::move(hints), sources);
  const auto targets = co_await tx.all(kTargets, target_sources, target_names);
  std::set<std::int64_t> locks;
  std::vector<ConversionId> ids;
  for (const auto& row : targets) {
    batch.targets.emplace(Name{row.source, row.name}, row);
    ids.push_back(row.id);
    locks.insert(lock_key(row.id));
  }
  // First the locks, then what they guard: what is known and what is left.
  if (!locks.empty())
    co_await tx.exec(kLockConversions, std::vector<std::int64_t>(locks.begin(), locks.end()));
  const auto [known, taken] =
      co_await tx.together(db::call(kKnownReversals, sources, external_ids), db::call(kTaken, ids));
  for (const auto& row : known) batch.known.emplace(Name{row.source, row.external_id}, row);
  for (const auto& row : taken) batch.taken[row.conversion_id.value()] = row.taken;
  co_return batch;
}

struct Columns {
  std::vector<std::size_t> fact;
  std::vector<ReversalId> id;
  Texts source, external_id, kind;
  std::vector<std::optional<ConversionId>> conversion_id;
  std::vector<std::optional<PartnerId>> partner_id;
  std::vector<std::int64_t> amount;
  Texts currency;
  std::vector<Decimal> exact_amount;
  std::vector<Timestamp> occurred_at;
  std::vector<RecordedReversal> events;
};

/// What this reversal takes of its conversion: its amount, less what a cumulative total says was taken
/// before, cut to what is left.
Decimal part_of(const ReversalFacts& fact, const Decimal& total, const Decimal& taken) {
  Decimal part = fact.is_cumulative ? fact.amount + -taken : fact.amount;
  const Decimal left = total + -taken;
  return part > left ? left : part;
}

/// Of one that stands for itself all of it; of one that takes from a conversion the amount may have been cut,
/// but never raised. A total so far may be told again at another time.
bool is_same(const KnownRow& row, const ReversalFacts& fact) {
  if (row.currency != fact.currency) return false;
  if (fact.is_cumulative) return true;
  return row.occurred_at == fact.occurred_at &&
         (fact.conversion ? !(row.exact_amount > fact.amount) : row.exact_amount == fact.amount);
}

Outcome plan(db::Tx& tx, const ReversalFacts& fact, std::size_t index, Batch& batch, Columns& columns) {
  RecordedReversal event{.id = tx.new_id<ReversalId>(),
                         .kind = fact.kind,
                         .conversion_id = std::nullopt,
                         .shares = {},
                         .conversion_gross = {},
                         .taken_before = {},
                         .amount = fact.amount,
                         .currency = fact.currency,
                         .occurred_at = fact.occurred_at};
  std::optional<PartnerId> partner_id;
  if (fact.conversion) {
    const auto target = batch.targets.find({fact.source, *fact.conversion});
    if (target == batch.targets.end()) return Outcome::no_conversion;
    if (target->second.currency != fact.currency) return Outcome::currency_differs;
    Decimal& taken = batch.taken[target->second.id];
    event.conversion_id = target->second.id;
    event.conversion_gross = target->second.exact_amount;
    event.taken_before = taken;
    event.amount = part_of(fact, target->second.exact_amount, taken);
    if (event.amount.sign() <= 0) return Outcome::nothing_left;
    taken = taken + event.amount;
    partner_id = target->second.partner_id;
  } else {
    if (!batch.who[index].found) return Outcome::no_lead;
    event.shares = batch.who[index].shares;
    if (!event.shares.empty()) partner_id = event.shares.back().partner_id;
  }
  const auto minor = event.amount.minor_units(fact.currency.exponent());
  TANDEM_ASSERT(minor, "reversal {} of {}", fact.external_id, event.amount.str());
  columns.fact.push_back(index);
  columns.id.push_back(event.id);
  columns.source.push_back(fact.source);
  columns.external_id.push_back(fact.external_id);
  columns.kind.emplace_back(json::enum_name(fact.kind));
  columns.conversion_id.push_back(event.conversion_id);
  columns.partner_id.push_back(partner_id);
  columns.amount.push_back(*minor);
  columns.currency.push_back(fact.currency.str());
  columns.exact_amount.push_back(event.amount);
  columns.occurred_at.push_back(fact.occurred_at);
  columns.events.push_back(std::move(event));
  return Outcome::recorded;
}

struct DisputeRow {
  bool is_other_open;  // another dispute of the same conversion
};
BOOST_DESCRIBE_STRUCT(DisputeRow, (), (is_other_open))
using DisputeId = Id<struct DisputeTag>;
const db::Query<DisputeRow(DisputeId, std::string, std::string, ConversionId, std::optional<PartnerId>,
                           std::string, Timestamp)>
    kUpsertDispute{"attribution.upsert_dispute", R"sql(
  insert into app.disputes as d (organization_id, id, source, external_id, conversion_id, partner_id, state,
    occurred_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (organization_id, source, external_id)
  do update set state = excluded.state, occurred_at = excluded.occurred_at
  where d.state = 'open' and excluded.state <> 'open'
  returning exists (
    select 1 from app.disputes o
    where o.organization_id = $1 and o.conversion_id = $5 and o.id <> d.id and o.state = 'open') as is_other_open
)sql"};

}  // namespace

Task<std::vector<Recorded>> record_reversals(db::Tx& tx, std::vector<ReversalFacts> facts) {
  Batch batch = co_await gather(tx, facts);
  std::vector<Recorded> out(facts.size());
  Columns columns;
  std::map<Name, std::size_t> in_batch;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Name name{facts[i].source, facts[i].external_id};
    if (const auto known = batch.known.find(name); known != batch.known.end()) {
      out[i] = {is_same(known->second, facts[i]) ? Outcome::known : Outcome::known_differently,
                known->second.id.uuid()};
    } else if (const auto twin = in_batch.find(name); twin != in_batch.end()) {
      out[i] = {out[twin->second].id.is_nil() ? out[twin->second].outcome : Outcome::known,
                out[twin->second].id};
    } else {
      out[i].outcome = plan(tx, facts[i], i, batch, columns);
      if (out[i].outcome == Outcome::recorded) out[i].id = columns.id.back().uuid();
      in_batch.emplace(name, i);
    }
  }
  if (columns.id.empty()) co_return out;
  const auto inserted = co_await tx.all(
      kInsertReversals, columns.id, columns.source, columns.external_id, columns.kind, columns.conversion_id,
      columns.partner_id, columns.amount, columns.currency, columns.exact_amount, columns.occurred_at);
  std::set<ReversalId> fresh;
  for (const auto& row : inserted) fresh.insert(row.id);
  ReversalsRecorded event;
  std::vector<events::OutboxRow> outbox;
  for (std::size_t k = 0; k < columns.id.size(); ++k) {
    if (!fresh.contains(
            columns.id[k])) {  // another server recorded a reversal that stands for itself just now
      out[columns.fact[k]].outcome = Outcome::known;
      continue;
    }
    outbox.push_back({"conversion.reversed", columns.partner_id[k], columns.id[k].uuid(),
                      R"({"kind":")" + columns.kind[k] + R"("})"});
    event.reversals.push_back(std::move(columns.events[k]));
  }
  events::record(tx, outbox);
  co_await events::emit(tx, event);
  co_return out;
}

Task<std::vector<RecordedReversal>> reversals_of(db::Tx& tx, ConversionId conversion_id) {
  co_await tx.exec(kLockConversions, std::vector{lock_key(conversion_id)});
  std::vector<RecordedReversal> out;
  for (const auto& row : co_await tx.all(kReversalsOf, conversion_id))
    out.push_back({row.id,
                   row.kind,
                   conversion_id,
                   {},
                   row.conversion_gross,
                   row.taken_before,
                   row.amount,
                   row.currency,
                   row.occurred_at});
  co_return out;
}

Task<Recorded> record_dispute(db::Tx& tx, DisputeFacts facts) {
  const Texts sources{facts.source}, names{facts.conversion};
  const auto target = co_await tx.maybe(kTargets, sources, names);
  if (!target) co_return Recorded{Outcome::no_conversion, {}};
  // Two disputes of one conversion that close at once would each see the other open, and nobody would
  // release.
  co_await tx.exec(kLockConversions, std::vector{lock_key(target->id)});
  const auto id = tx.new_id<DisputeId>();
  const auto moved =
      co_await tx.maybe(kUpsertDispute, id, facts.source, facts.external_id, target->id, target->partner_id,
                        std::string(json::enum_name(facts.state)), facts.occurred_at);
  if (!moved) co_return Recorded{Outcome::known, {}};
  if (facts.state == DisputeState::lost) {
    ReversalFacts all{.source = facts.source,
                      .external_id = "dispute:" + facts.external_id,
                      .kind = ReversalKind::dispute,
                      .conversion = facts.conversion,
                      .who = {},
                      .amount = target->exact_amount,
                      .is_cumulative = true,
                      .currency = target->currency,
                      .occurred_at = facts.occurred_at};
    co_await record_reversals(tx, {std::move(all)});
  }
  if (facts.state == DisputeState::open || !moved->is_other_open)
    co_await events::emit(tx, DisputeChanged{target->id, facts.state == DisputeState::open});
  co_return Recorded{Outcome::recorded, id.uuid()};
}

}  // namespace tandem::attribution
