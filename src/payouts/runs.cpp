#include "payouts/runs.hpp"

#include <array>
#include <map>
#include <utility>

#include "earnings/api.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "ledger/api.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

namespace {

constexpr std::string_view kCollectJob = "payouts.collect";
// Few enough that nobody waits long for their accounts, which are locked until the commit.
constexpr int kPartnersAtOnce = 50;

const db::Query<PayoutRun(PayoutRunId)> kRun{"payouts.run", R"sql(
  select r.id, r.kind, r.period, r.currency, r.state, r.cutoff_at, r.revision,
    (select count(*) from app.payouts p
      where p.organization_id = $1 and p.payout_run_id = r.id and p.state <> 'removed') as payouts,
    (select coalesce(sum(p.amount), 0)::bigint from app.payouts p
      where p.organization_id = $1 and p.payout_run_id = r.id and p.state <> 'removed') as amount,
    (select count(*) from app.payout_approvals a
      where a.organization_id = $1 and a.payout_run_id = r.id and a.revision = r.revision) as approvals,
    nullif(r.requested_by, '00000000-0000-0000-0000-000000000000') as requested_by, r.approved_at, r.submitted_at,
    r.settled_at, r.created_at, r.updated_at
  from app.payout_runs r
  where r.organization_id = $1 and r.id = $2
)sql"};

const db::ListQuery<PayoutRun(std::optional<RunState>, std::optional<RunKind>, std::optional<Currency>)>
    kListRuns{"payouts.list_runs",
              R"sql(
  select r.id, r.kind, r.period, r.currency, r.state, r.cutoff_at, r.revision,
    (select count(*) from app.payouts p
      where p.organization_id = $1 and p.payout_run_id = r.id and p.state <> 'removed') as payouts,
    (select coalesce(sum(p.amount), 0)::bigint from app.payouts p
      where p.organization_id = $1 and p.payout_run_id = r.id and p.state <> 'removed') as amount,
    (select count(*) from app.payout_approvals a
      where a.organization_id = $1 and a.payout_run_id = r.id and a.revision = r.revision) as approvals,
    nullif(r.requested_by, '00000000-0000-0000-0000-000000000000') as requested_by, r.approved_at, r.submitted_at,
    r.settled_at, r.created_at, r.updated_at
  from app.payout_runs r
  where r.organization_id = $1
    and ($2::text is null or r.state = $2)
    and ($3::text is null or r.kind = $3)
    and ($4::text is null or r.currency = $4)
)sql",
              "r.id",
              {{"created_at", "r.created_at", "timestamptz"}}};

struct IdRow {
  PayoutRunId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(PayoutRunId)> kLockRun{"payouts.lock_run", R"sql(
  select r.id from app.payout_runs r where r.organization_id = $1 and r.id = $2 for no key update
)sql"};

const db::Query<IdRow(PayoutRunId, RunKind, std::optional<std::string>, Currency, RunState, Timestamp,
                      ActorId)>
    kInsertRun{"payouts.insert_run", R"sql(
  insert into app.payout_runs (organization_id, id, kind, period, currency, state, cutoff_at, requested_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (organization_id, period, currency) where period is not null do nothing
  returning id
)sql"};

const db::Query<db::Nothing(PayoutRunId)> kRevise{"payouts.revise_run", R"sql(
  update app.payout_runs set revision = revision + 1 where organization_id = $1 and id = $2 and state = 'draft'
)sql"};

const db::Query<db::Nothing(PayoutRunId, PartnerId)> kCollectedTo{"payouts.collected_to", R"sql(
  update app.payout_runs set collected_to = $3 where organization_id = $1 and id = $2 and state = 'collecting'
)sql"};
const db::Query<db::Nothing(PayoutRunId, RunState)> kEndCollecting{"payouts.end_collecting", R"sql(
  update app.payout_runs set state = $3 where organization_id = $1 and id = $2 and state = 'collecting'
)sql"};

struct CollectedRow {
  std::optional<PartnerId> collected_to;
};
BOOST_DESCRIBE_STRUCT(CollectedRow, (), (collected_to))
const db::Query<CollectedRow(PayoutRunId)> kCollected{"payouts.collected", R"sql(
  select r.collected_to
  from app.payout_runs r
  where r.organization_id = $1 and r.id = $2 and r.state = 'collecting'
  for no key update
)sql"};

struct DueRow {
  earnings::EarningId id;
  PartnerId partner_id;
  std::int64_t amount;
};
BOOST_DESCRIBE_STRUCT(DueRow, (), (id, partner_id, amount))
const db::Query<DueRow(std::vector<PartnerId>, Currency, Timestamp)> kDue{"payouts.due_earnings", R"sql(
  select e.id, e.partner_id, e.amount
  from app.earnings e
  where e.organization_id = $1 and e.partner_id = any($2) and e.currency = $3 and e.state = 'due'
    and e.kind <> 'saving' and (e.amount < 0 or e.hold_until < $4)
)sql"};

const db::Query<db::Nothing(PayoutId, PayoutRunId, PartnerId, Currency, std::int64_t, std::int64_t,
                            PayoutMethodId, Rail, std::optional<std::int64_t>, std::optional<Currency>,
                            std::optional<JsonObject>)>
    kInsertPayout{"payouts.insert_payout", R"sql(
  insert into app.payouts (organization_id, id, payout_run_id, partner_id, currency, amount, earnings,
    payout_method_id, rail, sent_amount, sent_currency, exchange)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
)sql"};

struct CurrencyRow {
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(CurrencyRow, (), (currency))
const db::Query<CurrencyRow(Timestamp)> kDueCurrencies{"payouts.due_currencies", R"sql(
  select distinct e.currency
  from app.earnings e
  where e.organization_id = $1 and e.state = 'due' and e.amount > 0 and e.hold_until < $2
)sql"};

// Nobody of the staff asked for it.
const db::Query<IdRow(Currency, Timestamp)> kOpenRunOfRequests{"payouts.open_run_of_requests", R"sql(
  update app.payout_runs r set cutoff_at = $3
  where r.organization_id = $1 and r.id = (
    select o.id
    from app.payout_runs o
    where o.organization_id = $1 and o.kind = 'on_demand' and o.state = 'draft' and o.currency = $2
      and o.requested_by = '00000000-0000-0000-0000-000000000000'
    order by o.created_at desc, o.id desc
    limit 1) and r.state = 'draft'
  returning r.id
)sql"};
const db::Query<IdRow(PayoutRunId, ActorId)> kAskedFor{"payouts.asked_for_run", R"sql(
  select r.id
  from app.payout_runs r
  where r.organization_id = $1 and r.id = $2 and $3 <> '00000000-0000-0000-0000-000000000000'::uuid
    and (r.requested_by = $3 or exists (
      select 1 from app.payout_requests q
      where q.organization_id = $1 and q.payout_run_id = $2 and q.requested_by = $3))
)sql"};

void record(db::Tx& tx, std::string_view what, PayoutRunId id) {
  events::OutboxRow row{fmt::format("payout_run.{}", what), std::nullopt, id.uuid(), "{}"};
  events::record(tx, std::array{std::move(row)});
}

void enqueue_collecting(db::Tx& tx, PayoutRunId id) {
  jobs::enqueue(tx, kCollectJob, fmt::format(R"({{"payout_run_id":"{}"}})", id.str()));
}

struct CreatePayoutRun {
  Currency currency;
  std::optional<std::vector<PartnerId>> partner_ids;  // at most 50; absent: everybody who can be paid
  std::optional<Timestamp> cutoff_at;                 // what came due before it; absent: now
};
BOOST_DESCRIBE_STRUCT(CreatePayoutRun, (), (currency, partner_ids, cutoff_at))

Task<PayoutRun> create_run(db::Tx& tx, CreatePayoutRun request) {
  if (request.partner_ids && (request.partner_ids->empty() || request.partner_ids->size() > kPartnersAtOnce))
    throw invalid_field("/partner_ids", "out_of_range", "1 to 50 partners");
  if (request.cutoff_at && *request.cutoff_at > tx.now())
    throw invalid_field("/cutoff_at", "out_of_range", "not in the future");
  const auto id = tx.new_id<PayoutRunId>();
  const auto state = request.partner_ids ? RunState::draft : RunState::collecting;
  co_await tx.exec(kInsertRun, id, RunKind::on_demand, std::nullopt, request.currency, state,
                   request.cutoff_at.value_or(tx.now()), tx.scope().actor_id);
  record(tx, "created", id);
  if (request.partner_ids) {
    if (co_await take_partners(tx, co_await get_run(tx, id), *std::move(request.partner_ids)) == 0)
      throw Problem(kNothingPayable);
  } else {
    enqueue_collecting(tx, id);
  }
  co_return co_await get_run(tx, id);
}

struct ListPayoutRuns {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<RunState> state;
  std::optional<RunKind> kind;
  std::optional<Currency> currency;
};
BOOST_DESCRIBE_STRUCT(ListPayoutRuns, (), (cursor, limit, state, kind, currency))
Task<Page<PayoutRun>> list_runs(db::Tx& tx, ListPayoutRuns query) {
  co_return co_await tx.page(kListRuns, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             query.state, query.kind, query.currency);
}

struct CollectPayload {
  PayoutRunId payout_run_id;
};
BOOST_DESCRIBE_STRUCT(CollectPayload, (), (payout_run_id))

Task<> collect(db::Tx& tx, std::span<const jobs::Job> batch) {
  const auto id = json::parse<CollectPayload>(batch.front().payload).payout_run_id;
  const auto collected = co_await tx.maybe(kCollected, id);
  if (!collected) co_return;  // cancelled meanwhile, or done
  const auto run = co_await get_run(tx, id);
  const auto found = co_await candidates(tx, {run.currency, run.cutoff_at, std::nullopt},
                                         collected->collected_to, PageLimit{kPartnersAtOnce});
  std::vector<PartnerId> payable;
  for (const auto& one : found)
    if (!one.reason) payable.push_back(one.id);
  const auto taken = co_await take_partners(tx, run, std::move(payable));
  if (found.size() == kPartnersAtOnce) {
    tx.later(kCollectedTo, id, found.back().id);
    enqueue_collecting(tx, id);
    co_return;
  }
  const bool is_empty = run.payouts == 0 && taken == 0;
  tx.later(kEndCollecting, id, is_empty ? RunState::cancelled : RunState::draft);
  record(tx, is_empty ? "cancelled" : "drafted", id);
}

struct BeginPayload {
  Day period;
};
BOOST_DESCRIBE_STRUCT(BeginPayload, (), (period))

/// Runs that exist stay as they are, also when the payout day was moved after they began.
Task<> begin_runs(db::Tx& tx, std::span<const jobs::Job> batch) {
  const Day day = json::parse<BeginPayload>(batch.front().payload).period;
  const auto settings = co_await identity::payout_settings(tx);
  const std::chrono::year_month_day date{day.days()};
  if (date.day() != std::chrono::day{static_cast<unsigned>(settings.payout_day)}) co_return;
  std::chrono::year_month cutoff_month{date.year(), date.month()};
  const std::string period = day.str().substr(0, 7);
  if (settings.payout_cutoff_day > settings.payout_day) cutoff_month -= std::chrono::months{1};
  const Day cutoff{std::chrono::sys_days{cutoff_month / static_cast<int>(settings.payout_cutoff_day)}};
  const Timestamp cutoff_at = start_of_day(cutoff, settings.time_zone);
  for (const auto& row : co_await tx.all(kDueCurrencies, cutoff_at)) {
    const auto made = co_await tx.maybe(kInsertRun, tx.new_id<PayoutRunId>(), RunKind::scheduled, period,
                                        row.currency, RunState::collecting, cutoff_at, ActorId{});
    if (!made) continue;
    record(tx, "created", made->id);
    enqueue_collecting(tx, made->id);
  }
}

}  // namespace

Task<PayoutRun> get_run(db::Tx& tx, PayoutRunId id) {
  auto found = co_await tx.maybe(kRun, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<PayoutRun> lock_run(db::Tx& tx, PayoutRunId id, RunState state) {
  if (!co_await tx.maybe(kLockRun, id)) throw Problem(kNotFound);
  auto run = co_await get_run(tx, id);
  if (run.state != state)
    throw Problem(kState,
                  fmt::format("The run is {}, not {}.", json::enum_name(run.state), json::enum_name(state)));
  co_return run;
}

Task<PayoutRun> open_run_of_requests(db::Tx& tx, Currency currency) {
  if (const auto open = co_await tx.maybe(kOpenRunOfRequests, currency, tx.now()))
    co_return co_await get_run(tx, open->id);
  const auto id = tx.new_id<PayoutRunId>();
  co_await tx.exec(kInsertRun, id, RunKind::on_demand, std::nullopt, currency, RunState::draft, tx.now(),
                   ActorId{});
  record(tx, "created", id);
  co_return co_await get_run(tx, id);
}

Task<bool> asked_for(db::Tx& tx, PayoutRunId id, ActorId who) {
  co_return (co_await tx.maybe(kAskedFor, id, who)).has_value();
}

void revise(db::Tx& tx, PayoutRunId id) { tx.later(kRevise, id); }

Task<std::int64_t> take_partners(db::Tx& tx, const PayoutRun& run, std::vector<PartnerId> partner_ids) {
  // Who is nobody's partner, or has nothing due, has no account to be locked.
  const auto payable = [&](std::vector<PartnerId> among) -> Task<std::vector<PayoutCandidate>> {
    auto found = co_await candidates(tx, {run.currency, run.cutoff_at, std::move(among)}, std::nullopt,
                                     PageLimit{kPartnersAtOnce});
    std::erase_if(found, [](const PayoutCandidate& one) { return one.reason.has_value(); });
    co_return found;
  };
  std::vector<ledger::PartnerCurrency> accounts;
  for (const auto& one : co_await payable(std::exchange(partner_ids, {}))) {
    partner_ids.push_back(one.id);
    accounts.emplace_back(one.id, run.currency);
  }
  if (accounts.empty()) co_return 0;
  // Everybody who moves these partners' earnings waits from here on, so that what is read now is what is
  // taken.
  co_await ledger::lock_positions(tx, std::move(accounts));
  const auto rows = co_await tx.all(kDue, partner_ids, run.currency, run.cutoff_at);
  std::map<PartnerId, std::vector<earnings::EarningId>> due;
  std::map<PartnerId, std::int64_t> sums;
  for (const auto& row : rows) {
    due[row.partner_id].push_back(row.id);
    sums[row.partner_id] += row.amount;
  }
  std::int64_t taken = 0;
  Exchanges exchanges(day_in_zone(tx.now(), (co_await identity::payout_settings(tx)).time_zone));
  for (const auto& partner : co_await payable(std::move(partner_ids))) {
    const auto id = tx.new_id<PayoutId>();
    auto& ids = due[partner.id];
    std::optional<Sent> sent;
    if (partner.payout_currency != run.currency) {
      sent =
          co_await exchanges.convert(tx, {sums[partner.id], run.currency}, partner.payout_currency.value());
      if (!sent) continue;
    }
    tx.later(kInsertPayout, id, run.id, partner.id, run.currency, sums[partner.id],
             static_cast<std::int64_t>(ids.size()), partner.payout_method_id.value(), partner.rail.value(),
             sent ? std::optional(sent->amount.amount) : std::nullopt,
             sent ? std::optional(sent->amount.currency) : std::nullopt,
             sent ? std::optional(JsonObject::trusted(json::print(sent->exchange))) : std::nullopt);
    const auto count = ids.size();
    const auto moved = co_await earnings::take_into_payout(tx, id, std::move(ids));
    TANDEM_ASSERT(moved.size() == count, "{} of {} earnings taken into {}", moved.size(), count, id.str());
    ++taken;
  }
  co_return taken;
}

jobs::Kind collect_job() {
  jobs::Kind kind;
  kind.name = kCollectJob;
  kind.runs_as = db::Role::money;
  kind.run = collect;
  return kind;
}

jobs::Kind begin_job() {
  jobs::Kind kind;
  kind.name = "payouts.begin";
  kind.runs_as = db::Role::money;
  kind.run = begin_runs;
  return kind;
}

void declare_runs(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payouts");
  routes.post("/api/payout-runs", create_run)
      .says("Begin a payout run in one currency, of some partners or of all that can be paid")
      .explains(
          "With `partner_ids` the answer is the draft; without, the run is `collecting` until every partner was looked "
          "at.")
      .allow(Access::staff)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::money)
      .refuses({&kNothingPayable, &earnings::kOwedBackFirst});
  routes.get("/api/payout-runs", list_runs)
      .says("List payout runs, the latest first")
      .allow(Access::staff)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payout-runs/{payout_run_id}", get_run)
      .says("Get a payout run")
      .allow(Access::staff)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
