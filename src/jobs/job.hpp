// Jobs: work that can fail later, as rows of app.jobs, enqueued in the transaction of what caused it. A kind
// of job is data: its name, the role it runs as, how many it takes at once, and its handler. Finishing the
// job is part of the handler's transaction, so its effects happen once.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"

namespace tandem::jobs {

using JobId = Id<struct JobTag>;

struct Job {
  JobId id;
  std::string payload;  // JSON object, ids only
  int attempts = 1;     // this one included
};

/// What a call to a provider leaves to be written, in the transaction that finishes its job. May be empty.
using Finish = std::function<Task<>(db::Tx&)>;

/// A kind has either `run` or `call`.
struct Kind {
  std::string name;  // "attribution.apply_inbound"
  db::Role runs_as = db::Role::write;
  int batch_max = 1;      // jobs of one organization in one transaction; a batch that fails is run one by one
  int attempts_max = 10;  // then the job is parked, visible
  std::function<Task<>(db::Tx&, std::span<const Job>)> run{};
  /// For work that calls providers, one job at a time: runs with no transaction open, commits what it must in
  /// short ones of its own, and gives what finishes it. It ends within 30 s, half of a lease, because the
  /// organization's other jobs wait for it; longer work enqueues its continuation. It may run twice, so what
  /// it commits is idempotent.
  std::function<Task<Finish>(db::Pool&, const db::Scope&, const Job&)> call{};
};

/// Thrown by a handler: run this job again after `delay`, which is no failure (an event before its lead). At
/// attempts_max the job is parked all the same. `reason` is stored: a word of ours, no personal data.
class Postpone : public std::exception {
 public:
  Postpone(std::chrono::seconds delay, std::string reason) : delay_(delay), reason_(std::move(reason)) {}
  std::chrono::seconds delay() const { return delay_; }
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  std::chrono::seconds delay_;
  std::string reason_;
};

/// For handlers of batches: leaves this one job out of what the batch finishes and runs it again after
/// `delay`, in the handler's own transaction (queued with tx.later: state 'due', run_at, last_error = reason,
/// no personal data). The worker finishes with one statement over the batch that accepts rows which are still
/// its own (attempts = mine) and either 'leased', which become 'done', or 'due' again by this call; any other
/// row means a lost lease: roll back.
void postpone(db::Tx& tx, const Job& job, std::chrono::seconds delay, std::string_view reason);

/// Every kind of the program; filled in app/wiring before the workers start.
class Kinds {
 public:
  static Kinds& instance();
  void add(Kind kind);
  const Kind* find(std::string_view name) const;
  std::span<const Kind> all() const { return kinds_; }
  void clear() { kinds_.clear(); }

 private:
  std::vector<Kind> kinds_;
};

/// Queues the job's row on the transaction. With a dedupe_key the job exists once per kind and key. The kind
/// must be registered; without `run_at` it is due at once. Call Worker::hint_all() after the commit to have
/// it run at once.
void enqueue(db::Tx& tx, std::string_view kind, std::string payload,
             const std::optional<std::string>& dedupe_key = {}, std::optional<Timestamp> run_at = {});
/// The same with an id of the caller's own, due at once: the job of one thing has that thing's id. A job that
/// exists stays as it is.
void enqueue_as(db::Tx& tx, JobId id, std::string_view kind, std::string payload);

}  // namespace tandem::jobs
