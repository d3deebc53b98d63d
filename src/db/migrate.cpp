#include "db/migrate.hpp"

#include <map>
#include <stdexcept>

#include "db/blocking.hpp"

namespace tandem::db {

namespace {

// Any number will do, as long as every version of this program uses the same.
constexpr const char* kLock = "select pg_advisory_lock(7305140911)";

/// version → (name, hash) of what was applied; empty for a database that has never been migrated.
std::map<int, std::pair<std::string, std::string>> applied_files(AdminConnection& admin) {
  std::map<int, std::pair<std::string, std::string>> out;
  if (!admin.value("select 1 where to_regclass('tandem_admin.schema_migrations') is not null")) return out;
  const auto rows = admin.exec("select version, name, sha256 from tandem_admin.schema_migrations");
  for (int r = 0; r < rows.rows(); ++r)
    out[std::stoi(std::string(rows.cell(r, 0).value()))] = {std::string(rows.cell(r, 1).value()),
                                                            std::string(rows.cell(r, 2).value())};
  return out;
}

MigrationState state_of(AdminConnection& admin, std::span<const Migration> files) {
  auto applied = applied_files(admin);
  MigrationState state;
  for (const auto& file : files) {
    const auto found = applied.find(file.version);
    if (found == applied.end()) {
      state.pending.push_back(file.name);
      continue;
    }
    state.applied.push_back(file.name);
    if (found->second.second != file.sha256) state.changed.push_back(file.name);
    applied.erase(found);
  }
  for (const auto& [version, row] : applied) state.unknown.push_back(row.first);
  return state;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

void apply(AdminConnection& admin, const Migration& file) {
  try {
    admin.exec("begin");
    // Both are unknown settings to plain PostgreSQL, which takes them.
    admin.exec("set local citus.multi_shard_modify_mode = 'sequential'");
    admin.exec("set local citus.enable_unsafe_triggers = 'on'");
    admin.script(file.sql);
    if (admin.value("select 1 where to_regprocedure('app.own_all()') is not null"))
      admin.exec("call app.own_all()");
    admin.exec("insert into tandem_admin.schema_migrations (version, name, sha256) values ($1, $2, $3)",
               {std::to_string(file.version), file.name, std::string(file.sha256)});
    admin.exec("commit");
  } catch (const DbError& error) {
    throw std::runtime_error(fmt::format("migration {} failed and was undone: {} [{}]", file.name,
                                         error.what(), error.sqlstate()));
  }
}

}  // namespace

MigrationState migration_state(const std::string& administrator_conninfo, std::span<const Migration> files) {
  AdminConnection admin(administrator_conninfo);
  return state_of(admin, files);
}

void migrate(const std::string& administrator_conninfo, const std::function<void(std::string_view)>& progress,
             std::span<const Migration> files) {
  AdminConnection admin(administrator_conninfo);
  admin.exec(kLock);  // until the connection closes
  admin.script(
      "create schema if not exists tandem_admin;"
      "create table if not exists tandem_admin.schema_migrations ("
      "  version int not null, name text not null, sha256 text not null,"
      "  applied_at timestamptz not null default now(),"
      "  constraint schema_migrations_pk primary key (version))");
  const auto state = state_of(admin, files);
  if (!state.changed.empty())
    throw std::runtime_error("migrations were changed after they had been applied: " + joined(state.changed) +
                             ". Use the program that applied them, or restore the files.");
  if (!state.unknown.empty())
    throw std::runtime_error("the database was migrated by a newer program: " + joined(state.unknown) +
                             ". Use that program.");
  int last = 0;
  for (const auto& file : files) {
    if (std::ranges::find(state.pending, file.name) == state.pending.end()) {
      last = file.version;
      continue;
    }
    if (file.version <= last)
      throw std::runtime_error(fmt::format("migration {} is out of order", file.name));
    last = file.version;
    apply(admin, file);
    if (progress) progress(file.name);
  }
}

std::vector<std::string> lint(const std::string& administrator_conninfo) {
  AdminConnection admin(administrator_conninfo);
  std::vector<std::string> out;
  const auto result = admin.exec(lint_sql());
  for (int r = 0; r < result.rows(); ++r) {
    std::vector<std::string> cells;
    for (int c = 0; c < result.columns(); ++c) cells.emplace_back(result.cell(r, c).value_or(""));
    out.push_back(fmt::format("{}", fmt::join(cells, " | ")));
  }
  return out;
}

std::vector<std::string> check_server(const std::string& administrator_conninfo) {
  AdminConnection admin(administrator_conninfo);
  std::vector<std::string> out;
  const int version = std::stoi(admin.value("show server_version_num").value_or("0"));
  if (version < 150014)
    out.push_back(fmt::format("PostgreSQL {} is too old: install 15.14 or newer.",
                              admin.value("show server_version").value_or("?")));
  if (admin.value("show server_encoding") != "UTF8")
    out.emplace_back("The database is not encoded in UTF-8: make it anew with encoding 'UTF8'.");
  if (admin.value("select rolsuper from pg_roles where rolname = current_user") != "t")
    out.emplace_back("The administrator is no superuser: connect as the one that initdb made.");
  const auto roles = admin.exec(
      "select v.name, r.oid is null, r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication, "
      "       r.rolcanlogin <> (v.name <> 'app_owner') or r.rolbypassrls <> (v.name = 'app_service'), "
      "       exists (select 1 from pg_auth_members m where m.member = r.oid) "
      "from unnest(array['app_owner', 'app_read', 'app_write', 'app_money', 'app_service']) v(name) "
      "left join pg_roles r on r.rolname = v.name");
  for (int r = 0; r < roles.rows(); ++r) {
    const auto name = roles.cell(r, 0).value();
    const auto is = [&](int column) { return roles.cell(r, column) == "t"; };
    if (is(1))
      out.push_back(fmt::format("Role {} is missing: run `tandem migrate`.", name));
    else if (is(2) || is(3))
      out.push_back(
          fmt::format("Role {0} has other rights than 0001_roles.sql gives it: drop role {0} and run "
                      "`tandem migrate` on an empty database, or alter it.",
                      name));
    else if (is(4))
      out.push_back(fmt::format("Role {} is a member of another role: revoke that membership.", name));
  }
  return out;
}

}  // namespace tandem::db
