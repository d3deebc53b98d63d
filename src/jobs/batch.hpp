// One claimed batch of one organization: run, finished, failed, postponed. Used by the worker only.
#pragma once
#include <string>
#include <vector>

#include "db/pool.hpp"
#include "jobs/job.hpp"
#include "jobs/worker.hpp"

namespace tandem::jobs {

/// Organizations with due jobs, the longest waiting first, at most 100; those that rest
/// are left out.
Task<std::vector<OrganizationId>> organizations_with_due_jobs(db::Pool& pool);

struct BatchResult {
  int claimed = 0, done = 0;
};
/// Claims due jobs of the organization, by the options, and runs them. Throws only when the database is away.
Task<BatchResult> run_batch(db::Pool& pool, OrganizationId organization, WorkerOptions options);

/// The same for all workers of the process.
WorkerStats batch_stats();

}  // namespace tandem::jobs
