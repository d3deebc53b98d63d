// Programs that this module starts: initdb and the postmaster, as a user that is not root. Included by
// cluster.cpp only.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tandem::db {

/// Whom a program runs as.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

/// The account that may own a cluster in `directory`: ourselves, or, when we are root, the directory's owner,
/// or the user "postgres" when that is root too. Throws std::runtime_error in words.
Account account_for(const std::filesystem::path& directory);

/// Starts a program in a session of its own, so that Ctrl-C in our terminal does not reach it. Standard input
/// is empty, output and errors are appended to `log`; no other file of ours is open in it. Drops root for
/// good.
pid_t spawn(const Account& account, const std::vector<std::string>& arguments,
            const std::filesystem::path& log, const std::filesystem::path& directory);

/// The working directory of a process, or an empty path for one that is gone, dead but not collected, or not
/// ours.
std::filesystem::path working_directory(pid_t pid);

/// True when any process of a PostgreSQL works in `directory`.
bool is_postgres_at_work(const std::filesystem::path& directory);

/// The last lines of a text file, for messages.
std::string last_lines(const std::filesystem::path& file, std::size_t bytes = 1200);

}  // namespace tandem::db
