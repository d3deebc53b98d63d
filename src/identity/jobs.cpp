#include "identity/jobs.hpp"

#include <algorithm>

#include "identity/api.hpp"
#include "jobs/queue.hpp"

namespace tandem::identity {

namespace {

using jobs::JobId;
using jobs::QueuedJob;

Task<QueuedJob> noted(db::Tx& tx, JobId id, Task<QueuedJob> (*move)(db::Tx&, JobId)) {
  const QueuedJob before = co_await jobs::get_job(tx, id);
  QueuedJob after = co_await move(tx, id);
  note_change(tx, before, after);
  co_return after;
}
Task<QueuedJob> retry(db::Tx& tx, JobId id) { return noted(tx, id, jobs::retry_job); }
Task<QueuedJob> cancel(db::Tx& tx, JobId id) { return noted(tx, id, jobs::cancel_job); }

struct JobKinds {
  std::vector<std::string> items;
};
BOOST_DESCRIBE_STRUCT(JobKinds, (), (items))

/// Every kind of the program, by name.
Task<JobKinds> list_job_kinds(db::Tx&) {
  JobKinds out;
  for (const auto& kind : jobs::Kinds::instance().all()) out.items.push_back(kind.name);
  std::ranges::sort(out.items);
  co_return out;
}

}  // namespace

void declare_jobs(http::Routes& routes) {
  routes.tag("Jobs");
  const auto staff = [](http::Route& route, std::string summary, http::Permission permission,
                        db::Role role) -> http::Route& {
    return route.says(std::move(summary)).allow(http::Access::staff).needs(permission).as(role);
  };
  using enum http::Permission;
  staff(routes.get("/api/jobs", jobs::list_jobs), "List jobs, the latest first", integrations_read,
        db::Role::read)
      .explains(
          "Work that the server does by itself: what came from billing systems, mails, payouts. `due` waits for its "
          "time, `parked` for a person after its last attempt. `failing=true`: whose last attempt failed.");
  staff(routes.get("/api/job-kinds", list_job_kinds), "List the kinds of jobs", integrations_read,
        db::Role::read);
  staff(routes.get("/api/jobs/{job_id}", jobs::get_job), "Get a job", integrations_read, db::Role::read);
  staff(routes.post("/api/jobs/{job_id}/retry", retry), "Run a job that failed again at once",
        integrations_manage, db::Role::write)
      .answers(200)
      .refuses({&jobs::kJobNotFailed});
  staff(routes.post("/api/jobs/{job_id}/cancellation", cancel), "Give up a job that failed",
        integrations_manage, db::Role::write)
      .answers(200)
      .refuses({&jobs::kJobNotFailed});
}

}  // namespace tandem::identity
