// Where a test with a database begins: an organization of its own, an event loop and a pool. Tests see only
// their own rows, so nothing is cleaned up and they may run side by side.
//
//   Fixture f;
//   f.tx(Role::write, [&](db::Tx& tx) -> Task<> { co_await … });
//   const auto link = f.run(make_link(f.pool, …));
#pragma once
#include <boost/asio/io_context.hpp>

#include <string>
#include <type_traits>
#include <utility>

#include "db/blocking.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"
#include "support/test_database.hpp"

namespace tandem::test {

class Fixture {
 public:
  /// Makes the organization: active, UTC, USD.
  Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  TestDatabase& database;
  boost::asio::io_context io{1};
  db::Pool pool;
  OrganizationId organization_id;
  std::string slug;
  db::Scope staff;   // an actor of the organization with an id of its own
  db::Scope system;  // no actor
  db::Scope partner(PartnerId id) const;

  /// Runs a task to its end on this fixture's loop.
  template <class T>
  T run(Task<T> task) {
    return db::run_blocking(io, std::move(task));
  }
  /// Runs `work(tx)` in a committed transaction of the organization, as staff unless told.
  template <class Work>
  auto tx(db::Role role, Work work) {
    return tx(staff, role, std::move(work));
  }
  template <class Work>
  auto tx(db::Scope scope, db::Role role, Work work) {
    return run(db::run_tx(pool, std::move(scope), role, std::move(work)));
  }
  /// Looks behind the walls: the first cell of a statement as superuser.
  std::optional<std::string> peek(std::string_view sql, const std::vector<db::Param>& params = {}) {
    return database.admin().value(sql, params);
  }
};

}  // namespace tandem::test
