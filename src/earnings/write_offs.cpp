#include "earnings/write_offs.hpp"

#include "earnings/api.hpp"
#include "earnings/positions.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

enum class WriteOffState : int { requested, approved, refused };
BOOST_DESCRIBE_ENUM(WriteOffState, requested, approved, refused)

namespace {

inline constexpr ProblemKind kWriteOffOpen{409, "write_off_open",
                                           "A write-off of this partner waits for its decision"};
inline constexpr ProblemKind kOwesLess{409, "owes_less", "The partner owes less than that"};

struct RequestWriteOff {
  Money amount;
  Text<1, 500> reason;
};
BOOST_DESCRIBE_STRUCT(RequestWriteOff, (), (amount, reason))

struct WriteOff {
  WriteOffId id;
  PartnerId partner_id;
  WriteOffState state{};
  std::int64_t amount = 0;  // minor units
  Currency currency;
  std::string reason;
  ActorId requested_by;
  std::optional<ActorId> decided_by;
  std::optional<Timestamp> decided_at;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(WriteOff, (),
                      (id, partner_id, state, amount, currency, reason, requested_by, decided_by, decided_at,
                       created_at))

struct ListWriteOffs {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<WriteOffState> state;
};
BOOST_DESCRIBE_STRUCT(ListWriteOffs, (), (cursor, limit, partner_id, state))

const db::Query<WriteOff(WriteOffId, PartnerId, std::int64_t, Currency, Text<1, 500>, ActorId)> kRequest{
    "earnings.request_write_off", R"sql(
  insert into app.write_offs (organization_id, id, partner_id, amount, currency, reason, requested_by)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict do nothing
  returning id, partner_id, state, amount, currency, reason, requested_by, decided_by, decided_at, created_at
)sql"};
const db::Query<WriteOff(WriteOffId)> kWriteOff{"earnings.write_off", R"sql(
  select id, partner_id, state, amount, currency, reason, requested_by, decided_by, decided_at, created_at
  from app.write_offs
  where organization_id = $1 and id = $2
)sql"};
const db::Query<WriteOff(WriteOffId, WriteOffState, ActorId, Timestamp)> kDecide{"earnings.decide_write_off",
                                                                                 R"sql(
  update app.write_offs set state = $3, decided_by = $4, decided_at = $5
  where organization_id = $1 and id = $2 and state = 'requested'
  returning id, partner_id, state, amount, currency, reason, requested_by, decided_by, decided_at, created_at
)sql"};
const db::ListQuery<WriteOff(std::optional<PartnerId>, std::optional<WriteOffState>)> kListWriteOffs{
    "earnings.list_write_offs",
    R"sql(
  select w.id, w.partner_id, w.state, w.amount, w.currency, w.reason, w.requested_by, w.decided_by, w.decided_at,
    w.created_at
  from app.write_offs w
  where w.organization_id = $1
    and ($2::uuid is null or w.partner_id = $2)
    and ($3::text is null or w.state = $3))sql",
    "w.id",
    {{"created_at", "w.created_at", "timestamptz"}}};
// Due at once, where it nets what was owed.
const db::Query<db::Nothing(EarningId, PartnerId, WriteOffId, std::int64_t, Currency, Timestamp, JsonObject)>
    kInsertEarning{"earnings.insert_write_off_earning", R"sql(
  insert into app.earnings (organization_id, id, partner_id, kind, write_off_id, state, amount, currency, exact_base,
    occurred_at, hold_until, explanation)
  values ($1, $2, $3, 'write_off', $4, 'due', $5, $6, 0, $7, $7, $8)
)sql"};

Task<WriteOff> get_write_off(db::Tx& tx, WriteOffId id) {
  auto row = co_await tx.maybe(kWriteOff, id);
  if (!row) throw Problem(kNotFound);
  co_return *std::move(row);
}

void require_owed(std::int64_t amount, const ledger::Position& position) {
  if (amount > position.owed_back)
    throw Problem(kOwesLess, fmt::format("The partner owes back {}.",
                                         to_text(Money{position.owed_back, position.currency})));
}

Task<WriteOff> request_write_off(db::Tx& tx, PartnerId partner_id, RequestWriteOff request) {
  if (!co_await partners::state_of(tx, partner_id)) throw Problem(kNotFound);
  const auto& [amount, currency] = request.amount;
  Positions positions;
  co_await positions.lock(tx, {{partner_id, currency}});
  require_owed(amount, positions.at(partner_id, currency));
  auto row = co_await tx.maybe(kRequest, tx.new_id<WriteOffId>(), partner_id, amount, currency,
                               request.reason, tx.scope().actor_id);
  if (!row) throw Problem(kWriteOffOpen);
  co_return *std::move(row);
}

Task<WriteOff> decided(db::Tx& tx, const WriteOff& before, WriteOffState state) {
  auto row = co_await tx.maybe(kDecide, before.id, state, tx.scope().actor_id, tx.now());
  if (!row)
    throw Problem(kState, fmt::format("The write-off is {}; one that is requested is decided.",
                                      json::enum_name((co_await get_write_off(tx, before.id)).state)));
  co_return *std::move(row);
}

Task<WriteOff> approve_write_off(db::Tx& tx, WriteOffId id) {
  const auto before = co_await get_write_off(tx, id);
  if (before.requested_by == tx.scope().actor_id) throw Problem(kSamePerson);
  Positions positions;
  co_await positions.lock(tx, {{before.partner_id, before.currency}});
  auto after = co_await decided(tx, before, WriteOffState::approved);
  auto& position = positions.at(after.partner_id, after.currency);
  require_owed(after.amount, position);
  const auto earning_id = tx.new_id<EarningId>();
  tx.later(kInsertEarning, earning_id, after.partner_id, id, after.amount, after.currency, tx.now(),
           JsonObject::trusted(fmt::format(R"({{"write_off_id":"{}"}})", id.str())));
  ledger::post(tx, std::vector{ledger::Posting{
                       "commission.written_off", "earning:" + earning_id.str(), after.partner_id,
                       ledger::due_legs(position, ledger::Counter::bad_debt, after.amount)}});
  mark_days(tx, {after.partner_id}, {tx.now()});
  co_return after;
}

Task<WriteOff> refuse_write_off(db::Tx& tx, WriteOffId id) {
  const auto before = co_await get_write_off(tx, id);
  co_return co_await decided(tx, before, WriteOffState::refused);
}

Task<Page<WriteOff>> list_write_offs(db::Tx& tx, ListWriteOffs query) {
  co_return co_await tx.page(kListWriteOffs, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             query.partner_id, query.state);
}

}  // namespace

void declare_write_offs(http::Routes& routes) {
  using http::Access, http::Permission;
  routes.tag("Earnings");
  routes.post("/api/partners/{partner_id}/write-offs", request_write_off)
      .says("Ask to give up what a partner owes back")
      .explains("Another person approves it; then it is a loss, and the partner owes nothing of it any more.")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::money)
      .refuses({&kOwesLess, &kWriteOffOpen});
  routes.get("/api/write-offs", list_write_offs)
      .says("List write-offs")
      .allow(Access::staff)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.get("/api/write-offs/{write_off_id}", get_write_off)
      .says("Get a write-off")
      .allow(Access::staff)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.post("/api/write-offs/{write_off_id}/approval", approve_write_off)
      .says("Approve a write-off, as another person than who asked for it")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::money)
      .answers(200)
      .refuses({&kSamePerson, &kState, &kOwesLess});
  routes.post("/api/write-offs/{write_off_id}/refusal", refuse_write_off)
      .says("Refuse a write-off, or take it back")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::earnings
