// Connection pools: one per thread and login role. A Lease gives its connection back when it goes out of
// scope; a dead connection is replaced. Waiting is bounded: after `wait_max` the caller is told kUnavailable
// (503).
#pragma once
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <typeindex>
#include <unordered_map>

#include "base/task.hpp"
#include "db/connection.hpp"

namespace tandem::db {

/// The login role that a route's whole transaction runs as.
enum class Role { read, write, money, service };
inline constexpr std::array<std::string_view, 4> kRoleNames{"app_read", "app_write", "app_money",
                                                            "app_service"};

struct PoolOptions {
  std::string conninfo;                 // without user; the pool adds user=app_…
  std::array<int, 4> size{8, 8, 8, 4};  // connections per role on this thread, at most
  std::chrono::milliseconds wait_max{1000};
  std::chrono::milliseconds connect_timeout{5000};
};

/// Figures of one role's pool, for /metrics.
struct PoolStats {
  int open = 0, busy = 0, waiting = 0;
  std::int64_t acquired_total = 0, refused_total = 0, replaced_total = 0;
};

class Pool {
 public:
  struct Impl;
  Pool(boost::asio::any_io_executor executor, PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  class Lease {
   public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    Lease(std::shared_ptr<Impl> pool, Role role, std::unique_ptr<Connection> connection);
    std::shared_ptr<Impl> pool_;  // a lease may outlive its pool
    Role role_;
    std::unique_ptr<Connection> connection_;
  };
  /// A connection of this role. Throws Problem kUnavailable after wait_max, or when the database is away.
  Task<Lease> acquire(Role role);
  PoolStats stats(Role role) const;
  /// Sets Clock's offset from the database's clock (one round trip).
  Task<> measure_clock();
  boost::asio::any_io_executor executor() const;
  /// Something that lives as long as this thread's pool (a collector), one of each type; `make` gives a
  /// shared_ptr to it on first use.
  template <class T, class Make>
  T& local(Make make) {
    auto& slot = locals_[std::type_index(typeid(T))];
    if (!slot) slot = make();
    return *static_cast<T*>(slot.get());
  }

 private:
  std::shared_ptr<Impl> impl_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> locals_;
};

}  // namespace tandem::db
