// A real PostgreSQL for tests: one private cluster (started on first use, removed at exit), a template
// database that is migrated once, and a clone of it for this executable. With TANDEM_TEST_CLUSTER, an
// administrator's connection string without dbname, that cluster is used and several executables share it.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "db/blocking.hpp"
#include "db/pool.hpp"

namespace tandem::test {

/// A folder among the temporary files that is gone at the end; any user may pass through it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class TestDatabase {
 public:
  /// This executable's clone.
  static TestDatabase& instance();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  /// An empty database of the same cluster, for tests of migrations; returns the administrator's connection
  /// string.
  static std::string make_empty();

  /// Superuser, in this executable's database.
  const std::string& administrator() const { return administrator_; }
  /// Without a user.
  const std::string& address() const { return address_; }
  db::PoolOptions pool_options() const;
  /// A connection that sees everything, for arranging and for looking behind the walls.
  db::AdminConnection& admin();

 private:
  TestDatabase();
  std::string name_, administrator_, address_;
  std::unique_ptr<db::AdminConnection> admin_;
};

}  // namespace tandem::test
