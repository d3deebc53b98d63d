#include "support/test_database.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include "db/cluster.hpp"
#include "db/conninfo.hpp"
#include "db/migrate.hpp"

namespace fs = std::filesystem;

namespace tandem::test {

namespace {

constexpr std::string_view kPrefix = "tandem-test-";

/// A run that was killed leaves its cluster behind; its folder is named by the process that is no more.
void sweep() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const int pid = std::atoi(name.c_str() + kPrefix.size());
    if (pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH) continue;
    if (db::Cluster::find_running(entry.path())) {
      db::ClusterOptions options;
      options.data = entry.path();
      options.durable = false;
      db::Cluster::start(options);  // adopted, and stopped at once
    }
    fs::remove_all(entry.path(), error);
  }
}

/// The cluster of this process, or the one that the environment names.
class TestCluster {
 public:
  static TestCluster& instance() {
    static TestCluster cluster;
    return cluster;
  }
  bool is_shared() const { return cluster_ == nullptr; }
  std::string administrator(std::string_view database) const {
    return db::conninfo_with(base_, {{"dbname", database}});
  }

 private:
  TestCluster() {
    if (const char* shared = std::getenv("TANDEM_TEST_CLUSTER"); shared != nullptr && *shared != '\0') {
      base_ = shared;
      return;
    }
    sweep();
    folder_ = std::make_unique<TemporaryFolder>();
    db::ClusterOptions options;
    options.data = folder_->path();
    options.durable = false;
    options.connections_max = 100;
    options.shared_buffers = "64MB";
    cluster_ = db::Cluster::start(options);
    const auto address = cluster_->address();
    base_ = db::conninfo_with(address.conninfo, {{"user", address.administrator}});
  }
  std::unique_ptr<TemporaryFolder> folder_;  // outlives the cluster
  std::unique_ptr<db::Cluster> cluster_;
  std::string base_;
};

std::string unique_name(std::string_view prefix) {
  static int made = 0;
  return fmt::format("{}_{}_{}", prefix, getpid(), ++made);
}

/// Migrates once for all executables that share the cluster.
std::string make_template() {
  std::string all;
  for (const auto& file : db::migrations()) all += file.sha256;
  db::AdminConnection admin(TestCluster::instance().administrator("postgres"));
  const auto name =
      "tandem_template_" + admin.value("select left(encode(sha256($1::bytea), 'hex'), 16)", {all}).value();
  admin.exec("select pg_advisory_lock(7305140912)");
  if (!admin.value("select 1 from pg_database where datname = $1", {name})) {
    const auto build = unique_name("tandem_build");
    admin.exec(fmt::format("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'", build));
    db::migrate(TestCluster::instance().administrator(build));
    admin.exec(fmt::format("alter database {} rename to {}", build, name));
  }
  return name;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  auto path = (fs::temp_directory_path() / fmt::format("{}{}-XXXXXX", kPrefix, getpid())).string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder: " + path);
  path_ = path;
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

TestDatabase& TestDatabase::instance() {
  static TestDatabase database;
  return database;
}

TestDatabase::TestDatabase() {
  const auto from = make_template();
  const auto& name = name_ = unique_name("tandem_test");
  administrator_ = TestCluster::instance().administrator(name);
  {
    db::AdminConnection admin(TestCluster::instance().administrator("postgres"));
    admin.exec(fmt::format("create database {} template {}", name, from));
    // Who may connect is not copied with a template.
    admin.exec(fmt::format("revoke all on database {} from public", name));
    admin.exec(fmt::format(
        "grant connect on database {} to app_owner, app_read, app_write, app_money, app_service", name));
  }
  auto parts = db::parse_conninfo(administrator_);
  std::erase_if(parts, [](const auto& part) { return part.first == "user"; });
  address_ = db::format_conninfo(parts);
}

TestDatabase::~TestDatabase() {
  if (!TestCluster::instance().is_shared()) return;  // it is removed as a whole
  try {
    db::AdminConnection(TestCluster::instance().administrator("postgres"))
        .exec(fmt::format("drop database if exists {} with (force)", name_));
  } catch (const db::DbError& error) {
    fmt::print(stderr, "{} stays: {}\n", name_, error.what());
  }
}

std::string TestDatabase::make_empty() {
  const auto name = unique_name("tandem_empty");
  db::AdminConnection admin(TestCluster::instance().administrator("postgres"));
  admin.exec(fmt::format("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'", name));
  return TestCluster::instance().administrator(name);
}

db::PoolOptions TestDatabase::pool_options() const {
  db::PoolOptions options;
  options.conninfo = address_;
  return options;
}

db::AdminConnection& TestDatabase::admin() {
  if (!admin_) admin_ = std::make_unique<db::AdminConnection>(administrator_);
  return *admin_;
}

}  // namespace tandem::test
