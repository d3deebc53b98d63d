// A small HTTP server on a free loopback port, on the test's own event loop: what a simulator of a provider
// is built on, and what misbehaves on purpose in tests of the client. Every connection brings one request.
#pragma once
#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace tandem::test {

struct LocalRequest {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string header(std::string_view name) const;
};

/// Writes raw bytes of the answer; false when the client has gone.
using LocalWrite = std::function<Task<bool>(std::string)>;
/// The connection is closed when it returns.
using LocalHandler = std::function<Task<>(LocalRequest, LocalWrite)>;

struct LocalTls {
  std::string certificate, private_key;  // PEM
};
/// A self-signed certificate for this name, valid from yesterday to tomorrow unless `is_expired`.
LocalTls self_signed(const std::string& name, bool is_expired = false);

/// A whole answer with Content-Length.
std::string local_answer(int status, std::string_view body, std::string_view more_headers = {});

class LocalServer {
 public:
  LocalServer(boost::asio::any_io_executor executor, LocalHandler handler, std::optional<LocalTls> tls = {});
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  unsigned short port() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Waits on the caller's event loop.
Task<> local_pause(int milliseconds);

}  // namespace tandem::test
