#include "db/pool.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <list>

#include "base/clock.hpp"
#include "base/problem.hpp"
#include "db/conninfo.hpp"
#include "db/tx.hpp"

namespace asio = boost::asio;

namespace tandem::db {

namespace {

struct DatabaseTime {
  Timestamp now;
};
BOOST_DESCRIBE_STRUCT(DatabaseTime, (), (now))

const ServiceQuery<DatabaseTime()> kDatabaseTime{"db.clock", "select clock_timestamp() as now"};

Problem busy() { return Problem(kUnavailable, "the database is busy or away").retry_after(1); }

/// Somebody who waits for a connection. `granted` without a connection is the right to open one.
struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool granted = false;
  std::unique_ptr<Connection> connection;
};

struct Shelf {
  std::vector<std::unique_ptr<Connection>> idle;  // the last one used is used first
  std::list<Waiter*> waiting;                     // first come, first served
  int open = 0;                                   // connected or connecting
  std::int64_t acquired = 0, refused = 0, replaced = 0;
};

}  // namespace

struct Pool::Impl {
  Impl(asio::any_io_executor on, PoolOptions with) : executor(std::move(on)), options(std::move(with)) {}

  Shelf& shelf(Role role) { return shelves[static_cast<std::size_t>(role)]; }
  int size(Role role) const { return options.size[static_cast<std::size_t>(role)]; }
  std::unique_ptr<Connection> take_idle(Role role);
  void give_back(Role role, std::unique_ptr<Connection> connection);
  /// A place among `open` became free: whoever waits may open a connection of its own.
  void place_free(Role role);

  asio::any_io_executor executor;
  PoolOptions options;
  std::array<Shelf, 4> shelves;
  bool closed = false;
};

std::unique_ptr<Connection> Pool::Impl::take_idle(Role role) {
  auto& s = shelf(role);
  while (!s.idle.empty()) {
    auto connection = std::move(s.idle.back());
    s.idle.pop_back();
    if (connection->still_open()) return connection;
    --s.open;
    ++s.replaced;
  }
  return nullptr;
}

void Pool::Impl::place_free(Role role) {
  auto& s = shelf(role);
  --s.open;
  if (closed || s.waiting.empty() || s.open >= size(role)) return;
  ++s.open;
  auto* waiter = s.waiting.front();
  s.waiting.pop_front();
  waiter->granted = true;
  waiter->timer.cancel();
}

void Pool::Impl::give_back(Role role, std::unique_ptr<Connection> connection) {
  auto& s = shelf(role);
  connection->forget();
  if (closed || connection->is_dead() || connection->in_transaction()) {
    ++s.replaced;
    connection.reset();
    place_free(role);
    return;
  }
  if (s.waiting.empty()) {
    s.idle.push_back(std::move(connection));
    return;
  }
  auto* waiter = s.waiting.front();
  s.waiting.pop_front();
  waiter->granted = true;
  waiter->connection = std::move(connection);
  waiter->timer.cancel();
}

namespace {

/// Holds a place of the shelf until it has become a lease, whatever happens to the coroutine that holds it.
struct Place {
  Place(std::shared_ptr<Pool::Impl> of, Role as) : pool(std::move(of)), role(as) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (pool) pool->place_free(role);
  }
  std::shared_ptr<Pool::Impl> pool;
  Role role;
};

/// Stands in the queue; leaves it, or passes on what it was granted, when the coroutine ends early.
struct Queued {
  Queued(std::shared_ptr<Pool::Impl> of, Role as) : pool(std::move(of)), role(as), waiter(pool->executor) {
    pool->shelf(role).waiting.push_back(&waiter);
  }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;
  ~Queued() {
    if (taken) return;
    if (waiter.connection)
      pool->give_back(role, std::move(waiter.connection));
    else if (waiter.granted)
      pool->place_free(role);
    else
      std::erase(pool->shelf(role).waiting, &waiter);
  }
  std::shared_ptr<Pool::Impl> pool;
  Role role;
  Waiter waiter;
  bool taken = false;
};

Task<std::unique_ptr<Connection>> open_connection(std::shared_ptr<Pool::Impl> pool, Role role) {
  Place place(pool, role);
  std::unique_ptr<Connection> connection;
  bool failed = false;
  try {
    connection = co_await Connection::connect(
        pool->executor,
        conninfo_with(pool->options.conninfo, {{"user", kRoleNames[static_cast<std::size_t>(role)]}}),
        pool->options.connect_timeout);
  } catch (const DbError&) {
    failed = true;
  }
  if (failed) {
    ++pool->shelf(role).refused;
    throw busy();
  }
  place.pool.reset();
  co_return connection;
}

}  // namespace

Pool::Pool(asio::any_io_executor executor, PoolOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}

Pool::~Pool() {
  impl_->closed = true;
  for (auto& shelf : impl_->shelves) shelf.idle.clear();
}

Task<Pool::Lease> Pool::acquire(Role role) {
  const auto pool = impl_;
  auto& shelf = pool->shelf(role);
  if (shelf.waiting.empty()) {
    if (auto connection = pool->take_idle(role)) {
      ++shelf.acquired;
      co_return Lease(pool, role, std::move(connection));
    }
    if (shelf.open < pool->size(role)) {
      ++shelf.open;
      auto connection = co_await open_connection(pool, role);
      ++shelf.acquired;
      co_return Lease(pool, role, std::move(connection));
    }
  }
  std::unique_ptr<Connection> connection;
  {
    Queued queued(pool, role);
    queued.waiter.timer.expires_after(pool->options.wait_max);
    co_await queued.waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!queued.waiter.granted) {
      ++shelf.refused;
      throw busy();
    }
    queued.taken = true;
    connection = std::move(queued.waiter.connection);
  }
  if (!connection) connection = co_await open_connection(pool, role);
  ++shelf.acquired;
  co_return Lease(pool, role, std::move(connection));
}

PoolStats Pool::stats(Role role) const {
  const auto& s = impl_->shelf(role);
  const auto idle = static_cast<int>(s.idle.size());
  return {s.open, s.open - idle, static_cast<int>(s.waiting.size()), s.acquired, s.refused, s.replaced};
}

Task<> Pool::measure_clock() {
  auto lease = co_await acquire(Role::read);
  using std::chrono::system_clock;
  const auto before = system_clock::now();
  const auto rows = co_await service_all(*lease, kDatabaseTime);
  const auto after = system_clock::now();
  // The server read its clock somewhere between the two.
  const auto middle = before + (after - before) / 2;
  const auto ours = std::chrono::duration_cast<std::chrono::microseconds>(middle.time_since_epoch());
  Clock::set_offset(std::chrono::microseconds(rows.at(0).now.unix_us()) - ours);
}

asio::any_io_executor Pool::executor() const { return impl_->executor; }

Pool::Lease::Lease(std::shared_ptr<Impl> pool, Role role, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), role_(role), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&&) noexcept = default;
Pool::Lease::~Lease() {
  if (connection_) pool_->give_back(role_, std::move(connection_));
}

}  // namespace tandem::db
