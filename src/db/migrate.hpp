// Migrations: numbered files, forward only, one transaction each, under an advisory lock, run as the
// administrator. The SHA-256 of each applied file is recorded and compared. Files are built into the binary
// (CMake).
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::db {

struct Migration {
  int version;
  std::string name;  // "0002_kernel.sql"
  std::string_view sql;
  std::string_view sha256;  // of the file, in hex
};
/// The migrations built into this binary, in order.
const std::vector<Migration>& migrations();
/// The catalogue lint built into this binary.
std::string_view lint_sql();

struct MigrationState {
  std::vector<std::string> applied, pending;
  std::vector<std::string> changed;  // applied files whose hash differs: refuse to start
  std::vector<std::string> unknown;  // applied by a newer program: refuse to start
};
/// What the database has; a database without our schema has nothing applied.
MigrationState migration_state(const std::string& administrator_conninfo,
                               std::span<const Migration> files = migrations());
/// Applies what is pending and tells each file's name as it is done. Throws std::runtime_error in words.
void migrate(const std::string& administrator_conninfo,
             const std::function<void(std::string_view)>& progress = {},
             std::span<const Migration> files = migrations());
/// Rows of migrations/lint.sql, "rule | subject | detail"; empty on a good schema.
std::vector<std::string> lint(const std::string& administrator_conninfo);
/// Server version check (15.14 or newer), roles with the right powers; each entry is one sentence and how to
/// mend it.
std::vector<std::string> check_server(const std::string& administrator_conninfo);

}  // namespace tandem::db
