#include "payouts/payouts.hpp"

#include <algorithm>
#include <array>

#include "earnings/api.hpp"
#include "events/event.hpp"
#include "ledger/api.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/payee_forms.hpp"
#include "payouts/runs.hpp"

namespace tandem::payouts {

namespace {

const db::Query<Payout(PayoutId)> kPayout{"payouts.payout", R"sql(
  select p.id, p.payout_run_id, p.partner_id, p.state, p.amount, p.currency, p.earnings, p.sent_amount,
    p.sent_currency, p.exchange, p.charged, p.source_amount, p.source_currency, p.payout_method_id, p.rail,
    m.holder_name, m.account_hint, replace(p.id::text, '-', '') as reference, p.reason, p.external_id, p.fee,
    p.bank_reference, p.executed_on,
    to_char(p.statement_on, 'YYYY-') || lpad(p.statement_sequence::text, 6, '0') as statement_number,
    p.submitted_at, p.settled_at, p.created_at, p.updated_at
  from app.payouts p
  join app.payout_methods m on m.organization_id = p.organization_id and m.id = p.payout_method_id
  where p.organization_id = $1 and p.id = $2
)sql"};

const db::ListQuery<Payout(std::optional<PayoutRunId>, std::optional<PartnerId>, std::optional<PayoutState>,
                           std::optional<Rail>, std::optional<Timestamp>, std::optional<Timestamp>)>
    kListPayouts{"payouts.list_payouts",
                 R"sql(
  select p.id, p.payout_run_id, p.partner_id, p.state, p.amount, p.currency, p.earnings, p.sent_amount,
    p.sent_currency, p.exchange, p.charged, p.source_amount, p.source_currency, p.payout_method_id, p.rail,
    m.holder_name, m.account_hint, replace(p.id::text, '-', '') as reference, p.reason, p.external_id, p.fee,
    p.bank_reference, p.executed_on,
    to_char(p.statement_on, 'YYYY-') || lpad(p.statement_sequence::text, 6, '0') as statement_number,
    p.submitted_at, p.settled_at, p.created_at, p.updated_at
  from app.payouts p
  join app.payout_methods m on m.organization_id = p.organization_id and m.id = p.payout_method_id
  where p.organization_id = $1
    and ($2::uuid is null or p.payout_run_id = $2)
    and ($3::uuid is null or p.partner_id = $3)
    and ($4::text is null or p.state = $4)
    and ($5::text is null or p.rail = $5)
    and ($6::timestamptz is null or p.created_at >= $6)
    and ($7::timestamptz is null or p.created_at < $7)
)sql",
                 "p.id",
                 {{"created_at", "p.created_at", "timestamptz"}, {"amount", "p.amount", "bigint"}}};

struct PayoutItem {
  earnings::EarningId id;
  PartnerId partner_id;
  std::int64_t amount = 0;
  Currency currency;
  earnings::EarningState state{};  // of the earning now
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(PayoutItem, (), (id, partner_id, amount, currency, state, occurred_at))
// Of a draft what is in it, afterwards what was in it when it was approved.
const db::ListQuery<PayoutItem(PayoutId)> kItems{"payouts.items",
                                                 R"sql(
  select e.id, e.partner_id, e.amount, e.currency, e.state, e.occurred_at
  from app.earnings e
  where e.organization_id = $1
    and e.id in (
      select i.id from app.payout_items i where i.organization_id = $1 and i.payout_id = $2
      union
      select x.id from app.earnings x where x.organization_id = $1 and x.payout_id = $2
    )
)sql",
                                                 "e.id",
                                                 {{"occurred_at", "e.occurred_at", "timestamptz"}}};

struct IdRow {
  earnings::EarningId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(std::vector<PayoutId>)> kEarningsIn{"payouts.earnings_in", R"sql(
  select e.id from app.earnings e where e.organization_id = $1 and e.payout_id = any($2)
)sql"};

struct RunRow {
  PayoutRunId id;
};
BOOST_DESCRIBE_STRUCT(RunRow, (), (id))
const db::Query<RunRow(PayoutId)> kLockRun{"payouts.lock_run_of", R"sql(
  select r.id
  from app.payout_runs r
  where r.organization_id = $1
    and r.id = (select p.payout_run_id from app.payouts p where p.organization_id = $1 and p.id = $2)
  for no key update
)sql"};

struct MovedRow {
  PayoutRunId payout_run_id;
  PartnerId partner_id;
  std::int64_t amount;
  Currency currency;
  std::optional<std::int64_t> sent_amount;
  std::optional<Currency> sent_currency;
};
BOOST_DESCRIBE_STRUCT(MovedRow, (), (payout_run_id, partner_id, amount, currency, sent_amount, sent_currency))
const db::Query<MovedRow(PayoutId, PayoutState, std::vector<PayoutState>, Timestamp,
                         std::optional<std::string>, std::optional<std::string>, std::optional<std::string>,
                         std::optional<std::int64_t>, std::optional<std::string>, std::optional<Day>)>
    kConclude{"payouts.conclude", R"sql(
  update app.payouts set state = $3, reason = $6, external_id = coalesce($7, external_id),
    external_batch_id = coalesce($8, external_batch_id), fee = coalesce($9, fee),
    bank_reference = coalesce($10, bank_reference), executed_on = coalesce($11, executed_on),
    submitted_at = coalesce(submitted_at, $5),
    settled_at = case when $3 in ('paid', 'failed', 'returned') then $5 else settled_at end
  where organization_id = $1 and id = $2 and state = any($4)
  returning payout_run_id, partner_id, amount, currency, sent_amount, sent_currency
)sql"};

// By looking, not by counting: a run may have thousands.
const db::Query<db::Nothing(PayoutRunId, Timestamp)> kDeriveRunState{"payouts.derive_run_state", R"sql(
  update app.payout_runs r set state = d.state,
    settled_at = case when d.state in ('settled', 'partially_settled', 'failed') then coalesce(r.settled_at, $3) end
  from (
    select case
      when bool_or(s.state = 'submitting' and s.is_any) then 'submitting'
      when bool_or(s.state in ('approved', 'submitted', 'unclaimed') and s.is_any) then
        case when bool_or(s.state not in ('approved', 'removed') and s.is_any) then 'submitted' else 'approved' end
      when not bool_or(s.state = 'paid' and s.is_any) then 'failed'
      when bool_or(s.state in ('failed', 'returned') and s.is_any) then 'partially_settled'
      else 'settled'
    end as state
    from (
      select k.state, exists (
        select 1 from app.payouts p where p.organization_id = $1 and p.payout_run_id = $2 and p.state = k.state
      ) as is_any
      from (values ('approved'), ('submitting'), ('submitted'), ('unclaimed'), ('paid'), ('failed'), ('returned'))
        as k(state)
    ) s
  ) d
  where r.organization_id = $1 and r.id = $2 and r.state is distinct from d.state
)sql"};

/// Where a payout may come from to be in this state.
std::vector<PayoutState> sources_of(PayoutState to) {
  using enum PayoutState;
  switch (to) {
    case submitted: return {submitting};
    case paid: return {submitting, submitted, unclaimed};
    case failed: return {approved, submitting, submitted, unclaimed};
    case unclaimed: return {submitting, submitted};
    case returned: return {submitting, submitted, unclaimed, paid};
    default: return {};
  }
}

struct ListPayouts {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PayoutRunId> payout_run_id;
  std::optional<PartnerId> partner_id;
  std::optional<PayoutState> state;
  std::optional<Rail> rail;
  std::optional<Timestamp> from, to;  // created_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListPayouts, (),
                      (cursor, limit, sort, payout_run_id, partner_id, state, rail, from, to))

Task<Page<Payout>> list_payouts(db::Tx& tx, ListPayouts query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListPayouts, query.sort ? query.sort->str() : "-created_at", query.cursor,
                             query.limit.value_or(PageLimit{}), query.payout_run_id, partner_id, query.state,
                             query.rail, query.from, query.to);
}

struct ListItems {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
};
BOOST_DESCRIBE_STRUCT(ListItems, (), (cursor, limit))
Task<Page<PayoutItem>> list_items(db::Tx& tx, PayoutId id, ListItems query) {
  co_await get_payout(tx, id);
  co_return co_await tx.page(kItems, "occurred_at", query.cursor, query.limit.value_or(PageLimit{}), id);
}

/// Moves the row alone; the earnings follow.
Task<std::optional<MovedRow>> conclude_from(db::Tx& tx, PayoutId id, const Outcome& outcome,
                                            std::vector<PayoutState> from) {
  auto moved =
      co_await tx.maybe(kConclude, id, outcome.state, from, tx.now(), outcome.reason, outcome.external_id,
                        outcome.external_batch_id, outcome.fee, outcome.bank_reference, outcome.executed_on);
  if (!moved) co_return std::nullopt;
  events::OutboxRow row{fmt::format("payout.{}", json::enum_name(outcome.state)), moved->partner_id,
                        id.uuid(), fmt::format(R"({{"amount":{}}})", moved->amount)};
  events::record(tx, std::array{std::move(row)});
  derive_run_state(tx, moved->payout_run_id);
  co_return moved;
}

/// What a person says of a payout: somebody who did not ask for it.
Task<Payout> conclude_by_hand(db::Tx& tx, PayoutId id, Outcome outcome) {
  const auto run = co_await tx.maybe(kLockRun, id);
  if (!run) throw Problem(kNotFound);
  const auto before = co_await get_payout(tx, id);
  const bool is_requester = co_await asked_for(tx, run->id, tx.scope().actor_id);
  const auto to = outcome.state;
  const auto from = sources_of(to);
  if (std::ranges::find(from, before.state) == from.end())
    throw Problem(kState, fmt::format("The payout is {}, which does not become {}.",
                                      json::enum_name(before.state), json::enum_name(to)));
  if (is_requester) throw Problem(kSamePerson);
  co_await conclude(tx, id, std::move(outcome));
  co_return co_await get_payout(tx, id);
}

struct MarkPaid {
  Text<1, 140> reference;  // the bank's
  std::optional<Day> executed_on;
};
BOOST_DESCRIBE_STRUCT(MarkPaid, (), (reference, executed_on))
Task<Payout> mark_paid(db::Tx& tx, PayoutId id, MarkPaid request) {
  Outcome outcome{.state = PayoutState::paid};
  outcome.bank_reference = request.reference.str();
  outcome.executed_on = request.executed_on;
  return conclude_by_hand(tx, id, std::move(outcome));
}

struct MarkNotPaid {
  Text<1, 300> reason;  // told to the partner
};
BOOST_DESCRIBE_STRUCT(MarkNotPaid, (), (reason))
Task<Payout> mark_failed(db::Tx& tx, PayoutId id, MarkNotPaid request) {
  return conclude_by_hand(tx, id, {.state = PayoutState::failed, .reason = request.reason.str()});
}
Task<Payout> mark_returned(db::Tx& tx, PayoutId id, MarkNotPaid request) {
  return conclude_by_hand(tx, id, {.state = PayoutState::returned, .reason = request.reason.str()});
}

}  // namespace

Task<Payout> get_payout(db::Tx& tx, PayoutId id) {
  auto found = co_await tx.maybe(kPayout, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<> lock_run_of(db::Tx& tx, PayoutId id) { co_await tx.maybe(kLockRun, id); }

void derive_run_state(db::Tx& tx, PayoutRunId id) { tx.later(kDeriveRunState, id, tx.now()); }

Task<std::vector<earnings::EarningId>> earnings_in(db::Tx& tx, std::vector<PayoutId> ids) {
  std::vector<earnings::EarningId> out;
  for (const auto& row : co_await tx.all(kEarningsIn, ids)) out.push_back(row.id);
  co_return out;
}

Task<bool> conclude(db::Tx& tx, PayoutId id, Outcome outcome) {
  using enum PayoutState;
  co_await lock_run_of(tx, id);
  // What was paid and came back leaves the bank account's side again, what was never paid its transit.
  std::optional<MovedRow> row;
  if (outcome.state == returned) row = co_await conclude_from(tx, id, outcome, {paid});
  const bool was_paid = row.has_value();
  if (!was_paid) {
    auto from = sources_of(outcome.state);
    std::erase(from, paid);
    row = co_await conclude_from(tx, id, outcome, std::move(from));
    if (!row) co_return false;
  }
  if (outcome.state == submitted || outcome.state == unclaimed) co_return true;
  auto ids = co_await earnings_in(tx, {id});
  const auto count = ids.size();
  const auto moved = outcome.state == paid ? co_await earnings::pay(tx, id, std::move(ids))
                     : was_paid            ? co_await earnings::give_back_paid(tx, id, std::move(ids))
                                           : co_await earnings::give_back_from_payout(tx, id, std::move(ids));
  TANDEM_ASSERT(moved.size() == count, "{} of {} earnings of payout {} moved", moved.size(), count, id.str());
  const Money due{row->amount, row->currency};
  const Money sent = row->sent_amount ? Money{*row->sent_amount, row->sent_currency.value()} : due;
  if (row->sent_amount && (was_paid || outcome.state == paid)) {
    const auto exchanged = was_paid ? ledger::payout_exchange_returned : ledger::payout_exchanged;
    ledger::post(tx, std::array{exchanged(id.uuid(), row->partner_id, due, sent)});
  }
  if (outcome.source && outcome.state == paid && outcome.source->currency != sent.currency)
    co_await fund(tx, {id, row->partner_id, due, sent, *outcome.source});
  if (was_paid) co_await return_funds(tx, id);
  co_return true;
}

void declare_payouts(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payouts");
  routes.get("/api/payouts", list_payouts)
      .says("List payouts, the latest first; a partner's own")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payouts/{payout_id}", get_payout)
      .says("Get a payout")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payouts/{payout_id}/items", list_items)
      .says("List the earnings of a payout")
      .explains("Of a draft those that are in it now, afterwards those that were in it when it was approved.")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  const auto mark = [&](std::string_view name, auto handler, std::string summary) {
    routes.post(fmt::format("/api/payouts/{{payout_id}}/{}", name), handler)
        .says(std::move(summary))
        .explains("By somebody else than who asked for the run.")
        .allow(Access::staff)
        .needs(Permission::payouts_approve)
        .sensitive()
        .as(db::Role::money)
        .answers(200)
        .refuses({&kState, &kSamePerson});
  };
  mark("payment", mark_paid, "Mark a payout as paid, with the bank's reference");
  mark("failure", mark_failed, "Mark a payout as failed, with a reason; its earnings are due again");
  mark("return", mark_returned, "Mark a payout as returned, with a reason; its earnings are due again");
}

}  // namespace tandem::payouts
