// The built program as a child process, as an operator runs it: commands to their end, a server until it is
// killed. The binary is TANDEM_BINARY, or `tandem` beside the test program.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

/// nullopt when there is no binary: the test is skipped.
std::optional<std::string> program_path();

class Program {
 public:
  /// Starts it with these arguments; its standard output is read by us, its standard error goes to `log`.
  Program(const std::vector<std::string>& arguments, const std::string& log);
  /// Kills what still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Reads standard output until it holds this text; false when it ended or the time was over before.
  bool wait_for(std::string_view text, std::chrono::seconds at_most);
  /// Waits for its end and reads all of its output; the exit status, or 128 + signal.
  int wait();
  void signal(int number) const;
  const std::string& output() const { return output_; }
  pid_t pid() const { return pid_; }

 private:
  bool read_some(int milliseconds);
  pid_t pid_ = -1;
  int out_ = -1;
  std::optional<int> status_;
  std::string output_;
};

struct Ran {
  int status = 0;
  std::string output;
};
/// A command from its start to its end.
Ran run_program(const std::vector<std::string>& arguments, const std::string& log);

/// One HTTP/1.1 request over a connection of its own to 127.0.0.1; status 0 when no whole answer came.
struct Heard {
  int status = 0;
  std::string body;
};
Heard ask(unsigned short port, const std::string& method, const std::string& target, const std::string& body,
          const std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace tandem::test

/// Skips the test when the program was not built.
#define TANDEM_NEEDS_PROGRAM()         \
  if (!::tandem::test::program_path()) \
  GTEST_SKIP() << "needs the program: set TANDEM_BINARY or build the target tandem"
