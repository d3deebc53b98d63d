// The draft of a run: refreshed, changed, approved or given up. Every change is a new revision, and approvals
// are of one revision, so nobody approves what they did not see.
#include <algorithm>
#include <array>
#include <limits>

#include "earnings/api.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "ledger/api.hpp"
#include "payouts/payee_forms.hpp"
#include "payouts/payouts.hpp"
#include "payouts/runs.hpp"

namespace tandem::payouts {

namespace {

inline constexpr ProblemKind kDraftStale{409, "draft_stale",
                                         "Something changed since the draft was made: refresh it"};

/// A payout of a draft that is no longer what it should be.
struct StaleRow {
  PayoutId id;
  PartnerId partner_id;
  std::optional<NotPayable>
      reason;  // null: something is owed back since, or the method is a new one, or the rate old
};
BOOST_DESCRIBE_STRUCT(StaleRow, (), (id, partner_id, reason))
const db::Query<StaleRow(PayoutRunId, Currency, Timestamp, std::int64_t, bool, Day)> kStale{
    "payouts.stale_payouts",
    R"sql(
  with drafted as (
    select p.organization_id, p.id, p.partner_id, p.amount, p.payout_method_id,
      (p.exchange ->> 'on')::date < $7::date - 10 as is_rate_old
    from app.payouts p
    where p.organization_id = $1 and p.payout_run_id = $2 and p.state = 'draft'
  ), back as (
    select e.organization_id, e.partner_id, sum(e.amount)::bigint as amount
    from app.earnings e
    where e.organization_id = $1 and e.currency = $3 and e.state = 'due' and e.amount < 0 and e.kind <> 'saving'
      and e.partner_id in (select d.partner_id from drafted d)
    group by e.organization_id, e.partner_id
  ), forms as (
    select distinct on (f.partner_id) f.organization_id, f.partner_id, f.state, f.expires_on
    from app.payee_forms f
    where f.organization_id = $1 and $6 and f.partner_id in (select d.partner_id from drafted d)
    order by f.partner_id, f.submitted_at desc, f.id desc
  ), judged as (
    select d.organization_id, d.id, d.partner_id, coalesce(b.amount, 0) as owed_back,
      m.id as payout_method_id, d.payout_method_id as method_before, d.is_rate_old,
      case
        when a.status <> 'active' then 'partner_not_active'
        when d.amount + coalesce(b.amount, 0) <= 0 then 'negative'
        when d.amount + coalesce(b.amount, 0) < $5 then 'below_minimum'
        when m.id is null then 'no_method'
        when m.usable_at > $4 then 'cooling_down'
        when $6 and (f.state is distinct from 'approved' or f.expires_on < $7) then 'payee_form'
      end as reason
    from drafted d
    join app.partners a on a.organization_id = $1 and a.id = d.partner_id
    left join back b on b.organization_id = $1 and b.partner_id = d.partner_id
    left join lateral (
      select x.id, x.rail, x.currency, x.account_hint, x.usable_at
      from app.payout_methods x
      where x.organization_id = $1 and x.partner_id = d.partner_id and x.state = 'active'
        and (x.currency = $3 or x.takes_others)
      order by x.currency = $3 desc
      limit 1) m on true
    left join forms f on f.organization_id = $1 and f.partner_id = d.partner_id
  )
  select j.id, j.partner_id, j.reason
  from judged j
  where j.organization_id = $1
    and (j.reason is not null or j.owed_back < 0 or j.payout_method_id <> j.method_before or j.is_rate_old)
  order by j.id
)sql"};

struct DraftedRow {
  PayoutId id;
  PartnerId partner_id;
};
BOOST_DESCRIBE_STRUCT(DraftedRow, (), (id, partner_id))
const db::Query<DraftedRow(PayoutRunId, std::optional<PartnerId>)> kInRun{"payouts.in_run", R"sql(
  select p.id, p.partner_id
  from app.payouts p
  where p.organization_id = $1 and p.payout_run_id = $2 and p.state in ('draft', 'approved')
    and ($3::uuid is null or p.partner_id = $3)
  order by p.id
)sql"};

const db::Query<db::Nothing(PayoutId, std::string)> kRemove{"payouts.remove_payout", R"sql(
  update app.payouts set state = 'removed', reason = $3
  where organization_id = $1 and id = $2 and state in ('draft', 'approved')
)sql"};

const db::Query<db::Nothing(PayoutRunId)> kCancel{"payouts.cancel_run", R"sql(
  update app.payout_runs set state = 'cancelled'
  where organization_id = $1 and id = $2 and state in ('collecting', 'draft', 'approved')
)sql"};

using ApprovalId = Id<struct PayoutApprovalTag>;
struct ApprovalRow {
  ApprovalId id;
};
BOOST_DESCRIBE_STRUCT(ApprovalRow, (), (id))
const db::Query<ApprovalRow(ApprovalId, PayoutRunId, std::int32_t, ActorId, Timestamp)> kInsertApproval{
    "payouts.insert_approval", R"sql(
  insert into app.payout_approvals (organization_id, id, payout_run_id, revision, approved_by, approved_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (organization_id, payout_run_id, revision, approved_by) do nothing
  returning id
)sql"};
const db::Query<db::Nothing(PayoutRunId)> kKeepItems{"payouts.keep_items", R"sql(
  insert into app.payout_items (organization_id, id, payout_id, partner_id, amount)
  select $1, e.id, e.payout_id, e.partner_id, e.amount
  from app.payouts p
  join app.earnings e on e.organization_id = p.organization_id and e.payout_id = p.id
  where p.organization_id = $1 and p.payout_run_id = $2 and p.state = 'draft'
  on conflict (organization_id, payout_id, id) do nothing
)sql"};
const db::Query<db::Nothing(PayoutRunId)> kApprovePayouts{"payouts.approve_payouts", R"sql(
  update app.payouts set state = 'approved' where organization_id = $1 and payout_run_id = $2 and state = 'draft'
)sql"};
const db::Query<db::Nothing(PayoutRunId, Timestamp)> kApproveRun{"payouts.approve_run", R"sql(
  update app.payout_runs set state = 'approved', approved_at = $3
  where organization_id = $1 and id = $2 and state = 'draft'
)sql"};

void record(db::Tx& tx, std::string_view what, PayoutRunId id) {
  events::OutboxRow row{fmt::format("payout_run.{}", what), std::nullopt, id.uuid(), "{}"};
  events::record(tx, std::array{std::move(row)});
}

std::int64_t amount_for(const std::vector<Money>& amounts, Currency currency, std::int64_t otherwise) {
  const auto found = std::ranges::find(amounts, currency, &Money::currency);
  return found == amounts.end() ? otherwise : found->amount;
}

Task<std::vector<StaleRow>> stale(db::Tx& tx, const PayoutRun& run,
                                  const identity::PayoutSettings& settings) {
  return tx.all(kStale, run.id, run.currency, tx.now(), amount_for(settings.minimums, run.currency, 0),
                settings.need_payee_form, day_in_zone(tx.now(), settings.time_zone));
}

/// Takes a payout out of its run; its earnings are due again.
Task<> remove(db::Tx& tx, PayoutId id, std::string reason) {
  tx.later(kRemove, id, reason);
  auto ids = co_await earnings_in(tx, {id});
  const auto count = ids.size();
  const auto moved = co_await earnings::give_back_from_payout(tx, id, std::move(ids));
  TANDEM_ASSERT(moved.size() == count, "{} of {} earnings given back by {}", moved.size(), count, id.str());
}

/// Locks the accounts of everybody in the run, in the one order.
Task<std::vector<DraftedRow>> lock_partners(db::Tx& tx, const PayoutRun& run) {
  auto rows = co_await tx.all(kInRun, run.id, std::nullopt);
  std::vector<ledger::PartnerCurrency> accounts;
  for (const auto& row : rows) accounts.emplace_back(row.partner_id, run.currency);
  if (!accounts.empty()) co_await ledger::lock_positions(tx, std::move(accounts));
  co_return rows;
}

Task<PayoutRun> refresh(db::Tx& tx, PayoutRunId id) {
  const auto run = co_await lock_run(tx, id, RunState::draft);
  co_await lock_partners(tx, run);
  const auto rows = co_await stale(tx, run, co_await identity::payout_settings(tx));
  // What a payout is never changes: the old one is removed and, if its partner can be paid, there is a new
  // one.
  for (const auto& row : rows) {
    co_await remove(tx, row.id, row.reason ? std::string(json::enum_name(*row.reason)) : "renewed");
    if (!row.reason) co_await take_partners(tx, run, {row.partner_id});
  }
  if (!rows.empty()) revise(tx, id);
  co_return co_await get_run(tx, id);
}

struct IncludePartner {
  PartnerId partner_id;
};
BOOST_DESCRIBE_STRUCT(IncludePartner, (), (partner_id))
Task<PayoutRun> include(db::Tx& tx, PayoutRunId id, IncludePartner request) {
  const auto run = co_await lock_run(tx, id, RunState::draft);
  if (!co_await take_partner(tx, run, request.partner_id)) throw Problem(kNothingPayable);
  co_return co_await get_run(tx, id);
}

struct ExcludePartner {
  PartnerId partner_id;
  std::optional<Text<1, 300>> reason;
};
BOOST_DESCRIBE_STRUCT(ExcludePartner, (), (partner_id, reason))
Task<PayoutRun> exclude(db::Tx& tx, PayoutRunId id, ExcludePartner request) {
  co_await lock_run(tx, id, RunState::draft);
  const auto payout = co_await tx.maybe(kInRun, id, request.partner_id);
  if (!payout) throw invalid_field("/partner_id", "out_of_range", "a partner of this run");
  co_await remove(tx, payout->id, request.reason ? request.reason->str() : "excluded");
  revise(tx, id);
  co_return co_await get_run(tx, id);
}

Task<PayoutRun> approve(db::Tx& tx, http::Principal who, PayoutRunId id) {
  auto run = co_await lock_run(tx, id, RunState::draft);
  if (who.kind != http::Principal::Kind::user)
    throw Problem(kForbidden, "A run is approved by a person who is signed in.");
  if (co_await asked_for(tx, id, who.scope.actor_id)) throw Problem(kSamePerson);
  if (run.payouts == 0) throw Problem(kState, "There is nothing to be paid.");
  const auto settings = co_await identity::payout_settings(tx);
  if (!(co_await stale(tx, run, settings)).empty()) throw Problem(kDraftStale);
  if (!co_await tx.maybe(kInsertApproval, tx.new_id<ApprovalId>(), id, run.revision, who.scope.actor_id,
                         tx.now()))
    throw Problem(kSamePerson, "You have approved this already.");
  const bool is_large = run.amount > amount_for(settings.approval_limits, run.currency,
                                                std::numeric_limits<std::int64_t>::max());
  if (run.approvals + 1 >= (is_large ? 2 : 1)) {
    tx.later(kKeepItems, id);
    tx.later(kApprovePayouts, id);
    tx.later(kApproveRun, id, tx.now());
    record(tx, "approved", id);
  }
  co_return co_await get_run(tx, id);
}

Task<PayoutRun> cancel(db::Tx& tx, PayoutRunId id) {
  auto run = co_await get_run(tx, id);
  if (run.state != RunState::collecting && run.state != RunState::approved) run.state = RunState::draft;
  run = co_await lock_run(tx, id, run.state);
  for (const auto& row : co_await lock_partners(tx, run)) co_await remove(tx, row.id, "cancelled");
  tx.later(kCancel, id);
  record(tx, "cancelled", id);
  co_return co_await get_run(tx, id);
}

}  // namespace

Task<std::optional<PayoutId>> take_partner(db::Tx& tx, const PayoutRun& run, PartnerId partner_id) {
  const auto found = co_await candidates(tx, {run.currency, run.cutoff_at, std::vector{partner_id}},
                                         std::nullopt, PageLimit{1});
  if (found.empty() || found.front().reason) co_return std::nullopt;
  if (const auto before = co_await tx.maybe(kInRun, run.id, partner_id))
    co_await remove(tx, before->id, "renewed");
  const auto taken = co_await take_partners(tx, run, {partner_id});
  revise(tx, run.id);
  if (taken == 0) co_return std::nullopt;
  co_return (co_await tx.one(kInRun, run.id, partner_id)).id;
}

void declare_drafts(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payouts");
  const auto change = [&](std::string_view name, auto handler, std::string summary, std::string explained) {
    return &routes.post(fmt::format("/api/payout-runs/{{payout_run_id}}/{}", name), handler)
                .says(std::move(summary))
                .explains(std::move(explained))
                .allow(Access::staff)
                .needs(Permission::payouts_manage)
                .as(db::Role::money)
                .answers(200);
  };
  change(
      "refresh", refresh, "Bring a draft up to date",
      "Takes in what is owed back since, uses payout methods that are new, and removes who can no longer be paid.")
      ->refuses({&kState});
  change("inclusion", include, "Include a partner in a draft", "")->refuses({&kState, &kNothingPayable});
  change("exclusion", exclude, "Exclude a partner from a draft; its earnings are due again", "")
      ->refuses({&kState});
  change("cancellation", cancel, "Give up a run that was not sent; its earnings are due again", "")
      ->sensitive()
      .refuses({&kState});
  change(
      "approval", approve, "Approve a draft as it is",
      "By a person who did not ask for the run; above the organization's limit by two. A change of the draft ends "
      "its approvals.")
      ->needs(Permission::payouts_approve)
      .sensitive()
      .refuses({&kState, &kSamePerson, &kDraftStale});
}

}  // namespace tandem::payouts
