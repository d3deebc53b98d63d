// The embedded database: a private PostgreSQL 15 cluster in a directory of ours, for installations without a
// database server and for tests. Unix socket only, durable settings, one instance a directory, recovery after
// kill -9.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tandem::db {

struct ClusterOptions {
  std::filesystem::path data;  // holds postgres/ (the cluster), socket/, tandem.lock, secret.key
  bool durable = true;         // false only for tests: fsync off
  int connections_max = 120;
  std::string shared_buffers{};  // "256MB"; empty: a quarter of the memory, or that for tests
};

/// Where to connect; `conninfo` has neither user nor dbname's owner in it: append " user=…".
struct DatabaseAddress {
  std::string conninfo;       // "host=/…/socket port=5432 dbname=tandem"
  std::string administrator;  // the bootstrap superuser's name
};

class Cluster {
 public:
  /// Starts the cluster of this directory, making it first if there is none; waits until it accepts. As root
  /// it runs the programs as the owner of `data`, or as user "postgres" when that is root. A second process
  /// in the same directory attaches to the running cluster (is_owner() false) and does not stop it. Throws
  /// std::runtime_error in words.
  static std::unique_ptr<Cluster> start(ClusterOptions options);
  /// The address of a running cluster of this directory, or nothing.
  static std::optional<DatabaseAddress> find_running(const std::filesystem::path& data);
  ~Cluster();  // stops it (fast shutdown) when owner
  DatabaseAddress address() const;
  bool is_owner() const;
  /// The postmaster's process id (crash tests, the watchdog of serve).
  int postmaster_pid() const;
  /// Starts the postmaster again after it died; no effect while it runs. True when it had to.
  bool restart_if_dead();
  void stop();

 private:
  struct Impl;
  explicit Cluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::db
