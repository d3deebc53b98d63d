// The HTTP server: one io_context a thread, each with its own acceptor (SO_REUSEPORT) and connection pools.
// Reads head and body under the limits, refuses bad framing, calls Dispatch, writes the answer. The reader is
// http/framing, strict and the only one, so that the same bytes are never read in two ways; a test compares
// it with Beast's parser.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "db/pool.hpp"
#include "http/dispatch.hpp"

namespace tandem::http {

struct TlsOptions {
  std::string certificate_chain_file, private_key_file;  // PEM
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  unsigned short port = 8080;  // 0 = any free one, see Server::port
  int threads = 0;             // 0 = one a core
  std::optional<TlsOptions> tls;
  std::vector<std::string> hosts;    // Host names that are served; empty = any
  std::vector<std::string> proxies;  // addresses and networks whose X-Forwarded-For and -Proto are believed
  // limits of security-and-correctness.md, section 7
  std::size_t header_bytes_max = 16 * 1024, header_fields_max = 64, target_bytes_max = 4096;
  std::chrono::seconds header_time_max{10}, body_time_max{60}, idle_time_max{60}, write_time_max{20};
  int requests_per_connection_max = 1000, connections_per_ip_max = 64, connections_max = 4096;
  std::chrono::seconds drain_time_max{20};  // graceful stop
};

class Server {
 public:
  /// What one thread of the server owns; made on that thread before it accepts, destroyed after it stopped.
  struct Thread {
    boost::asio::any_io_executor executor;
    db::Pool& pool;
    int index;
  };
  Server(ServerOptions options, db::PoolOptions pool_options, const Dispatch& dispatch);
  ~Server();
  /// Called once on each thread when its pool is ready and before it accepts: starts that thread's workers.
  /// The returned function is called when the server stops, after the last answer, and must end what was
  /// started.
  void on_thread(std::function<std::function<Task<>()>(Thread)> start);
  /// Binds, starts the threads and returns. Throws when the address cannot be bound.
  void start();
  unsigned short port() const;
  /// Stops accepting, finishes accepted requests within drain_time_max, joins the threads. Safe to call
  /// twice.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::http
