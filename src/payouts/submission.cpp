#include "payouts/submission.hpp"

#include <algorithm>

#include "identity/api.hpp"
#include "payouts/bank_results.hpp"
#include "payouts/methods.hpp"
#include "payouts/payee_forms.hpp"
#include "payouts/payouts.hpp"
#include "payouts/rail_accounts.hpp"
#include "payouts/runs.hpp"

namespace tandem::payouts {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSendJob = "payouts.send", kAskJob = "payouts.ask";
constexpr std::chrono::seconds kFirstAsk{300}, kAskMax{6 * 3600}, kFirstRetry{30}, kRetryMax{3600};
constexpr int kRoundsMax = 200;  // of asking: some seven weeks, after which PayPal has long returned it
// PayPal remembers a batch's name for 30 days; a payout without an answer is not sent again after that.
constexpr std::chrono::hours kResendMax{24 * 25};

struct ReadyRow {
  PayoutId id;
  Rail rail{};
  std::optional<std::string> reason;  // why it is not sent
};
BOOST_DESCRIBE_STRUCT(ReadyRow, (), (id, rail, reason))
const db::Query<ReadyRow(PayoutRunId, Timestamp)> kReady{"payouts.ready", R"sql(
  select p.id, p.rail, case
      when m.state <> 'active' or m.usable_at > $3 then 'method_changed'
      when c.state <> 'ready' then 'account_not_ready'
    end as reason
  from app.payouts p
  join app.payout_methods m on m.organization_id = p.organization_id and m.id = p.payout_method_id
  left join app.connected_accounts c on c.organization_id = m.organization_id and c.id = m.connected_account_id
  where p.organization_id = $1 and p.payout_run_id = $2 and p.state = 'approved'
  order by p.id
)sql"};

// So that of two runs sent at once one numbers its statements after the other.
const db::Query<db::Nothing()> kLockNumbers{"payouts.lock_statement_numbers", R"sql(
  select pg_advisory_xact_lock(hashtextextended('payout_statements/' || $1::uuid::text, 0))
)sql"};
const db::Query<db::Nothing(PayoutRunId, Day)> kNumberStatements{"payouts.number_statements", R"sql(
  update app.payouts p set statement_on = $3, statement_sequence = n.sequence
  from (
    select r.id, (row_number() over (order by r.id) + coalesce((
      select max(x.statement_sequence)
      from app.payouts x
      where x.organization_id = $1 and extract(year from x.statement_on) = extract(year from $3::date)), 0))::int
      as sequence
    from app.payouts r
    where r.organization_id = $1 and r.payout_run_id = $2 and r.state = 'approved') n
  where p.organization_id = $1 and p.id = n.id
)sql"};

const db::Query<db::Nothing(PayoutRunId, Timestamp)> kSubmit{"payouts.submit", R"sql(
  update app.payouts set
    state = case when rail in ('bank', 'sepa') then 'submitted' else 'submitting' end,
    submitted_at = case when rail in ('bank', 'sepa') then $3::timestamptz end
  where organization_id = $1 and payout_run_id = $2 and state = 'approved'
)sql"};
const db::Query<db::Nothing(PayoutRunId, Timestamp)> kSubmitRun{"payouts.submit_run", R"sql(
  update app.payout_runs set submitted_at = $3 where organization_id = $1 and id = $2
)sql"};

struct SendRow {
  PayoutId id;
  PayoutState state{};
  std::int64_t amount;
  Currency currency;
  Rail rail{};
  std::optional<std::string> external_id, external_batch_id;
  std::int32_t attempts;
  std::optional<Timestamp> submitted_at;
  PayoutMethodId payout_method_id;
  std::string holder_name;
  db::Bytes account;
  std::optional<std::string> bank_code;
  std::optional<std::string> country;
};
BOOST_DESCRIBE_STRUCT(SendRow, (),
                      (id, state, amount, currency, rail, external_id, external_batch_id, attempts,
                       submitted_at, payout_method_id, holder_name, account, bank_code, country))
// Committed before the provider is called: whoever comes after a crash knows that something may have arrived.
const db::Query<SendRow(PayoutId, Timestamp)> kBeginSending{"payouts.begin_sending", R"sql(
  update app.payouts p set attempts = p.attempts + 1, submitted_at = coalesce(p.submitted_at, $3)
  from app.payout_methods m
  where p.organization_id = $1 and p.id = $2 and p.state = 'submitting'
    and m.organization_id = $1 and m.id = p.payout_method_id
  returning p.id, p.state, coalesce(p.sent_amount, p.amount) as amount,
    coalesce(p.sent_currency, p.currency) as currency, p.rail, p.external_id, p.external_batch_id, p.attempts,
    p.submitted_at, p.payout_method_id, m.holder_name, m.account, m.bank_code, m.country
)sql"};
const db::Query<SendRow(PayoutId)> kForAsking{"payouts.for_asking", R"sql(
  select p.id, p.state, coalesce(p.sent_amount, p.amount) as amount,
    coalesce(p.sent_currency, p.currency) as currency, p.rail, p.external_id, p.external_batch_id, p.attempts,
    p.submitted_at, p.payout_method_id, m.holder_name, m.account, m.bank_code, m.country
  from app.payouts p
  join app.payout_methods m on m.organization_id = p.organization_id and m.id = p.payout_method_id
  where p.organization_id = $1 and p.id = $2 and p.state in ('submitted', 'unclaimed', 'paid')
)sql"};

const db::Query<db::Nothing(PayoutId, std::string, std::optional<std::string>)> kNote{"payouts.note_unknown",
                                                                                      R"sql(
  update app.payouts set reason = $3, external_id = coalesce($4, external_id)
  where organization_id = $1 and id = $2 and state = 'submitting'
)sql"};

bool is_file(Rail rail) { return rail == Rail::bank || rail == Rail::sepa; }
bool is_ready(const RailAccount& account) {
  switch (account.rail) {
    case Rail::bank: return true;
    case Rail::sepa: return !account.payer_name.empty() && !account.payer_account.empty();
    case Rail::paypal: return !account.client_id.empty() && !account.secret.empty();
    case Rail::wise: return !account.profile.empty() && !account.secret.empty();
    case Rail::stripe: return !account.secret.empty();
  }
  return false;
}

struct Payload {
  PayoutId payout_id;
  std::int32_t round = 0;  // of asking; -1: once
};
BOOST_DESCRIBE_STRUCT(Payload, (), (payout_id, round))

void enqueue(db::Tx& tx, std::string_view kind, Payload payload, std::chrono::seconds in) {
  jobs::enqueue(tx, kind, json::print(payload), std::nullopt, tx.now() + in);
}

Task<PayoutRun> submit(db::Tx& tx, PayoutRunId id) {
  co_await lock_run(tx, id, RunState::approved);
  const auto ready = co_await tx.all(kReady, id, tx.now());
  std::vector<Rail> rails;
  for (const auto& row : ready)
    if (!row.reason && row.rail != Rail::bank && std::ranges::find(rails, row.rail) == rails.end())
      rails.push_back(row.rail);
  for (const Rail rail : rails) {
    const auto account = co_await rail_account(tx, rail);
    if (!account || !is_ready(*account)) throw Problem(kRailNotReady, std::string(json::enum_name(rail)));
  }
  for (const auto& row : ready) {
    if (row.reason)
      co_await conclude(tx, row.id, {.state = PayoutState::failed, .reason = row.reason});
    else if (!is_file(row.rail))
      enqueue(tx, kSendJob, {row.id}, 0s);
  }
  const auto settings = co_await identity::payout_settings(tx);
  tx.later(kLockNumbers);
  tx.later(kNumberStatements, id, day_in_zone(tx.now(), settings.time_zone));
  tx.later(kSubmit, id, tx.now());
  tx.later(kSubmitRun, id, tx.now());
  derive_run_state(tx, id);
  co_return co_await get_run(tx, id);
}

struct Opened {
  SendRow row;
  Instruction instruction;
  RailAccount account;
};
Task<Opened> open(db::Tx& tx, SendRow row) {
  auto account = co_await rail_account(tx, row.rail);
  TANDEM_ASSERT(account, "the rail of payout {} has no account", row.id.str());
  Instruction to{.id = row.id,
                 .reference = reference_of(row.id),
                 .amount = {row.amount, row.currency},
                 .holder_name = row.holder_name,
                 .account = open_account(tx.scope().organization_id, row.payout_method_id, row.account),
                 .bank_code = row.bank_code.value_or(""),
                 .country = row.country.value_or(""),
                 .external_id = row.external_id.value_or(""),
                 .external_batch_id = row.external_batch_id.value_or("")};
  co_return Opened{std::move(row), std::move(to), *std::move(account)};
}

std::chrono::seconds doubled(std::chrono::seconds first, int times, std::chrono::seconds most) {
  return std::min(most, first * (1 << std::clamp(times, 0, 16)));
}

Task<> finish_sending(db::Tx& tx, SendRow row, RailAnswer answer) {
  if (answer.kind == RailAnswer::Kind::outcome) {
    const auto state = answer.outcome.state;
    co_await conclude(tx, row.id, std::move(answer.outcome));
    if (state == PayoutState::submitted || state == PayoutState::unclaimed)
      enqueue(tx, kAskJob, {row.id}, kFirstAsk);
    co_return;
  }
  co_await tx.exec(kNote, row.id, answer.reason, answer.outcome.external_id);
  if (tx.now() - row.submitted_at.value_or(tx.now()) < kResendMax)
    enqueue(tx, kSendJob, {row.id}, doubled(kFirstRetry, row.attempts - 1, kRetryMax));
}

Task<jobs::Finish> send(db::Pool& pool, const db::Scope& scope, const jobs::Job& job) {
  const auto id = json::parse<Payload>(job.payload).payout_id;
  const auto opened =
      co_await db::run_tx(pool, scope, db::Role::money, [&](db::Tx& tx) -> Task<std::optional<Opened>> {
        co_await lock_run_of(tx, id);
        auto row = co_await tx.maybe(kBeginSending, id, tx.now());
        if (!row) co_return std::nullopt;
        co_return co_await open(tx, *std::move(row));
      });
  if (!opened) co_return jobs::Finish{};
  const auto client = client_of(opened->account);
  RailAnswer answer{.kind = RailAnswer::Kind::absent};
  if (opened->row.attempts > 1) answer = co_await client->look_up(opened->instruction);
  if (answer.kind == RailAnswer::Kind::absent) answer = co_await client->send(opened->instruction);
  co_return [row = opened->row, answer](db::Tx& tx) { return finish_sending(tx, row, answer); };
}

Task<> finish_asking(db::Tx& tx, SendRow row, RailAnswer answer, int round) {
  auto state = row.state;
  if (answer.kind == RailAnswer::Kind::outcome && answer.outcome.state != row.state) {
    state = answer.outcome.state;
    co_await conclude(tx, row.id, std::move(answer.outcome));
  }
  const bool is_open = state == PayoutState::submitted || state == PayoutState::unclaimed;
  if (is_open && round >= 0 && round < kRoundsMax)
    enqueue(tx, kAskJob, {row.id, round + 1}, doubled(kFirstAsk, round + 1, kAskMax));
}

Task<jobs::Finish> ask(db::Pool& pool, const db::Scope& scope, const jobs::Job& job) {
  const auto payload = json::parse<Payload>(job.payload);
  const auto opened =
      co_await db::run_tx(pool, scope, db::Role::money, [&](db::Tx& tx) -> Task<std::optional<Opened>> {
        auto row = co_await tx.maybe(kForAsking, payload.payout_id);
        if (!row || is_file(row->rail)) co_return std::nullopt;
        co_return co_await open(tx, *std::move(row));
      });
  if (!opened) co_return jobs::Finish{};
  const auto client = client_of(opened->account);
  const auto answer = co_await client->look_up(opened->instruction);
  co_return [row = opened->row, answer, round = payload.round](db::Tx& tx) {
    return finish_asking(tx, row, answer, round);
  };
}

}  // namespace

void ask_soon(db::Tx& tx, PayoutId id, const std::string& cause) {
  jobs::enqueue(tx, kAskJob, json::print(Payload{id, -1}), cause);
}

jobs::Kind send_job() {
  // What a provider says is a value and uses up no attempt; what does is the database going away.
  return {.name = std::string(kSendJob), .runs_as = db::Role::money, .attempts_max = 100, .call = send};
}
jobs::Kind ask_job() {
  return {.name = std::string(kAskJob), .runs_as = db::Role::money, .attempts_max = 100, .call = ask};
}

void declare_submission(http::Routes& routes) {
  routes.tag("payouts");
  routes.post("/api/payout-runs/{payout_run_id}/submission", submit)
      .says("Send an approved run: providers are called, files can be downloaded")
      .explains(
          "A payout whose method was changed since, or cools down, fails as `method_changed`, one to an account at Stripe "
          "that is not ready as `account_not_ready`; its earnings are due again.")
      .allow(http::Access::staff)
      .needs(http::Permission::payouts_manage)
      .sensitive()
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState, &kRailNotReady});
}

}  // namespace tandem::payouts
