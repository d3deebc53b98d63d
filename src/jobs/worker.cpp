#include "jobs/worker.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>

#include "jobs/batch.hpp"

namespace asio = boost::asio;

namespace tandem::jobs {

struct Worker::Impl {
  Impl(db::Pool& of, WorkerOptions with) : pool(of), options(with), timer(of.executor()) {}
  /// On the worker's thread.
  void wake() {
    woken = true;
    timer.cancel();
  }
  db::Pool& pool;
  WorkerOptions options;
  asio::steady_timer timer;
  bool woken = false;
  std::atomic<bool> stopping{false}, posted{false};
};

namespace {

struct Registry {
  std::mutex mutex;
  std::vector<std::weak_ptr<void>> workers;
};
Registry& registry() {
  static Registry r;
  return r;
}

Task<BatchResult> run_round(db::Pool& pool, const WorkerOptions& options, std::optional<OrganizationId> only,
                            const std::atomic<bool>* stopping) {
  std::vector<OrganizationId> organizations;
  if (only)
    organizations.push_back(*only);
  else
    organizations = co_await organizations_with_due_jobs(pool);
  BatchResult total;
  for (const auto& organization : organizations) {
    if (stopping != nullptr && *stopping) break;
    const auto result = co_await run_batch(pool, organization, options);
    total.claimed += result.claimed;
    total.done += result.done;
  }
  co_return total;
}

}  // namespace

Worker::Worker(db::Pool& pool, WorkerOptions options) : impl_(std::make_shared<Impl>(pool, options)) {
  auto& r = registry();
  const std::lock_guard lock(r.mutex);
  std::erase_if(r.workers, [](const auto& worker) { return worker.expired(); });
  r.workers.push_back(impl_);
}

Worker::~Worker() = default;

Task<> Worker::run() {
  const auto impl = impl_;
  while (!impl->stopping) {
    impl->woken = false;
    BatchResult result;
    try {
      result = co_await run_round(impl->pool, impl->options, {}, &impl->stopping);
    } catch (const std::exception&) {
      // The database is away. What is leased comes back when its lease ends; the pool counts its refusals.
      result = {};
    }
    if (impl->stopping) break;
    if (result.claimed > 0 || impl->woken) continue;
    impl->timer.expires_after(impl->options.poll);
    co_await impl->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void Worker::hint() { impl_->wake(); }

void Worker::hint_all() {
  auto& r = registry();
  const std::lock_guard lock(r.mutex);
  for (const auto& weak : r.workers) {
    const auto impl = std::static_pointer_cast<Impl>(weak.lock());
    if (!impl || impl->posted.exchange(true)) continue;  // one message on its way is enough
    asio::post(impl->timer.get_executor(), [impl] {
      impl->posted = false;
      impl->wake();
    });
  }
}

void Worker::stop() {
  impl_->stopping = true;
  asio::post(impl_->timer.get_executor(), [impl = impl_] { impl->wake(); });
}

Task<int> Worker::run_due(db::Pool& pool, std::optional<OrganizationId> organization) {
  int done = 0;
  for (;;) {
    const auto result = co_await run_round(pool, {}, organization, nullptr);
    done += result.done;
    if (result.claimed == 0) co_return done;
  }
}

WorkerStats Worker::stats() { return batch_stats(); }

}  // namespace tandem::jobs
