#include "ledger/rates.hpp"

#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "identity/ids.hpp"
#include "jobs/worker.hpp"
#include "log/log.hpp"
#include "net/client.hpp"

namespace tandem::ledger {
namespace {

using namespace std::chrono_literals;
using db::Role;

constexpr std::string_view kKind = "ledger.fetch_rates";

// ------------------------------------------------------------------ storing

struct StoredRow {
  ExchangeRateId id;
};
BOOST_DESCRIBE_STRUCT(StoredRow, (), (id))
// A value that is there already, or was corrected to this before, is not stored again.
const db::ServiceQuery<StoredRow(std::vector<ExchangeRateId>, std::vector<RateSource>, std::vector<Currency>,
                                 std::vector<Currency>, std::vector<Decimal>, std::vector<Day>, bool,
                                 Timestamp, db::Bytes)>
    kStore{"ledger.store_rates", R"sql(
  insert into app.exchange_rates (id, source, base, quote, rate, effective_on, revision, is_suspect, fetched_at,
    payload_sha256)
  select u.id, u.source, u.base, u.quote, u.rate, u.effective_on, coalesce(known.revision, 0) + 1,
    $7::bool and coalesce(abs(u.rate - earlier.rate) * 10 > earlier.rate, false), $8::timestamptz, $9::bytea
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::date[])
    as u(id, source, base, quote, rate, effective_on)
  left join lateral (
    select r.revision, r.rate, r.is_suspect
    from app.exchange_rates r
    where r.source = u.source and r.base = u.base and r.quote = u.quote and r.effective_on = u.effective_on
    order by r.revision desc
    limit 1) known on true
  left join lateral (
    select r.rate
    from app.exchange_rates r
    where r.source = u.source and r.base = u.base and r.quote = u.quote and r.effective_on < u.effective_on
      and r.effective_on >= u.effective_on - 10 and not r.is_suspect
    order by r.effective_on desc, r.revision desc
    limit 1) earlier on true
  where known.revision is null or known.rate <> u.rate or (known.is_suspect and not $7)
  on conflict do nothing
  returning id
)sql"};

/// A batch as unnest takes it.
struct Columns {
  std::vector<ExchangeRateId> id;
  std::vector<RateSource> source;
  std::vector<Currency> base, quote;
  std::vector<Decimal> rate;
  std::vector<Day> effective_on;
};

// ----------------------------------------------------------------- fetching

RateOptions& options() {
  static RateOptions o;
  return o;
}
const std::string& url_of(RateSource source) {
  return source == RateSource::ecb ? options().ecb_url : options().cbu_url;
}

struct NewestRow {
  std::optional<Day> day;
};
BOOST_DESCRIBE_STRUCT(NewestRow, (), (day))
const db::ServiceQuery<NewestRow(RateSource)> kNewest{"ledger.newest_rate", R"sql(
  select max(effective_on) as day from app.exchange_rates where source = $1
)sql"};

Task<std::optional<Day>> newest(db::Pool& pool, RateSource source) {
  auto lease = co_await pool.acquire(Role::service);
  co_return (co_await db::service_all(*lease, kNewest, source)).front().day;
}

struct Payload {
  RateSource source{};
};
BOOST_DESCRIBE_STRUCT(Payload, (), (source))

/// The answer of a bank, or why there is none.
Task<std::expected<std::string, std::string>> ask(RateSource source, std::optional<Day> known,
                                                  Timestamp now) {
  net::Request request;
  request.timeouts = {.connect = 5s, .total = 10s};
  request.answer_bytes_max = std::size_t{source == RateSource::ecb ? 5U : 1U} << 20U;
  if (source == RateSource::ecb) {
    // After a gap the last ninety days, which are one file too.
    const bool has_gap = !known || published_by(source, now).days() - known->days() > std::chrono::days{4};
    request.url = url_of(source) + (has_gap ? "/eurofxref-hist-90d.xml" : "/eurofxref-daily.xml");
  } else {
    request.url = url_of(source) + "/json/";
  }
  auto answer = co_await net::fetch(std::move(request));
  if (!answer)
    co_return std::unexpected(
        fmt::format("{}: {}", net::name_of(answer.error().kind), answer.error().reason));
  if (answer->status != 200) co_return std::unexpected(fmt::format("the answer is {}", answer->status));
  co_return std::move(answer->body);
}

/// Fetches and stores; gives what went wrong.
Task<std::optional<std::string>> fetch(db::Pool& pool, RateSource source) {
  const auto known = co_await newest(pool, source);
  const Timestamp now = Clock::now();
  if (url_of(source).empty() || (known && *known >= published_by(source, now))) co_return std::nullopt;
  const auto body = co_await ask(source, known, now);
  if (!body) co_return body.error();
  const auto file = read_rates(*body);
  if (!file) co_return file.error();
  if (file->source != source) co_return "the answer is another bank's";
  const auto stored = co_await store_rates(pool, *file, *body, BroughtBy::machine);
  log::info("rates.fetched", {{"source", json::enum_name(source)}, {"stored", stored}});
  co_return std::nullopt;
}

Task<jobs::Finish> run_fetch(db::Pool& pool, const db::Scope&, const jobs::Job& job) {
  constexpr int kTries = 3;  // the next hour has a job of its own
  const auto source = json::parse<Payload>(job.payload).source;
  const auto trouble = co_await fetch(pool, source);
  if (!trouble) co_return jobs::Finish{};
  if (job.attempts < kTries) throw jobs::Postpone(60s, "rates: " + *trouble);
  log::warn("rates.not_fetched", {{"source", json::enum_name(source)}, {"reason", *trouble}});
  co_return jobs::Finish{};
}

// ------------------------------------------------------------------ showing

struct GetRate {
  Currency from, to;
  std::optional<Day> date;  // default: today in the organization's zone
};
BOOST_DESCRIBE_STRUCT(GetRate, (), (from, to, date))
struct Rate {
  Currency from, to;
  Day date;
  Decimal rate;  // at most 12 decimals; numerator and denominator are exact
  std::int64_t numerator = 1, denominator = 1;
  std::vector<RateStep> path;
};
BOOST_DESCRIBE_STRUCT(Rate, (), (from, to, date, rate, numerator, denominator, path))

struct TodayRow {
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(TodayRow, (), (time_zone))
const db::Query<TodayRow()> kZone{"ledger.organization_zone", R"sql(
  select time_zone from app.organizations where organization_id = $1
)sql"};

Decimal shown(const Exchange& exchange) {
  const int digits = exchange.numerator / exchange.denominator < 1'000'000 ? 12 : 6;
  __int128 scaled = exchange.numerator;
  for (int i = 0; i < digits; ++i) scaled *= 10;
  return {divide_rounded(scaled, exchange.denominator), digits};
}

Task<Rate> get_rate(db::Tx& tx, GetRate query) {
  if (!query.date) query.date = day_in_zone(tx.now(), (co_await tx.one(kZone)).time_zone);
  const auto exchange = co_await exchange_at(tx, query.from, query.to, *query.date);
  co_return Rate{exchange.from,      exchange.to,          exchange.on,  shown(exchange),
                 exchange.numerator, exchange.denominator, exchange.path};
}

}  // namespace

Task<std::int64_t> store_rates(db::Pool& pool, const RateFile& file, std::string_view payload, BroughtBy by) {
  constexpr std::size_t kBatch = 5'000;
  const db::Bytes digest{crypto::sha256(payload)};
  auto lease = co_await pool.acquire(Role::service);
  std::int64_t stored = 0;
  for (std::size_t begin = 0; begin < file.rates.size(); begin += kBatch) {
    Columns columns;
    for (std::size_t i = begin; i < std::min(begin + kBatch, file.rates.size()); ++i) {
      const PublishedRate& rate = file.rates[i];
      columns.id.emplace_back(new_uuid());
      columns.source.push_back(rate.source);
      columns.base.push_back(rate.base);
      columns.quote.push_back(rate.quote);
      columns.rate.push_back(rate.rate);
      columns.effective_on.push_back(rate.effective_on);
    }
    const auto rows = co_await db::service_all(*lease, kStore, columns.id, columns.source, columns.base,
                                               columns.quote, columns.rate, columns.effective_on,
                                               by == BroughtBy::machine, Clock::now(), digest);
    stored += static_cast<std::int64_t>(rows.size());
  }
  co_return stored;
}

void set_rate_options(RateOptions wanted) { options() = std::move(wanted); }

Day published_by(RateSource source, Timestamp now) {
  using namespace std::chrono;
  const bool is_ecb = source == RateSource::ecb;
  const auto zone = TimeZone::parse(is_ecb ? "Europe/Berlin" : "Asia/Tashkent").value();
  // Before the hour of publication it is still the day before.
  auto day = day_in_zone(now - (is_ecb ? 16h + 20min : 8h + 0min), zone).days();
  const weekday of_week{day};
  if (of_week == Saturday) day -= days{1};
  if (of_week == Sunday) day -= days{2};
  return Day(day);
}

jobs::Kind fetch_rates_job() {
  return {.name = std::string(kKind),
          .runs_as = Role::write,
          .batch_max = 1,
          .attempts_max = 10,
          .call = run_fetch};
}

Task<> request_rates(db::Pool& pool) {
  const db::Scope platform{identity::kPlatform, db::ActorKind::system, ActorId{}, std::nullopt};
  co_await db::run_tx(pool, platform, Role::write, [](db::Tx& tx) -> Task<> {
    const auto hour = tx.now().unix_seconds() / 3600;
    for (const auto source : {RateSource::ecb, RateSource::cbu})
      if (!url_of(source).empty())
        jobs::enqueue(tx, kKind, json::print(Payload{source}),
                      fmt::format("{}:{}", json::enum_name(source), hour));
    co_return;
  });
}

void declare_rates(http::Routes& routes) {
  routes.tag("Ledger");
  routes.get("/api/rates", get_rate)
      .says("Get an exchange rate")
      .explains(
          "One unit of `from` in `to` by the official rates of a day, or of the last day before it (at most ten days). "
          "`path` names the published rates that it is made of.")
      .allow(http::Access::partner)
      .needs(http::Permission::earnings_read)
      .as(Role::read)
      .refuses({&kNoRate});
}

}  // namespace tandem::ledger
