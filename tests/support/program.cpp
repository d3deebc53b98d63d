#include "support/program.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>

#include "base/assert.hpp"

namespace tandem::test {

std::optional<std::string> program_path() {
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tandem";
  if (const char* given = std::getenv("TANDEM_BINARY"); given != nullptr && *given != '\0') path = given;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

Program::Program(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<std::string> words{program_path().value()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  TANDEM_ASSERT(::pipe2(ends, O_CLOEXEC) == 0, "no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0644);
  const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  TANDEM_ASSERT(error == 0, "{} does not start: {}", argv[0], error);
  out_ = ends[0];
}

Program::~Program() {
  if (!status_) {
    signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  ::close(out_);
}

bool Program::read_some(int milliseconds) {
  pollfd watched{out_, POLLIN, 0};
  if (::poll(&watched, 1, milliseconds) <= 0) return true;
  char buffer[4096];
  const auto size = ::read(out_, buffer, sizeof buffer);
  if (size <= 0) return false;
  output_.append(buffer, static_cast<std::size_t>(size));
  return true;
}

bool Program::wait_for(std::string_view text, std::chrono::seconds at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (output_.find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > end || !read_some(100))
      return output_.find(text) != std::string::npos;
  }
  return true;
}

int Program::wait() {
  while (read_some(-1)) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *status_;
}

void Program::signal(int number) const { ::kill(pid_, number); }

Ran run_program(const std::vector<std::string>& arguments, const std::string& log) {
  Program program(arguments, log);
  const int status = program.wait();
  return {status, program.output()};
}

namespace {

/// True when the answer is whole by its Content-Length.
bool is_whole(const std::string& bytes, Heard& heard) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos || bytes.size() < 12) return false;
  std::size_t length = 0;
  for (auto at = bytes.find("\r\n"); at < head_end; at = bytes.find("\r\n", at + 2)) {
    constexpr std::string_view kName = "content-length: ";
    if (head_end - at < kName.size() + 2) continue;
    std::string name = bytes.substr(at + 2, kName.size());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (name == kName) length = std::stoul(bytes.substr(at + 2 + kName.size(), 12));
  }
  if (bytes.size() < head_end + 4 + length) return false;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, heard.status);
  heard.body = bytes.substr(head_end + 4, length);
  return true;
}

}  // namespace

Heard ask(unsigned short port, const std::string& method, const std::string& target, const std::string& body,
          const std::vector<std::pair<std::string, std::string>>& headers) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{20, 0};
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Heard heard;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::string request =
        method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
    for (const auto& [name, value] : headers) request.append(name).append(": ").append(value).append("\r\n");
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "Connection: close\r\n\r\n" + body;
    std::string answer;
    char buffer[4096];
    if (::send(connection, request.data(), request.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(request.size())) {
      for (;;) {
        const auto size = ::recv(connection, buffer, sizeof buffer, 0);
        if (size <= 0) break;
        answer.append(buffer, static_cast<std::size_t>(size));
        if (is_whole(answer, heard)) break;
      }
    }
  }
  ::close(connection);
  return heard;
}

}  // namespace tandem::test
