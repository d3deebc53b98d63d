// The database of a command: the private cluster of the data folder, or yours by database_url. Checked before
// use: version, roles, migrations, lint.
#pragma once
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "db/blocking.hpp"
#include "db/cluster.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"

namespace tandem::app {

/// Something that the person who started the program can mend; said in words, without a stack. Exit status 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Database {
  std::unique_ptr<db::Cluster> cluster;  // none for your own PostgreSQL
  std::string administrator;             // conninfo
  db::PoolOptions pool;                  // for the roles
};

/// Opens, and brings the schema up to date: always on a private cluster; on yours only for `tandem migrate`
/// (`may_migrate`), otherwise what is missing is a UserError that says so.
Database open_database(const Config& config, bool may_migrate = false);

/// Gives the four login roles this password; nothing to do for an empty one (a server that trusts the
/// address).
void set_role_passwords(const std::string& administrator, const std::string& password);

/// Loads the installation's keys from the data folder, making them on the first start.
void load_keys(const Config& config);

/// What a command works with: an event loop, a pool, and transactions of one organization run to their end.
class Session {
 public:
  explicit Session(const Config& config);
  boost::asio::io_context io{1};
  Database database;
  db::Pool pool;
  template <class T>
  T run(Task<T> task) {
    return db::run_blocking(io, std::move(task));
  }
  template <class Work>
  auto tx(OrganizationId organization_id, db::Role role, Work work) {
    const db::Scope scope{organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
    return run(db::run_tx(pool, scope, role, std::move(work)));
  }
  /// Tells the database's planner what was just loaded; without it the first reports after an import are
  /// slow.
  void refresh_statistics();
  /// The organization of a slug; UserError when there is none.
  OrganizationId organization(const std::string& slug);
};

}  // namespace tandem::app
