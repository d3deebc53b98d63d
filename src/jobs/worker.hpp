// The worker: lists organizations with due jobs (as app_service), claims a batch of one organization under a
// lease, runs it, finishes it in the handler's own transaction. A hint wakes it; polling guarantees.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/task.hpp"
#include "db/pool.hpp"

namespace tandem::jobs {

struct WorkerOptions {
  std::chrono::milliseconds poll{500};
  std::chrono::seconds lease{60};
  int claim_max = 512;  // jobs of one organization a claim
};

/// Organizations whose jobs wait: those that are suspended or cancelled. Organizations belong to a higher
/// module: app wires in who knows, before anything is served. Asked at each round, on a connection of the
/// service role.
using Resting = Task<std::vector<OrganizationId>> (*)(db::Connection& service);
void set_resting(Resting resting);

struct WorkerStats {
  std::int64_t done_total = 0, failed_total = 0, parked_total = 0, postponed_total = 0;
};

class Worker {
 public:
  Worker(db::Pool& pool, WorkerOptions options);
  ~Worker();
  /// Runs until stop(); several workers (threads, servers) may run at once.
  Task<> run();
  /// Due work was just committed: do not wait for the next poll. May be called from the worker's thread only.
  void hint();
  /// Wakes every worker of this process, from any thread.
  static void hint_all();
  /// run() returns after the batch in hand. From any thread.
  void stop();
  /// Runs everything that is due now, of one organization or of all, for tests and commands; returns the
  /// number of jobs done.
  static Task<int> run_due(db::Pool& pool, std::optional<OrganizationId> organization = {});
  static WorkerStats stats();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tandem::jobs
