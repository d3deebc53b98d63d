// The queue as people see it: what is under way, what failed and why, run again or given up. No payload is
// shown: who looks at jobs need not be somebody who may look at what they are about.
#pragma once
#include "base/page.hpp"
#include "base/problem.hpp"
#include "base/text.hpp"
#include "jobs/job.hpp"

namespace tandem::jobs {

enum class JobState : int {
  due,     // waits for its time, or for the next attempt
  leased,  // a worker has it
  done,
  parked,    // every attempt failed; a person decides
  cancelled  // a person gave it up
};
BOOST_DESCRIBE_ENUM(JobState, due, leased, done, parked, cancelled)

struct QueuedJob {
  JobId id;
  std::string kind;
  JobState state{};
  std::int32_t attempts = 0;
  Timestamp run_at;                       // of the next attempt, while it is due
  std::optional<std::string> last_error;  // a code of ours, nothing personal
  Timestamp created_at;
  std::optional<Timestamp> done_at;  // when it was done or cancelled
};
BOOST_DESCRIBE_STRUCT(QueuedJob, (), (id, kind, state, attempts, run_at, last_error, created_at, done_at))

struct ListJobs {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<JobState> state;
  std::optional<Text<1, 80>> kind;
  std::optional<bool> failing;  // whether its last attempt failed
};
BOOST_DESCRIBE_STRUCT(ListJobs, (), (cursor, limit, sort, state, kind, failing))

inline constexpr ProblemKind kJobNotFailed{409, "job_not_failed",
                                           "The job has not failed, or is under way again"};

Task<Page<QueuedJob>> list_jobs(db::Tx& tx, ListJobs query);
/// Throws Problem kNotFound.
Task<QueuedJob> get_job(db::Tx& tx, JobId id);
/// Runs a job that failed at once, with all its attempts before it. Throws Problem kNotFound, kJobNotFailed.
Task<QueuedJob> retry_job(db::Tx& tx, JobId id);
/// Gives a job up that failed; it is kept, and never runs. Throws Problem kNotFound, kJobNotFailed.
Task<QueuedJob> cancel_job(db::Tx& tx, JobId id);

}  // namespace tandem::jobs
