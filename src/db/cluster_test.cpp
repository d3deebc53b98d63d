#include "db/cluster.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/clock.hpp"
#include "db/blocking.hpp"
#include "support/test_database.hpp"

namespace tandem::db {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

ClusterOptions options_of(const fs::path& data, bool durable = false) {
  ClusterOptions options;
  options.data = data;
  options.durable = durable;
  options.connections_max = 20;
  options.shared_buffers = "16MB";
  return options;
}

std::string administrator(const DatabaseAddress& address) {
  return address.conninfo + " user=" + address.administrator;
}

void wait_until_gone(int pid) {
  const auto until = Monotonic::now() + 20s;
  while (kill(pid, 0) == 0 && Monotonic::now() < until) {
    int status = 0;
    waitpid(pid, &status, WNOHANG);
    std::this_thread::sleep_for(10ms);
  }
}

TEST(Cluster, IsMadeStoppedAndStartedAgainWithItsData) {
  const test::TemporaryFolder folder;
  int pid = 0;
  {
    const auto cluster = Cluster::start(options_of(folder.path(), true));
    EXPECT_TRUE(cluster->is_owner());
    pid = cluster->postmaster_pid();
    AdminConnection admin(administrator(cluster->address()));
    EXPECT_EQ(admin.value("show fsync"), "on");
    EXPECT_EQ(admin.value("show synchronous_commit"), "on");
    EXPECT_EQ(admin.value("show full_page_writes"), "on");
    EXPECT_EQ(admin.value("show data_checksums"), "on");
    EXPECT_EQ(admin.value("show listen_addresses"), "");
    EXPECT_EQ(admin.value("show server_encoding"), "UTF8");
    EXPECT_EQ(admin.value("select datcollate from pg_database where datname = current_database()"),
              "C.UTF-8");
    EXPECT_EQ(admin.value("select current_database()"), "tandem");
    admin.exec("create table kept as select 42 as n");
    struct stat seen{};
    ASSERT_EQ(stat((folder.path() / "socket").c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 0777U, 0700U);
    ASSERT_EQ(stat((folder.path() / "postgres").c_str(), &seen), 0);
    EXPECT_NE(seen.st_uid, 0U);  // root was dropped
    EXPECT_EQ(seen.st_mode & 0777U, 0700U);
    EXPECT_TRUE(Cluster::find_running(folder.path()));
  }
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_FALSE(Cluster::find_running(folder.path()));
  const auto cluster = Cluster::start(options_of(folder.path()));
  EXPECT_EQ(AdminConnection(administrator(cluster->address())).value("select n from kept"), "42");
}

TEST(Cluster, ASecondProcessAttachesAndDoesNotStopIt) {
  const test::TemporaryFolder folder;
  const auto first = Cluster::start(options_of(folder.path()));
  {
    // The lock belongs to an open file, so a second opening in this process stands for another process.
    const auto second = Cluster::start(options_of(folder.path()));
    EXPECT_FALSE(second->is_owner());
    EXPECT_EQ(second->postmaster_pid(), first->postmaster_pid());
    EXPECT_EQ(second->address().conninfo, first->address().conninfo);
    second->stop();
    EXPECT_FALSE(second->restart_if_dead());
  }
  EXPECT_TRUE(AdminConnection(administrator(first->address())).value("select 1"));
}

TEST(Cluster, AKilledPostmasterIsStartedAgainAndRecovers) {
  const test::TemporaryFolder folder;
  const auto cluster = Cluster::start(options_of(folder.path(), true));
  EXPECT_FALSE(cluster->restart_if_dead());
  {
    AdminConnection admin(administrator(cluster->address()));
    admin.exec("create table kept as select 7 as n");
    const int killed = cluster->postmaster_pid();
    kill(killed, SIGKILL);
    const auto until = Monotonic::now() + 20s;
    while (!cluster->restart_if_dead() && Monotonic::now() < until) std::this_thread::sleep_for(10ms);
    EXPECT_NE(cluster->postmaster_pid(), killed);
  }
  EXPECT_EQ(AdminConnection(administrator(cluster->address())).value("select n from kept"), "7");
}

TEST(Cluster, APostmasterWhoseOwnerWasKilledIsAdopted) {
  const test::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    try {
      const auto cluster = Cluster::start(options_of(folder.path()));
      kill(getpid(), SIGKILL);
    } catch (...) {
      _exit(3);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto running = Cluster::find_running(folder.path());
  ASSERT_TRUE(running);
  int pid = 0;
  {
    const auto cluster = Cluster::start(options_of(folder.path()));
    EXPECT_TRUE(cluster->is_owner());
    EXPECT_EQ(cluster->address().conninfo, running->conninfo);
    pid = cluster->postmaster_pid();
    EXPECT_TRUE(AdminConnection(administrator(cluster->address())).value("select 1"));
  }
  wait_until_gone(pid);  // adopted ones are collected by init
  EXPECT_FALSE(Cluster::find_running(folder.path()));
}

TEST(Cluster, AfterKillNineOfBothTheNextStartRecovers) {
  const test::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    try {
      const auto cluster = Cluster::start(options_of(folder.path(), true));
      AdminConnection(administrator(cluster->address())).exec("create table kept as select 9 as n");
      kill(cluster->postmaster_pid(), SIGKILL);
      kill(getpid(), SIGKILL);
    } catch (...) {
      _exit(3);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(fs::exists(folder.path() / "postgres" / "postmaster.pid"));
  const auto cluster = Cluster::start(options_of(folder.path()));
  EXPECT_EQ(AdminConnection(administrator(cluster->address())).value("select n from kept"), "9");
}

TEST(Cluster, AHalfMadeClusterIsMadeAnew) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "postgres.new" / "base");
  const auto cluster = Cluster::start(options_of(folder.path()));
  EXPECT_TRUE(AdminConnection(administrator(cluster->address())).value("select 1"));
}

TEST(Cluster, ALongPathHasItsSocketElsewhere) {
  const test::TemporaryFolder folder;
  const auto deep = folder.path() / std::string(100, 'd');
  const auto cluster = Cluster::start(options_of(deep));
  EXPECT_EQ(cluster->address().conninfo.find("ddd"), std::string::npos);
  EXPECT_TRUE(AdminConnection(administrator(cluster->address())).value("select 1"));
  const auto again = Cluster::start(options_of(deep));
  EXPECT_EQ(again->address().conninfo, cluster->address().conninfo);
}

TEST(Cluster, SaysWhichFolderKeepsTheDatabaseOut) {
  if (geteuid() != 0) GTEST_SKIP() << "only root runs the database as somebody else";
  const test::TemporaryFolder folder;
  const auto closed = folder.path() / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
  try {
    const auto cluster = Cluster::start(options_of(closed / "data", true));
    FAIL() << "it started";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("may not enter " + closed.string()), std::string::npos)
        << error.what();
  }
}

TEST(Cluster, SaysWhyItCannotStart) {
  const auto words = [](const fs::path& data) {
    try {
      Cluster::start(options_of(data));
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "postgres");
  std::FILE* file = std::fopen((folder.path() / "postgres" / "PG_VERSION").c_str(), "w");
  std::fputs("13\n", file);
  std::fclose(file);
  EXPECT_NE(words(folder.path()).find("needs 15"), std::string::npos);
}

}  // namespace
}  // namespace tandem::db
