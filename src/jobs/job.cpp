#include "jobs/job.hpp"

#include <algorithm>

namespace tandem::jobs {

namespace {

const db::Query<db::Nothing(JobId, std::string, std::string, std::optional<std::string>, JsonObject,
                            Timestamp)>
    kEnqueue{"jobs.enqueue", R"sql(
    insert into app.jobs (organization_id, id, kind, runs_as, dedupe_key, payload, run_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing)sql"};

void queue(db::Tx& tx, JobId id, std::string_view kind, std::string payload,
           const std::optional<std::string>& dedupe_key, Timestamp run_at) {
  const auto* known = Kinds::instance().find(kind);
  TANDEM_ASSERT(known != nullptr, "job kind {} is not registered", kind);
  tx.later(kEnqueue, id, known->name,
           std::string(db::kRoleNames.at(static_cast<std::size_t>(known->runs_as))), dedupe_key,
           JsonObject::trusted(std::move(payload)), run_at);
}

}  // namespace

Kinds& Kinds::instance() {
  static Kinds kinds;
  return kinds;
}

void Kinds::add(Kind kind) {
  TANDEM_ASSERT(find(kind.name) == nullptr, "job kind {} is registered twice", kind.name);
  TANDEM_ASSERT(kind.batch_max >= 1 && kind.attempts_max >= 1 && !kind.run != !kind.call,
                "job kind {} is incomplete", kind.name);
  TANDEM_ASSERT(!kind.call || kind.batch_max == 1, "job kind {} calls a provider in batches", kind.name);
  TANDEM_ASSERT(kind.runs_as == db::Role::write || kind.runs_as == db::Role::money,
                "job kind {} runs as a role that cannot finish it", kind.name);
  kinds_.push_back(std::move(kind));
}

const Kind* Kinds::find(std::string_view name) const {
  const auto found = std::ranges::find(kinds_, name, &Kind::name);
  return found == kinds_.end() ? nullptr : &*found;
}

void enqueue(db::Tx& tx, std::string_view kind, std::string payload,
             const std::optional<std::string>& dedupe_key, std::optional<Timestamp> run_at) {
  queue(tx, tx.new_id<JobId>(), kind, std::move(payload), dedupe_key, run_at.value_or(tx.now()));
}

void enqueue_as(db::Tx& tx, JobId id, std::string_view kind, std::string payload) {
  queue(tx, id, kind, std::move(payload), std::nullopt, tx.now());
}

}  // namespace tandem::jobs
