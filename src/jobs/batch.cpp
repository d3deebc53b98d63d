#include "jobs/batch.hpp"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/clock.hpp"
#include "base/problem.hpp"

namespace tandem::jobs {

namespace {

struct Due {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(Due, (), (organization_id))

const db::ServiceQuery<Due(Timestamp, std::vector<OrganizationId>)> kDue{"jobs.list_due", R"sql(
    select organization_id from app.jobs
    where organization_id <> all ($2::uuid[])
      and ((state = 'due' and run_at <= $1) or (state = 'leased' and lease_until < now()))
    group by organization_id order by min(run_at) limit 100)sql"};

struct Claimed {
  JobId id;
  std::string kind, payload;
  std::int32_t attempts;
};
BOOST_DESCRIBE_STRUCT(Claimed, (), (id, kind, payload, attempts))

const db::Query<Claimed(std::int32_t, std::int32_t, Timestamp)> kClaim{"jobs.claim", R"sql(
    select j.id, j.kind, j.payload::text as payload, j.attempts
    from app.claim_jobs($2, $3::int * interval '1 second', $4) j
    where j.organization_id = $1)sql"};

const db::Query<db::Nothing(std::vector<JobId>, std::vector<std::int32_t>, Timestamp)> kFinish{"jobs.finish",
                                                                                               R"sql(
    update app.jobs j
    set state = case j.state when 'leased' then 'done' else j.state end,
        done_at = case j.state when 'leased' then $4::timestamptz end,
        lease_until = null,
        last_error = case j.state when 'leased' then null else j.last_error end
    from unnest($2::uuid[], $3::int[]) u(id, attempts)
    where j.organization_id = $1 and j.id = u.id and j.state in ('leased', 'due')
      and j.attempts = u.attempts)sql"};

// By the handler of a batch, in its own transaction: the job stays out of what the batch finishes.
const db::Query<db::Nothing(JobId, std::int32_t, Timestamp, std::string)> kPostpone{"jobs.postpone", R"sql(
    update app.jobs set state = 'due', run_at = $4, lease_until = null, last_error = $5
    where organization_id = $1 and id = $2 and state = 'leased' and attempts = $3)sql"};

const db::Query<db::Nothing(JobId, std::int32_t, std::string, Timestamp, std::string)> kPutBack{
    "jobs.put_back", R"sql(
    update app.jobs set state = $4, run_at = $5, lease_until = null, last_error = $6
    where organization_id = $1 and id = $2 and state = 'leased' and attempts = $3)sql"};

const db::Query<db::Nothing(std::vector<JobId>, std::vector<std::int32_t>)> kRelease{"jobs.release", R"sql(
    update app.jobs j set state = 'due', lease_until = null, attempts = j.attempts - 1
    from unnest($2::uuid[], $3::int[]) u(id, attempts)
    where j.organization_id = $1 and j.id = u.id and j.state = 'leased' and j.attempts = u.attempts)sql"};

Resting& resting_organizations() {
  static Resting resting = nullptr;
  return resting;
}

struct Counters {
  std::atomic<std::int64_t> done{0}, failed{0}, parked{0}, postponed{0};
};
Counters& counters() {
  static Counters c;
  return c;
}

/// The lease ran out while we worked and somebody else has the job: our effects are undone, nothing has
/// failed.
class LeaseLost {};

using Jobs = std::vector<Job>;

/// What the queue may keep of a failure: codes, never the text of a request, an address or a row.
std::string words_for(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Problem& problem) {
    return fmt::format("problem {}", problem.kind().code);
  } catch (const db::DbError& error) {
    return fmt::format("sqlstate {} {} in {}", error.sqlstate(), error.constraint(), error.query());
  } catch (const AssertionFailed&) {
    return "assertion";
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (...) {
    return "exception";
  }
}

/// 5 s · 2^(attempt-1), at most an hour, ± 20 % so that what failed together does not return together.
std::chrono::microseconds backoff(int attempts) {
  const std::int64_t seconds = std::min<std::int64_t>(3600, 5LL << std::min(attempts - 1, 20));
  const int salt = new_uuid().bytes()[15];  // random
  return std::chrono::microseconds(seconds * 1'000'000 * (800 + salt * 400 / 255) / 1000);
}

std::pair<std::vector<JobId>, std::vector<std::int32_t>> keys_of(std::span<const Job> jobs) {
  std::pair<std::vector<JobId>, std::vector<std::int32_t>> out;
  for (const auto& job : jobs) {
    out.first.push_back(job.id);
    out.second.push_back(job.attempts);
  }
  return out;
}

/// A batch in hand: the organization's scope and until when its lease surely holds.
struct Hand {
  db::Pool& pool;
  db::Scope scope;
  Monotonic::time_point until;
  int done = 0;
};

Task<> run_and_finish(db::Tx& tx, const Kind& kind, std::span<const Job> jobs, const Finish& finish) {
  if (kind.run) co_await kind.run(tx, jobs);
  if (finish) co_await finish(tx);
  const auto [ids, attempts] = keys_of(jobs);
  const auto finished = co_await tx.exec(kFinish, ids, attempts, tx.now());
  if (finished != static_cast<std::int64_t>(jobs.size())) throw LeaseLost();
}

Task<> put_back(Hand& hand, const Job& job, bool park, std::chrono::microseconds delay, std::string words) {
  co_await db::run_tx(hand.pool, hand.scope, db::Role::write, [&](db::Tx& tx) {
    return tx.exec(kPutBack, job.id, job.attempts, park ? "parked" : "due", tx.now() + delay, words);
  });
  if (park) ++counters().parked;
}

Task<> postpone(Hand& hand, const Job& job, int attempts_max, const Postpone& wish) {
  ++counters().postponed;
  co_await put_back(hand, job, job.attempts >= attempts_max, wish.delay(), wish.what());
}

Task<> fail(Hand& hand, const Job& job, int attempts_max, std::string words) {
  ++counters().failed;
  co_await put_back(hand, job, job.attempts >= attempts_max, backoff(job.attempts), std::move(words));
}

/// Runs a part of the batch; what fails together is tried one by one. Throws when even the failure cannot be
/// written down: then the lease runs out and the job is taken again.
Task<> run_part(Hand& hand, const Kind& kind, std::span<const Job> jobs) {
  std::exception_ptr failure;
  std::optional<Postpone> wish;
  try {
    Finish finish;
    if (kind.call) finish = co_await kind.call(hand.pool, hand.scope, jobs.front());
    co_await db::run_tx(hand.pool, hand.scope, kind.runs_as,
                        [&](db::Tx& tx) { return run_and_finish(tx, kind, jobs, finish); });
    hand.done += static_cast<int>(jobs.size());
    counters().done += static_cast<std::int64_t>(jobs.size());
    co_return;
  } catch (const LeaseLost&) {
    co_return;
  } catch (const Postpone& asked) {
    wish = asked;
  } catch (...) {
    failure = std::current_exception();
  }
  if (jobs.size() > 1) {
    for (std::size_t i = 0; i < jobs.size(); ++i) co_await run_part(hand, kind, jobs.subspan(i, 1));
  } else if (wish) {
    co_await postpone(hand, jobs.front(), kind.attempts_max, *wish);
  } else {
    co_await fail(hand, jobs.front(), kind.attempts_max, words_for(failure));
  }
}

/// Gives back what was claimed and will not be begun in time.
Task<> release(Hand& hand, std::span<const Job> jobs) {
  const auto [ids, attempts] = keys_of(jobs);
  co_await db::run_tx(hand.pool, hand.scope, db::Role::write,
                      [&](db::Tx& tx) { return tx.exec(kRelease, ids, attempts); });
}

Task<> run_kind(Hand& hand, const std::string& name, const Jobs& jobs) {
  const auto* kind = Kinds::instance().find(name);
  for (std::size_t at = 0; at < jobs.size();) {
    const auto rest = std::span(jobs).subspan(at);
    if (Monotonic::now() > hand.until) {
      co_await release(hand, rest);
      co_return;
    }
    const auto& first = rest.front();
    if (kind == nullptr) {
      co_await fail(hand, first, 10, "unknown kind");  // of a newer program, perhaps
      ++at;
    } else if (first.attempts > kind->attempts_max) {
      // Every attempt ended with its worker.
      co_await put_back(hand, first, true, {}, "no attempt came to an end");
      ++at;
    } else {
      const auto count = std::min(rest.size(), static_cast<std::size_t>(kind->batch_max));
      co_await run_part(hand, *kind, rest.first(count));
      at += count;
    }
  }
}

}  // namespace

void postpone(db::Tx& tx, const Job& job, std::chrono::seconds delay, std::string_view reason) {
  ++counters().postponed;
  tx.later(kPostpone, job.id, job.attempts, tx.now() + delay, std::string(reason));
}

void set_resting(Resting resting) { resting_organizations() = resting; }

Task<std::vector<OrganizationId>> organizations_with_due_jobs(db::Pool& pool) {
  auto lease = co_await pool.acquire(db::Role::service);
  std::vector<OrganizationId> out;
  std::vector<OrganizationId> resting;
  if (resting_organizations() != nullptr) resting = co_await resting_organizations()(*lease);
  for (const auto& row : co_await db::service_all(*lease, kDue, Clock::now(), resting))
    out.push_back(row.organization_id);
  co_return out;
}

Task<BatchResult> run_batch(db::Pool& pool, OrganizationId organization, WorkerOptions options) {
  // A part that begins in the last third of the lease may not end in it.
  Hand hand{pool,
            {organization, db::ActorKind::system, ActorId{}, std::nullopt},
            Monotonic::now() + options.lease * 2 / 3};
  const auto lease_seconds = static_cast<std::int32_t>(options.lease.count());
  auto claimed = co_await db::run_tx(pool, hand.scope, db::Role::write, [&](db::Tx& tx) {
    return tx.all(kClaim, options.claim_max, lease_seconds, tx.now());
  });
  // Ids are ordered by time: what was enqueued first is run first.
  std::ranges::sort(claimed, {}, &Claimed::id);
  std::map<std::string, Jobs> by_kind;
  for (auto& row : claimed) by_kind[row.kind].push_back({row.id, std::move(row.payload), row.attempts});
  for (const auto& [name, jobs] : by_kind) co_await run_kind(hand, name, jobs);
  co_return BatchResult{static_cast<int>(claimed.size()), hand.done};
}

WorkerStats batch_stats() {
  const auto& c = counters();
  return {c.done, c.failed, c.parked, c.postponed};
}

}  // namespace tandem::jobs
