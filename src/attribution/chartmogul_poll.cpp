#include "attribution/chartmogul_poll.hpp"

#include <set>

#include "attribution/adapters/chartmogul.hpp"
#include "attribution/chartmogul_store.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "jobs/worker.hpp"
#include "net/client.hpp"

namespace tandem::attribution {
namespace {

using namespace std::chrono_literals;
using db::Role;

constexpr std::string_view kKind = "attribution.poll_chartmogul";
constexpr auto kLost =
    std::chrono::hours(2);  // a poll that should have gone on so long ago will not by itself
constexpr std::chrono::seconds kBackoffMax{900};
constexpr int kFailuresMax = 12;  // at one page; then the walk begins anew at its next time
constexpr int kPageSizeMax = 100;

ChartMogulOptions& options() {
  static ChartMogulOptions o;
  return o;
}

struct PollRow {
  std::int64_t generation = 0;
  bool is_walking = false, is_wanted_again = false;
  std::optional<std::string> cursor;
  std::int32_t page_size = kPageSizeMax, failures = 0;
  Timestamp next_at;
  std::optional<Timestamp> walked_at;
};
BOOST_DESCRIBE_STRUCT(PollRow, (),
                      (generation, is_walking, is_wanted_again, cursor, page_size, failures, next_at,
                       walked_at))
const db::Query<PollRow(EndpointId)> kLockPoll{"attribution.lock_invoice_poll", R"sql(
  select p.generation, p.is_walking, p.is_wanted_again, p.cursor, p.page_size, p.failures,
    p.next_at, p.walked_at
  from app.invoice_polls p
  where p.organization_id = $1 and p.endpoint_id = $2
  for no key update
)sql"};

const db::Query<db::Nothing(EndpointId, Timestamp)> kInsertPoll{"attribution.insert_invoice_poll", R"sql(
  insert into app.invoice_polls (organization_id, endpoint_id, next_at)
  values ($1, $2, $3)
  on conflict (organization_id, endpoint_id) do nothing
)sql"};
const db::Query<db::Nothing(EndpointId)> kWantAgain{"attribution.want_invoice_poll_again", R"sql(
  update app.invoice_polls set is_wanted_again = true
  where organization_id = $1 and endpoint_id = $2
)sql"};
const db::Query<db::Nothing(EndpointId, Timestamp)> kAdvance{"attribution.advance_invoice_poll", R"sql(
  update app.invoice_polls set generation = generation + 1, next_at = $3
  where organization_id = $1 and endpoint_id = $2
)sql"};
const db::Query<db::Nothing(EndpointId)> kBegin{"attribution.begin_invoice_walk", R"sql(
  update app.invoice_polls set is_walking = true, is_wanted_again = is_walking and is_wanted_again
  where organization_id = $1 and endpoint_id = $2
)sql"};
// Whoever lost the lease to a successor finds another cursor or generation and stores nothing twice.
const db::Query<db::Nothing(EndpointId, std::int64_t, std::optional<std::string>, std::optional<std::string>)>
    kTurnPage{"attribution.turn_invoice_page", R"sql(
  update app.invoice_polls set cursor = $5, pages = pages + 1, failures = 0, error = null
  where organization_id = $1 and endpoint_id = $2 and generation = $3 and cursor is not distinct from $4
)sql"};
const db::Query<db::Nothing(EndpointId, bool, bool, std::optional<std::string>, std::int32_t, std::int32_t,
                            std::optional<std::string>, Timestamp, std::optional<Timestamp>)>
    kEndTurn{"attribution.end_invoice_turn", R"sql(
  update app.invoice_polls set generation = generation + 1, is_walking = $3, is_wanted_again = $4,
    cursor = $5, page_size = $6, failures = $7, error = $8, next_at = $9, walked_at = $10
  where organization_id = $1 and endpoint_id = $2
)sql"};

struct Payload {
  EndpointId endpoint;
  std::int64_t generation = 0;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (endpoint, generation))

void enqueue_turn(db::Tx& tx, EndpointId endpoint, std::int64_t generation, Timestamp at) {
  jobs::enqueue(tx, kKind, json::print(Payload{endpoint, generation}), std::nullopt, at);
}

// ------------------------------------------------------------------ calling

/// What went wrong, and what to do about it.
struct Trouble {
  std::string reason;
  bool is_passing = true;     // worth trying the same page again soon
  bool is_too_large = false;  // a smaller page may do
  std::chrono::seconds retry_after{0};
};

bool is_passing_status(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504 || status == 520 ||
         status == 524;
}

std::chrono::seconds retry_after(const net::Answer& answer) {
  const auto text = answer.header("retry-after");
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::clamp(std::chrono::seconds(seconds), 0s, kBackoffMax);
}

/// One call with the endpoint's key; a 404 is an empty body when `may_be_missing`.
Task<std::expected<std::string, Trouble>> ask(std::string key, std::string path, bool may_be_missing) {
  net::Request request;
  request.url = options().base_url + path;
  request.headers = {{"Authorization", "Basic " + to_base64(key + ":")}, {"Accept", "application/json"}};
  request.answer_bytes_max = 4 * 1024 * 1024;
  auto answer = co_await net::fetch(std::move(request));
  if (!answer) {
    const auto kind = answer.error().kind;
    co_return std::unexpected(Trouble{
        .reason = fmt::format("{}: {}", net::name_of(kind), answer.error().reason),
        .is_passing = kind != net::Failure::Kind::refused_address && kind != net::Failure::Kind::refused_url,
        .is_too_large = kind == net::Failure::Kind::too_large});
  }
  if (answer->status == 200) co_return std::move(answer->body);
  if (answer->status == 404 && may_be_missing) co_return std::string();
  co_return std::unexpected(Trouble{.reason = fmt::format("ChartMogul answered {}", answer->status),
                                    .is_passing = is_passing_status(answer->status),
                                    .retry_after = retry_after(*answer)});
}

std::string page_path(const PollRow& row) {
  std::string out = fmt::format("/v1/invoices?per_page={}&with_disabled=true", row.page_size);
  if (row.cursor) out += "&cursor=" + percent_encoded(*row.cursor);
  return out;
}

// --------------------------------------------------------------------- turn

/// One job's work on one endpoint, and what it leaves.
struct Turn {
  db::Pool& pool;
  db::Scope scope;
  EndpointId endpoint_id;
  PollRow row;
  std::string key;
  Monotonic::time_point until;
  bool is_stale = false;   // somebody else goes on
  bool is_at_end = false;  // the last page is stored
  std::optional<Trouble> trouble;

  bool is_over() const { return is_stale || is_at_end || trouble || Monotonic::now() >= until; }
};

/// The e-mail of customers whom no lead knows by their ids. Returns how many of `fresh` are complete: fewer
/// than all when time ran out or a call failed.
Task<std::size_t> look_up_emails(Turn& turn, std::vector<ChartMogulTransaction>& fresh,
                                 const std::set<std::string>& known_customers) {
  std::map<std::string, std::optional<std::string>> emails;
  for (std::size_t done = 0; done < fresh.size(); ++done) {
    ChartMogulRecord& record = fresh[done].record;
    if (record.action != ChartMogulAction::payment || !record.customer) continue;
    if (known_customers.contains(*record.customer)) continue;
    if (record.customer_external_id && known_customers.contains(*record.customer_external_id)) continue;
    if (const auto found = emails.find(*record.customer); found != emails.end()) {
      record.email = found->second;
      continue;
    }
    // At least one a turn, so that a slow provider does not keep a page from ever being done.
    if (!emails.empty() && Monotonic::now() >= turn.until) co_return done;
    const auto body = co_await ask(turn.key, "/v1/customers/" + percent_encoded(*record.customer), true);
    if (!body) {
      turn.trouble = body.error();
      co_return done;
    }
    record.email = read_chartmogul_email(*body);
    emails.emplace(*record.customer, record.email);
  }
  co_return fresh.size();
}

/// Reads one page, stores what is new and turns it, in one commit.
Task<> turn_page(Turn& turn) {
  const auto body = co_await ask(turn.key, page_path(turn.row), false);
  if (!body) {
    turn.trouble = body.error();
    co_return;
  }
  auto page = read_chartmogul_page(*body);
  if (!page) {
    turn.trouble = Trouble{.reason = page.error().reason};
    co_return;
  }
  const std::string provider = "chartmogul:" + turn.endpoint_id.str();
  auto found = co_await db::run_tx(turn.pool, turn.scope, Role::read,
                                   [&](db::Tx& tx) { return find_fresh(tx, provider, page->transactions); });
  const std::size_t looked_up = co_await look_up_emails(turn, found.fresh, found.known_customers);
  const bool is_whole = looked_up == found.fresh.size();
  found.fresh.resize(looked_up);
  if (!is_whole) found.changed.clear();
  std::optional<std::string> next = turn.row.cursor;
  if (is_whole) next = page->has_more ? page->cursor : std::nullopt;
  const bool is_ours = co_await db::run_tx(turn.pool, turn.scope, Role::write, [&](db::Tx& tx) -> Task<bool> {
    const auto turned =
        co_await tx.exec(kTurnPage, turn.endpoint_id, turn.row.generation, turn.row.cursor, next);
    if (turned == 0) co_return false;
    co_await store_found(tx, provider, found);
    co_return true;
  });
  if (!is_ours) {
    turn.is_stale = true;
    co_return;
  }
  if (!found.fresh.empty()) jobs::Worker::hint_all();
  turn.row.failures = 0;
  turn.is_at_end = is_whole && !page->has_more;
  turn.row.cursor = std::move(next);
}

/// 2 s · 2^failures up to a quarter of an hour, ± 20 % so that what failed together does not return together.
std::chrono::seconds backoff(int failures) {
  const std::int64_t seconds = std::min<std::int64_t>(kBackoffMax.count(), 2LL << std::min(failures, 16));
  const int salt = new_uuid().bytes()[15];
  return std::chrono::seconds((seconds * (800 + salt * 400 / 255) + 999) / 1000);
}

/// Writes what became of the turn and enqueues the next one.
Task<> end_turn(db::Tx& tx, EndpointId endpoint_id, PollRow mine, bool is_at_end,
                std::optional<Trouble> trouble) {
  const auto row = co_await tx.maybe(kLockPoll, endpoint_id);
  if (!row || row->generation != mine.generation) co_return;
  bool is_walking = !is_at_end, is_wanted_again = row->is_wanted_again;
  std::optional<std::string> cursor = row->cursor, error;
  std::int32_t page_size = row->page_size, failures = trouble ? row->failures + 1 : 0;
  auto walked_at = row->walked_at;
  Timestamp next_at = tx.now();
  if (is_at_end) {
    next_at = tx.now() + (is_wanted_again ? options().pause : options().interval);
    is_wanted_again = false;
    page_size = kPageSizeMax;
    walked_at = tx.now();
  } else if (trouble) {
    error = trouble->reason;
    if (trouble->is_too_large && page_size > 1) {
      page_size /= 2;
    } else if (trouble->is_passing && failures <= kFailuresMax) {
      next_at = tx.now() + std::max(backoff(failures), trouble->retry_after);
    } else {  // a bad key, a cursor that is no more: from the beginning, later
      next_at = tx.now() + options().interval;
      is_walking = false;
      cursor = std::nullopt;
    }
  }
  co_await tx.exec(kEndTurn, endpoint_id, is_walking, is_wanted_again, cursor, page_size, failures, error,
                   next_at, walked_at);
  enqueue_turn(tx, endpoint_id, row->generation + 1, next_at);
}

struct Opened {
  PollRow row;
  std::string key;
};
/// The state, if this job is the one to go on; marks the walk as begun.
Task<std::optional<Opened>> open_turn(db::Tx& tx, EndpointId endpoint_id, std::int64_t generation) {
  auto row = co_await tx.maybe(kLockPoll, endpoint_id);
  if (!row || row->generation != generation) co_return std::nullopt;
  const auto endpoint = co_await live_endpoint(tx, endpoint_id);
  if (!endpoint || endpoint->provider != Provider::chartmogul || endpoint->secrets.empty())
    co_return std::nullopt;
  co_await tx.exec(kBegin, endpoint_id);
  co_return Opened{*std::move(row), endpoint->secrets.front()};
}

Task<jobs::Finish> poll(db::Pool& pool, const db::Scope& scope, const jobs::Job& job) {
  const auto payload = json::parse<Payload>(job.payload);
  auto opened = co_await db::run_tx(pool, scope, Role::write, [&](db::Tx& tx) {
    return open_turn(tx, payload.endpoint, payload.generation);
  });
  if (!opened) co_return jobs::Finish{};
  Turn turn{.pool = pool,
            .scope = scope,
            .endpoint_id = payload.endpoint,
            .row = std::move(opened->row),
            .key = std::move(opened->key),
            .until = Monotonic::now() + options().turn_max,
            .trouble = std::nullopt};
  do co_await turn_page(turn);
  while (!turn.is_over());
  if (turn.is_stale) co_return jobs::Finish{};
  co_return [id = turn.endpoint_id, row = turn.row, at_end = turn.is_at_end,
             trouble = turn.trouble](db::Tx& tx) { return end_turn(tx, id, row, at_end, trouble); };
}

// ------------------------------------------------------------------- routes

enum class PollState : int { waiting, walking };
BOOST_DESCRIBE_ENUM(PollState, waiting, walking)
struct InboundPolling {
  EndpointId endpoint_id;
  PollState state{};
  std::int64_t pages = 0;
  std::int32_t failures = 0;
  std::optional<std::string> error;
  Timestamp next_at;
  std::optional<Timestamp> walked_at;
};
BOOST_DESCRIBE_STRUCT(InboundPolling, (), (endpoint_id, state, pages, failures, error, next_at, walked_at))
const db::Query<InboundPolling(EndpointId)> kPolling{"attribution.invoice_polling", R"sql(
  select p.endpoint_id, case when p.is_walking then 'walking' else 'waiting' end as state, p.pages,
    p.failures, p.error, p.next_at, p.walked_at
  from app.invoice_polls p
  where p.organization_id = $1 and p.endpoint_id = $2
)sql"};

Task<InboundPolling> get_polling(db::Tx& tx, EndpointId endpoint_id) {
  auto found = co_await tx.maybe(kPolling, endpoint_id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

}  // namespace

void set_chartmogul_options(ChartMogulOptions wanted) { options() = std::move(wanted); }

jobs::Kind poll_chartmogul_job() {
  // Failures of the provider are values and never use up an attempt; what does is the database going away.
  return {
      .name = std::string(kKind), .runs_as = Role::write, .batch_max = 1, .attempts_max = 100, .call = poll};
}

Task<> request_poll(db::Tx& tx, EndpointId endpoint_id) {
  co_await tx.exec(kInsertPoll, endpoint_id, tx.now());
  const auto row = co_await tx.one(kLockPoll, endpoint_id);
  const bool is_lost = row.next_at + kLost < tx.now();
  if (row.is_walking && !is_lost) {
    co_await tx.exec(kWantAgain, endpoint_id);
    co_return;
  }
  const Timestamp at = std::max(tx.now(), row.walked_at.value_or(Timestamp{}) + options().pause);
  const bool is_new = row.generation == 1;  // nobody has enqueued anything yet
  if (!is_new && !is_lost && row.next_at <= at) co_return;
  co_await tx.exec(kAdvance, endpoint_id, at);
  enqueue_turn(tx, endpoint_id, row.generation + 1, at);
}

void declare_polling(http::Routes& routes) {
  routes.tag("inbound endpoints");
  routes.get("/api/inbound-endpoints/{endpoint_id}/polling", get_polling)
      .says("Get where the poller of an endpoint stands")
      .explains("Of `chartmogul` endpoints. `error` is of the last call; null when it went well.")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_read)
      .as(Role::read);
}

}  // namespace tandem::attribution
