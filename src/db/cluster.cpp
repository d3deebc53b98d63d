#include "db/cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

#include "base/clock.hpp"
#include "db/blocking.hpp"
#include "db/process.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace tandem::db {

namespace {

constexpr const char* kAdministrator = "postgres";
constexpr const char* kDatabase = "tandem";
// A socket is named by at most 107 bytes; this stands behind the folder.
constexpr std::string_view kSocketName = "/.s.PGSQL.5432";
constexpr std::size_t kSocketPathMax = 107;
constexpr auto kStep = 20ms;

template <class... Args>
std::runtime_error failure(fmt::format_string<Args...> format, Args&&... args) {
  return std::runtime_error(fmt::format(format, std::forward<Args>(args)...));
}

/// The folder with initdb and postgres.
fs::path programs() {
  std::vector<fs::path> places;
  if (const char* named = std::getenv("TANDEM_POSTGRES_BIN"); named != nullptr) places.emplace_back(named);
  for (const char* usual : {"/usr/lib/postgresql/15/bin", "/usr/pgsql-15/bin", "/usr/local/pgsql/bin"})
    places.emplace_back(usual);
  for (const auto& place : places)
    if (access((place / "initdb").c_str(), X_OK) == 0 && access((place / "postgres").c_str(), X_OK) == 0)
      return place;
  throw failure(
      "the programs of PostgreSQL 15 were not found: install postgresql-15 or set TANDEM_POSTGRES_BIN");
}

/// What a running postmaster says of itself in postmaster.pid.
struct Postmaster {
  pid_t pid = 0;
  std::string port, socket;
  bool ready = false;
};

std::optional<Postmaster> read_postmaster(const fs::path& cluster) {
  std::ifstream in(cluster / "postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.size() < 5) return std::nullopt;
  Postmaster out;
  std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), out.pid);
  out.port = lines[3];
  out.socket = lines[4];
  out.ready = lines.size() > 7 && lines[7].starts_with("ready");
  // A number alone proves nothing: it may have gone to another program since. A postmaster works in its
  // cluster.
  if (out.pid <= 0 || working_directory(out.pid) != cluster) return std::nullopt;
  return out;
}

void make_private(const fs::path& directory, const Account& account) {
  struct stat seen{};
  if (lstat(directory.c_str(), &seen) != 0) {
    if (mkdir(directory.c_str(), 0700) != 0)
      throw failure("{} cannot be made: {}", directory.string(), std::strerror(errno));
    if (geteuid() == 0 && chown(directory.c_str(), account.uid, account.gid) != 0)
      throw failure("{} cannot be given to {}: {}", directory.string(), account.name, std::strerror(errno));
    return;
  }
  if (!S_ISDIR(seen.st_mode) || seen.st_uid != account.uid || (seen.st_mode & 077) != 0)
    throw failure("{} must be a folder of {} that nobody else may enter (chmod 700)", directory.string(),
                  account.name);
}

/// A folder whose path leaves room for the socket's name: DIR/socket, or one of a short name among the
/// temporary files.
fs::path socket_directory(const fs::path& data) {
  auto path = data / "socket";
  if (path.string().size() + kSocketName.size() <= kSocketPathMax) return path;
  return fs::temp_directory_path() / fmt::format("tandem-{:016x}", std::hash<std::string>{}(data.string()));
}

/// What this process may use, in MiB: the machine's memory, or less where its control group says so.
std::uint64_t memory_mib() {
  auto bytes =
      static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t limit = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit) bytes = std::min(bytes, limit);
  return bytes >> 20;
}

/// A quarter of the memory, as PostgreSQL's manual (19.4.1) advises; at most 8 GB.
std::string shared_buffers(const ClusterOptions& options) {
  if (!options.shared_buffers.empty()) return options.shared_buffers;
  if (!options.durable) return "256MB";  // of tests, many at once
  return fmt::format("{}MB", std::clamp<std::uint64_t>(memory_mib() / 4, 128, 8192));
}

std::string settings(const ClusterOptions& options, const fs::path& socket) {
  std::string text = fmt::format(
      "# Written by tandem at every start. Your own settings belong at the end of postgresql.conf.\n"
      "listen_addresses = ''\nport = 5432\nunix_socket_directories = '{}'\nunix_socket_permissions = 0700\n"
      "max_connections = {}\nshared_buffers = {}\n"
      "work_mem = 16MB\nmaintenance_work_mem = 128MB\nmax_wal_size = 2GB\ncheckpoint_timeout = 15min\n"
      "random_page_cost = 1.1\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
      // Plans made while tables were empty, those of foreign keys too, are kept until the tables are
      // analysed: a young installation must not wait a minute for that.
      "autovacuum_naptime = 5s\n"
      // No values of rows in the log: they may be personal.
      "log_error_verbosity = terse\nlog_line_prefix = '%m [%p] %u '\n",
      socket.string(), options.connections_max, shared_buffers(options));
  if (options.durable)
    text +=
        "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"
        "logging_collector = on\nlog_directory = 'log'\nlog_filename = 'postgresql-%a.log'\n"
        "log_truncate_on_rotation = on\nlog_rotation_age = 1d\nlog_rotation_size = 0\n";
  else
    text +=
        "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nlogging_collector = off\n"
        "wal_level = minimal\nmax_wal_senders = 0\n";
  return text;
}

void write_file(const fs::path& path, const std::string& text, const Account& account) {
  const auto fresh = path.string() + ".new";
  std::ofstream(fresh, std::ios::binary) << text;
  if (chmod(fresh.c_str(), 0600) != 0 ||
      (geteuid() == 0 && chown(fresh.c_str(), account.uid, account.gid) != 0) ||
      rename(fresh.c_str(), path.c_str()) != 0)
    throw failure("{} cannot be written: {}", path.string(), std::strerror(errno));
}

/// The database's account must be able to enter its folder; a folder above it may keep it out (mktemp -d as
/// root).
void check_reachable(const fs::path& data, const Account& account) {
  if (geteuid() != 0 || account.uid == 0) return;
  for (fs::path folder = data; folder.has_relative_path(); folder = folder.parent_path()) {
    struct stat facts{};
    if (stat(folder.c_str(), &facts) != 0) return;
    const mode_t enters = facts.st_uid == account.uid   ? S_IXUSR
                          : facts.st_gid == account.gid ? S_IXGRP
                                                        : S_IXOTH;
    if ((facts.st_mode & enters) == 0)
      throw failure(
          "the database runs as user {}, who may not enter {}; choose another data folder or allow it: chmod o+x {}",
          account.name, folder.string(), folder.string());
  }
}

}  // namespace

struct Cluster::Impl {
  explicit Impl(ClusterOptions with) : options(std::move(with)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (lock >= 0) close(lock);
  }

  void prepare();
  bool take_lock();
  void attach();
  void run();
  void initialize();
  void check_version() const;
  void start_postmaster();
  void wait_for_orphans() const;
  bool adopt();
  bool becomes_ready();
  void make_database() const;
  bool alive();
  bool gone_within(std::chrono::milliseconds time);
  fs::path log() const { return options.data / "postgres.log"; }
  std::string conninfo(std::string_view database) const {
    return fmt::format("host='{}' port={} dbname={}", socket.string(), port, database);
  }
  std::string administrator(std::string_view database) const {
    return conninfo(database) + " user=" + kAdministrator;
  }

  ClusterOptions options;
  Account account;
  fs::path cluster, socket;
  std::string port = "5432";
  int lock = -1;
  bool owner = false, child = false;
  pid_t pid = 0;
};

void Cluster::Impl::prepare() {
  if (!fs::exists(options.data)) {
    fs::create_directories(options.data);
    // Others may pass through, since as root the cluster inside belongs to another user; they may not look.
    fs::permissions(options.data, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  }
  options.data = fs::canonical(options.data);
  account = account_for(options.data);
  check_reachable(options.data, account);
  cluster = options.data / "postgres";
  socket = socket_directory(options.data);
}

bool Cluster::Impl::take_lock() {
  const auto path = options.data / "tandem.lock";
  if (lock < 0) lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) throw failure("{}: {}", path.string(), std::strerror(errno));
  owner = flock(lock, LOCK_EX | LOCK_NB) == 0;
  return owner;
}

/// A postmaster whose owner was killed went on. False when there is none, or when it was about to die as
/// well.
bool Cluster::Impl::adopt() {
  const auto running = read_postmaster(cluster);
  if (!running) return false;
  pid = running->pid;
  socket = running->socket;
  port = running->port;
  return becomes_ready();
}

/// Another process is the owner: waits until its cluster accepts.
void Cluster::Impl::attach() {
  const auto until = Monotonic::now() + 120s;
  while (Monotonic::now() < until) {
    if (adopt()) return;
    if (take_lock()) return run();  // it gave up
    std::this_thread::sleep_for(kStep);
  }
  throw failure("another tandem holds {} but its database does not answer", options.data.string());
}

void Cluster::Impl::run() {
  make_private(socket, account);
  if (!fs::exists(cluster / "PG_VERSION")) initialize();
  check_version();
  if (!adopt()) {
    start_postmaster();
    if (!becomes_ready())
      throw failure("PostgreSQL did not start in {}. Its last words:\n{}", cluster.string(),
                    last_lines(log()));
  }
  make_database();
}

/// Made beside its place and then moved there, so that a cluster that exists is complete.
void Cluster::Impl::initialize() {
  const auto fresh = options.data / "postgres.new";
  fs::remove_all(fresh);
  make_private(fresh, account);
  std::vector<std::string> arguments{(programs() / "initdb").string(),
                                     "-D",
                                     fresh.string(),
                                     "-U",
                                     kAdministrator,
                                     "-E",
                                     "UTF8",
                                     "--locale=C.UTF-8",
                                     "--data-checksums",
                                     "--auth=trust",
                                     "--no-instructions"};
  if (!options.durable) arguments.emplace_back("--no-sync");
  int status = 0;
  const pid_t initdb = spawn(account, arguments, log(), fresh);
  while (waitpid(initdb, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw failure("initdb failed as user {} in {}. Its last words:\n{}", account.name, fresh.string(),
                  last_lines(log()));
  // Whoever can reach the socket may be any role: the folder of the socket is 0700, and there is no TCP.
  write_file(fresh / "pg_hba.conf",
             "# The socket's folder is private (0700) and nothing listens on a network.\n"
             "local all all trust\nlocal replication postgres trust\n",
             account);
  std::ofstream(fresh / "postgresql.conf", std::ios::app)
      << "\n# Tandem's settings. What stands below this line overrides them.\n"
         "include_if_exists = 'tandem.conf'\n";
  fs::rename(fresh, cluster);
}

void Cluster::Impl::check_version() const {
  std::ifstream in(cluster / "PG_VERSION");
  std::string version;
  std::getline(in, version);
  if (version != "15")
    throw failure("{} was made by PostgreSQL {}, and this program needs 15", cluster.string(), version);
}

/// After kill -9 of a postmaster its children need a moment to notice; two generations must never write
/// together.
void Cluster::Impl::wait_for_orphans() const {
  const auto until = Monotonic::now() + 30s;
  while (is_postgres_at_work(cluster)) {
    if (Monotonic::now() > until)
      throw failure("processes of an earlier PostgreSQL still work in {}", cluster.string());
    std::this_thread::sleep_for(kStep);
  }
  // The number in these two may meanwhile belong to another program, or to a dead one that nobody has
  // collected; PostgreSQL would take either for a postmaster.
  fs::remove(cluster / "postmaster.pid");
  fs::remove(socket_directory(options.data) / fs::path(kSocketName.substr(1)).concat(".lock"));
}

void Cluster::Impl::start_postmaster() {
  wait_for_orphans();
  socket = socket_directory(options.data);
  port = "5432";
  write_file(cluster / "tandem.conf", settings(options, socket), account);
  pid = spawn(account, {(programs() / "postgres").string(), "-D", cluster.string()}, log(), cluster);
  child = true;
}

/// Recovery after a crash may take minutes. False when the postmaster died instead.
bool Cluster::Impl::becomes_ready() {
  const auto until = Monotonic::now() + 10min;
  std::string words;
  while (Monotonic::now() < until) {
    try {
      const AdminConnection admin(administrator("postgres"));
      return true;
    } catch (const DbError& error) {
      words = error.what();
    }
    if (!alive()) return false;
    std::this_thread::sleep_for(kStep);
  }
  throw failure("PostgreSQL in {} does not accept connections: {}", cluster.string(), words);
}

void Cluster::Impl::make_database() const {
  AdminConnection admin(administrator("postgres"));
  if (admin.value("select 1 from pg_database where datname = $1", {kDatabase})) return;
  admin.exec(
      fmt::format("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'", kDatabase));
}

bool Cluster::Impl::alive() {
  if (pid <= 0) return false;
  if (child) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == 0) return true;
  } else if (working_directory(pid) == cluster) {
    return true;
  }
  pid = 0;
  return false;
}

bool Cluster::Impl::gone_within(std::chrono::milliseconds time) {
  const auto until = Monotonic::now() + time;
  while (alive()) {
    if (Monotonic::now() > until) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

std::unique_ptr<Cluster> Cluster::start(ClusterOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  impl->prepare();
  if (impl->take_lock())
    impl->run();
  else
    impl->attach();
  return std::unique_ptr<Cluster>(new Cluster(std::move(impl)));
}

std::optional<DatabaseAddress> Cluster::find_running(const fs::path& data) {
  std::error_code error;
  const auto place = fs::canonical(data, error);
  if (error) return std::nullopt;
  const auto running = read_postmaster(place / "postgres");
  if (!running || !running->ready) return std::nullopt;
  return DatabaseAddress{
      fmt::format("host='{}' port={} dbname={}", running->socket, running->port, kDatabase), kAdministrator};
}

Cluster::Cluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Cluster::~Cluster() {
  try {
    stop();
  } catch (...) {  // a destructor has nobody to tell
    return;
  }
}

DatabaseAddress Cluster::address() const { return {impl_->conninfo(kDatabase), kAdministrator}; }
bool Cluster::is_owner() const { return impl_->owner; }
int Cluster::postmaster_pid() const { return impl_->pid; }

bool Cluster::restart_if_dead() {
  if (impl_->alive()) return false;
  if (!impl_->owner && !impl_->take_lock()) return false;  // its owner will
  impl_->run();
  return true;
}

void Cluster::stop() {
  if (!impl_->owner || !impl_->alive()) return;
  // Fast: sessions are ended, a checkpoint is written. Immediate only when that hangs.
  kill(impl_->pid, SIGINT);
  if (impl_->gone_within(60s)) return;
  kill(impl_->pid, SIGQUIT);
  if (!impl_->gone_within(10s)) throw failure("PostgreSQL in {} does not stop", impl_->cluster.string());
}

}  // namespace tandem::db
