#include "jobs/queue.hpp"

namespace tandem::jobs {

namespace {

const db::ListQuery<QueuedJob(std::optional<JobState>, std::optional<Text<1, 80>>, std::optional<bool>)>
    kListJobs{"jobs.list_jobs",
              R"sql(
  select j.id, j.kind, j.state, j.attempts, j.run_at, j.last_error, j.created_at, j.done_at
  from app.jobs j
  where j.organization_id = $1
    and ($2::text is null or j.state = $2)
    and ($3::text is null or j.kind = $3)
    and ($4::boolean is null or (j.state in ('due', 'parked') and j.last_error is not null) = $4)
)sql",
              "j.id",
              {{"id", "j.id", "uuid"},
               {"created_at", "j.created_at", "timestamptz"},
               {"run_at", "j.run_at", "timestamptz"}}};

const db::Query<QueuedJob(JobId)> kJob{"jobs.job", R"sql(
  select j.id, j.kind, j.state, j.attempts, j.run_at, j.last_error, j.created_at, j.done_at
  from app.jobs j
  where j.organization_id = $1 and j.id = $2
)sql"};

// A worker that still had the job sees another number of attempts, or another state, and undoes what it did.
const db::Query<QueuedJob(JobId, Timestamp)> kRetry{"jobs.retry", R"sql(
  update app.jobs j set state = 'due', run_at = $3, attempts = 0, lease_until = null
  where j.organization_id = $1 and j.id = $2
    and (j.state = 'parked' or (j.state = 'due' and j.last_error is not null))
  returning j.id, j.kind, j.state, j.attempts, j.run_at, j.last_error, j.created_at, j.done_at
)sql"};

const db::Query<QueuedJob(JobId, Timestamp)> kCancel{"jobs.cancel", R"sql(
  update app.jobs j set state = 'cancelled', done_at = $3, lease_until = null
  where j.organization_id = $1 and j.id = $2
    and (j.state = 'parked' or (j.state = 'due' and j.last_error is not null))
  returning j.id, j.kind, j.state, j.attempts, j.run_at, j.last_error, j.created_at, j.done_at
)sql"};

Task<QueuedJob> move(db::Tx& tx, JobId id, const db::Query<QueuedJob(JobId, Timestamp)>& update) {
  auto moved = co_await tx.maybe(update, id, tx.now());
  if (moved) co_return *std::move(moved);
  co_await get_job(tx, id);  // 404 when there is none
  throw Problem(kJobNotFailed);
}

}  // namespace

Task<Page<QueuedJob>> list_jobs(db::Tx& tx, ListJobs query) {
  co_return co_await tx.page(kListJobs, query.sort ? query.sort->str() : "-id", query.cursor,
                             query.limit.value_or(PageLimit{}), query.state, query.kind, query.failing);
}

Task<QueuedJob> get_job(db::Tx& tx, JobId id) {
  auto found = co_await tx.maybe(kJob, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<QueuedJob> retry_job(db::Tx& tx, JobId id) { return move(tx, id, kRetry); }
Task<QueuedJob> cancel_job(db::Tx& tx, JobId id) { return move(tx, id, kCancel); }

}  // namespace tandem::jobs
