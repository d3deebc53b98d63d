#include "db/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace fs = std::filesystem;

namespace tandem::db {

namespace {

Account account_of(const passwd& entry) {
  Account account{entry.pw_name, entry.pw_uid, entry.pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0) count = 1;
  account.groups.resize(static_cast<std::size_t>(count));
  account.groups.front() = entry.pw_gid;
  return account;
}

/// Between fork and exec only calls that are safe after a fork of a program with threads; hence raw memory.
[[noreturn]] void become(const Account& account, bool is_root, char* const* arguments, const char* log,
                         const char* directory) {
  setsid();
  const int out = open(log, O_WRONLY | O_APPEND | O_CREAT, 0600);
  const int in = open("/dev/null", O_RDONLY);
  bool good = out >= 0 && in >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2;
  close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int ignored : {SIGPIPE, SIGHUP, SIGINT, SIGTERM}) signal(ignored, SIG_DFL);
  if (is_root)
    good = good && setgroups(account.groups.size(), account.groups.data()) == 0 && setgid(account.gid) == 0 &&
           setuid(account.uid) == 0 && setuid(0) != 0;
  umask(077);
  if (good && chdir(directory) == 0) execv(arguments[0], arguments);
  constexpr std::string_view kWords = "tandem: the program could not be started\n";
  const auto written = write(2, kWords.data(), kWords.size());
  _exit(written > 0 ? 127 : 126);
}

}  // namespace

Account account_for(const fs::path& directory) {
  struct stat seen{};
  if (stat(directory.c_str(), &seen) != 0)
    throw std::runtime_error(fmt::format("{}: {}", directory.string(), std::strerror(errno)));
  const uid_t us = geteuid();
  if (us != 0 && seen.st_uid != us)
    throw std::runtime_error(fmt::format(
        "{} belongs to another user: give it to this one or choose another folder", directory.string()));
  const passwd* entry = us != 0            ? getpwuid(us)
                        : seen.st_uid != 0 ? getpwuid(seen.st_uid)
                                           : getpwnam("postgres");
  if (entry != nullptr) return account_of(*entry);
  if (us == 0 && seen.st_uid == 0)
    throw std::runtime_error(
        "PostgreSQL does not run as root and there is no user \"postgres\": install "
        "postgresql-15, or give the data folder to another user");
  return {fmt::format("uid {}", seen.st_uid), seen.st_uid, seen.st_gid, {seen.st_gid}};
}

pid_t spawn(const Account& account, const std::vector<std::string>& arguments, const fs::path& log,
            const fs::path& directory) {
  std::vector<std::string> kept = arguments;
  std::vector<char*> raw;
  raw.reserve(kept.size() + 1);
  for (auto& argument : kept) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const bool is_root = geteuid() == 0;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (child == 0) become(account, is_root, raw.data(), log.c_str(), directory.c_str());
  return child;
}

fs::path working_directory(pid_t pid) {
  std::error_code error;
  auto path = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  return error ? fs::path{} : path;
}

bool is_postgres_at_work(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size())
      continue;
    if (working_directory(pid) != directory) continue;
    std::string program;
    std::getline(std::ifstream(entry.path() / "comm"), program);
    if (program == "postgres") return true;
  }
  return false;
}

std::string last_lines(const fs::path& file, std::size_t bytes) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::size_t>(in.tellg());
  const auto begin = size > bytes ? size - bytes : 0;
  in.seekg(static_cast<std::streamoff>(begin));
  std::string text(size - begin, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (begin > 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

}  // namespace tandem::db
