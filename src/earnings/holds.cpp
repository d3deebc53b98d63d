#include "earnings/holds.hpp"

#include <algorithm>

#include "earnings/api.hpp"
#include "earnings/earnings.hpp"
#include "earnings/positions.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using Ids = std::vector<EarningId>;

struct PlaceHold {
  Text<1, 500> note;  // why, for the staff
};
BOOST_DESCRIBE_STRUCT(PlaceHold, (), (note))

const db::Query<EarningHold(EarningId)> kHolds{"earnings.holds", R"sql(
  select reason, note, placed_at, released_at, risk_signal_id
  from app.earning_holds
  where organization_id = $1 and earning_id = $2
  order by placed_at, id
)sql"};

struct IdRow {
  EarningId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(ConversionId)> kOfConversion{"earnings.ids_of_conversion", R"sql(
  select id from app.earnings where organization_id = $1 and conversion_id = $2 and reversal_id is null
)sql"};

struct FamilyRow {
  EarningId id;  // the earning's
  PartnerId partner_id;
  Currency currency;
  EarningState state{};
  std::int64_t sum = 0;  // of it and of what was taken back of it, minor units
  bool was_partly_paid = false;
};
BOOST_DESCRIBE_STRUCT(FamilyRow, (), (id, partner_id, currency, state, sum, was_partly_paid))
// An earning with what was taken back of it. While it waits or is due, they are in the same state; a part of
// it that went into a payout cannot be held any more, and then nothing of it is.
const db::Query<FamilyRow(Ids)> kFamilies{"earnings.families", R"sql(
  select e.id, e.partner_id, e.currency, e.state, sum(f.amount)::bigint as sum,
    bool_or(f.state in ('in_payout', 'paid')) as was_partly_paid
  from app.earnings e
  join app.earnings f on f.organization_id = $1 and (f.id = e.id or f.reverses_id = e.id)
  where e.organization_id = $1 and e.id = any($2)
  group by e.organization_id, e.id, e.partner_id, e.currency, e.state
)sql"};

const db::Query<IdRow(std::vector<Uuid>, Ids, std::vector<PartnerId>, HoldReason, std::optional<std::string>,
                      ActorId, Timestamp, std::optional<RiskSignalId>)>
    kPlace{"earnings.place_holds", R"sql(
  insert into app.earning_holds (organization_id, id, earning_id, partner_id, reason, note, placed_by, placed_at,
    risk_signal_id)
  select $1, u.id, u.earning_id, u.partner_id, $5, $6, $7, $8, $9
  from unnest($2::uuid[], $3::uuid[], $4::uuid[]) u(id, earning_id, partner_id)
  on conflict do nothing
  returning earning_id as id
)sql"};
const db::Query<db::Nothing(Ids)> kHold{"earnings.hold", R"sql(
  update app.earnings set state = 'held'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state in ('pending', 'due')
)sql"};

const db::Query<IdRow(Ids, std::optional<HoldReason>, ActorId, Timestamp, std::optional<RiskSignalId>)>
    kRelease{"earnings.release_holds", R"sql(
  update app.earning_holds set released_by = $4, released_at = $5
  where organization_id = $1 and earning_id = any($2) and ($3::text is null or reason = $3) and released_at is null
    and ($6::uuid is null or risk_signal_id = $6)
  returning earning_id as id
)sql"};
// Pending again: its own hold goes on, or ends with the next run.
const db::Query<db::Nothing(Ids)> kGoOn{"earnings.go_on", R"sql(
  update app.earnings e set state = 'pending'
  where e.organization_id = $1 and (e.id = any($2) or e.reverses_id = any($2)) and e.state = 'held'
    and not exists (
      select 1 from app.earning_holds h
      where h.organization_id = $1 and h.earning_id = coalesce(e.reverses_id, e.id) and h.released_at is null)
)sql"};

bool can_be_held(const FamilyRow& row) {
  const bool waits =
      row.state == EarningState::pending || row.state == EarningState::due || row.state == EarningState::held;
  return waits && !row.was_partly_paid;
}

/// Places a hold on those of the earnings that can be held; gives how many were not held for it before.
Task<std::size_t> place(db::Tx& tx, Ids ids, HoldReason reason, std::optional<std::string> note,
                        std::optional<RiskSignalId> signal_id = {}) {
  Positions positions;
  co_await positions.lock_of(tx, ids);
  std::vector<Uuid> hold_ids;
  Ids held;
  std::vector<PartnerId> partners;
  for (const auto& row : co_await tx.all(kFamilies, ids)) {
    if (!can_be_held(row)) continue;
    hold_ids.push_back(new_uuid());
    held.push_back(row.id);
    partners.push_back(row.partner_id);
    if (row.state == EarningState::due)
      positions.add(
          tx, "commission.held", row.partner_id,
          ledger::due_legs(positions.at(row.partner_id, row.currency), ledger::Counter::held, -row.sum));
  }
  if (held.empty()) co_return 0;
  const auto placed = co_await tx.all(kPlace, hold_ids, held, partners, reason, note, tx.scope().actor_id,
                                      tx.now(), signal_id);
  tx.later(kHold, held);
  positions.flush(tx);
  co_return placed.size();
}

/// Gives how many holds were open.
Task<std::size_t> release(db::Tx& tx, Ids ids, HoldReason reason,
                          std::optional<RiskSignalId> signal_id = {}) {
  Positions positions;
  co_await positions.lock_of(tx, ids);
  const auto released = co_await tx.all(kRelease, ids, reason, tx.scope().actor_id, tx.now(), signal_id);
  Ids open;
  for (const auto& row : released) open.push_back(row.id);
  if (!open.empty()) tx.later(kGoOn, open);
  co_return released.size();
}

/// Throws kNotFound, and kState for what takes back from another earning: it goes where that goes.
Task<EarningDetail> earning_to_hold(db::Tx& tx, EarningId id) {
  auto earning = co_await get_earning(tx, id);
  if (earning.kind == EarningKind::write_off || earning.amount < 0)
    throw Problem(kState, "What was earned is held; what was taken back of it goes with it.");
  co_return earning;
}

Task<EarningDetail> hold_earning(db::Tx& tx, EarningId id, PlaceHold request) {
  const auto earning = co_await earning_to_hold(tx, id);
  if (co_await place(tx, {id}, HoldReason::review, request.note.str()) == 0)
    throw Problem(
        kState,
        fmt::format("The earning is {}; one that is pending or due, or held for another reason, can be "
                    "held for review, before any part of it is in a payout.",
                    json::enum_name(earning.state)));
  co_return co_await get_earning(tx, id);
}

Task<EarningDetail> release_earning(db::Tx& tx, EarningId id) {
  const auto earning = co_await earning_to_hold(tx, id);
  if (co_await release(tx, {id}, HoldReason::review) == 0)
    throw Problem(kState,
                  fmt::format("The earning is {} and not held for review.", json::enum_name(earning.state)));
  co_return co_await get_earning(tx, id);
}

Task<Ids> of_conversion(db::Tx& tx, ConversionId conversion_id) {
  Ids ids;
  for (const auto& row : co_await tx.all(kOfConversion, conversion_id)) ids.push_back(row.id);
  co_return ids;
}

}  // namespace

const db::Query<EarningHold(EarningId)>& holds_query() { return kHolds; }

Task<> hold_for_dispute(db::Tx& tx, ConversionId conversion_id) {
  auto ids = co_await of_conversion(tx, conversion_id);
  if (!ids.empty()) co_await place(tx, std::move(ids), HoldReason::dispute, std::nullopt);
}

Task<> release_of_dispute(db::Tx& tx, ConversionId conversion_id) {
  auto ids = co_await of_conversion(tx, conversion_id);
  if (!ids.empty()) co_await release(tx, std::move(ids), HoldReason::dispute);
}

Task<> hold_for_risk(db::Tx& tx, Ids ids, RiskSignalId signal_id) {
  co_await place(tx, std::move(ids), HoldReason::risk, std::nullopt, signal_id);
}

Task<> release_of_risk(db::Tx& tx, Ids ids, RiskSignalId signal_id) {
  co_await release(tx, std::move(ids), HoldReason::risk, signal_id);
}

void close_holds(db::Tx& tx, Ids ids) {
  tx.later(kRelease, ids, std::nullopt, tx.scope().actor_id, tx.now(), std::nullopt);
}

void declare_holds(http::Routes& routes) {
  routes.tag("Earnings");
  routes.post("/api/earnings/{earning_id}/hold", hold_earning)
      .says("Hold an earning for review")
      .explains(
          "While it is pending or due, together with what was taken back of it. It is not paid until it is released; "
          "the partner sees that it is held for review, not the note.")
      .allow(http::Access::staff)
      .needs(http::Permission::earnings_manage)
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/earnings/{earning_id}/release", release_earning)
      .says("Release an earning that was held for review")
      .explains(
          "It is pending again and becomes due when its own hold has ended, unless a dispute holds it too.")
      .allow(http::Access::staff)
      .needs(http::Permission::earnings_manage)
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::earnings
