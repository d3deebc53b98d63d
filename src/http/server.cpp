#include "http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/chrono.h>

#include <ctime>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "http/access_log.hpp"
#include "http/free_port.hpp"
#include "http/metrics.hpp"
#include "http/server_connection.hpp"

namespace tandem::http {

namespace {

using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// How many connections there are, in all and from one address; asked at accept, by every thread.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  Admission(int connections_max, int per_ip_max)
      : connections_max_(connections_max), per_ip_max_(per_ip_max) {}

  /// A token that gives the place back when it goes; null when there is none.
  std::shared_ptr<void> enter(const asio::ip::address& address, bool is_proxy) {
    const std::scoped_lock lock(mutex_);
    if (open_ >= connections_max_) return nullptr;
    if (!is_proxy) {
      // Loopback is one client too: a limit that does not hold there cannot be tested there.
      int& from_here = per_ip_[address];
      if (from_here >= per_ip_max_) return nullptr;
      ++from_here;
    }
    ++open_;
    return {static_cast<void*>(this), [self = shared_from_this(), address, is_proxy](void*) {
              const std::scoped_lock relock(self->mutex_);
              --self->open_;
              if (is_proxy) return;
              if (const auto found = self->per_ip_.find(address); --found->second == 0)
                self->per_ip_.erase(found);
            }};
  }
  int open() const {
    const std::scoped_lock lock(mutex_);
    return open_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<asio::ip::address, int> per_ip_;
  int open_ = 0;
  const int connections_max_, per_ip_max_;
};

/// Figures of one thread, for /metrics; written by the thread's tick.
struct Figures {
  struct RoleFigures {
    std::atomic<std::int64_t> open{0}, busy{0}, waiting{0}, acquired{0}, refused{0}, replaced{0};
  };
  std::array<RoleFigures, 4> roles;
  std::atomic<std::int64_t> accepted{0}, turned_away{0}, timeouts{0};
};

std::string http_date() {
  const std::time_t now = static_cast<std::time_t>(Clock::now().unix_seconds());
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
}

int threads_of(const ServerOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// ------------------------------------------------------------------ one thread

class Worker {
 public:
  Worker(int index, const ServerOptions& options, const db::PoolOptions& pool_options,
         const Dispatch& dispatch, const AddressSet& proxies, std::shared_ptr<Admission> admission,
         asio::ssl::context* tls)
      : index_(index),
        pool_options_(pool_options),
        admission_(std::move(admission)),
        tls_(tls),
        io_(1),
        acceptor_(io_),
        stop_signal_(io_),
        tick_timer_(io_),
        state_{options,  proxies,
               dispatch, {options.header_bytes_max, options.header_fields_max, options.target_bytes_max},
               nullptr,  {},
               false,    http_date(),
               {}} {}

  void bind(const tcp::endpoint& endpoint) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.set_option(ReusePort(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
  }
  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  const Figures& figures() const { return *figures_; }

  /// Starts the thread; the future is ready when it accepts, or has what its starter threw.
  std::future<void> start(std::function<std::function<Task<>()>(Server::Thread)> starter) {
    thread_ = std::thread([this, starter = std::move(starter)] {
      pool_ = std::make_unique<db::Pool>(io_.get_executor(), pool_options_);
      state_.pool = pool_.get();
      stop_signal_.expires_at(Monotonic::time_point::max());
      asio::co_spawn(io_, live(starter), [this](const std::exception_ptr& failure) {
        if (failure) log_internal("", "a thread of the server ended by an exception");
        io_.stop();
      });
      io_.run();
      finish();
    });
    return ready_.get_future();
  }
  void begin_stop() {
    asio::post(io_, [this] {
      is_stopping_ = true;
      stop_signal_.cancel();
    });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  static constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

  Task<> live(std::function<std::function<Task<>()>(Server::Thread)> starter) {
    std::function<Task<>()> end;
    std::exception_ptr failure;
    try {
      if (starter) end = starter({io_.get_executor(), *pool_, index_});
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      ready_.set_exception(failure);
      co_return;
    }
    asio::co_spawn(io_, accept(), asio::detached);
    asio::co_spawn(io_, tick(), asio::detached);
    if (index_ == 0) asio::co_spawn(io_, follow_clock(), asio::detached);
    ready_.set_value();
    while (!is_stopping_) co_await stop_signal_.async_wait(kToken);
    co_await drain();
    if (end) co_await end();
    co_await wait_for_clock();
    is_finished_ = true;
    tick_timer_.cancel();
  }

  Task<> accept() {
    for (;;) {
      tcp::endpoint peer;
      auto [error, socket] = co_await acceptor_.async_accept(peer, kToken);
      if (is_stopping_ || error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, or a client that left: the tick's pause lets others finish.
        asio::steady_timer pause(io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(kToken);
        continue;
      }
      admit(Socket(std::move(socket)), peer.address());
    }
  }

  void admit(Socket socket, const asio::ip::address& peer) {
    figures_->accepted.fetch_add(1, std::memory_order_relaxed);
    auto place = admission_->enter(peer, state_.proxies.contains(peer));
    if (!place) {
      turn_away(socket);
      return;
    }
    if (tls_ != nullptr)
      spawn(std::make_shared<Connection<TlsStream>>(TlsStream(std::move(socket), *tls_), peer, state_),
            std::move(place));
    else
      spawn(std::make_shared<Connection<Socket>>(std::move(socket), peer, state_), std::move(place));
  }

  template <class C>
  void spawn(std::shared_ptr<C> connection, std::shared_ptr<void> place) {
    asio::co_spawn(io_, C::run(std::move(connection), std::move(place)),
                   [](const std::exception_ptr& failure) {
                     // Dispatch never throws; what is left is memory. The connection has ended, the server
                     // goes on.
                     if (failure) log_internal("", "a connection ended by an exception");
                   });
  }

  /// One answer that never waits: what does not fit the socket's buffer is lost with the connection.
  void turn_away(Socket& socket) {
    figures_->turned_away.fetch_add(1, std::memory_order_relaxed);
    boost::system::error_code ignored;
    if (tls_ == nullptr) {
      Response response = problem_response(Problem(kUnavailable, "too many connections"), "");
      std::string text;
      append_response_head(response, "", state_.date, false, text);
      text += response.body;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(text), ignored);
    }
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
    socket.close(ignored);
  }

  Task<> tick() {
    for (int n = 0; !is_finished_; ++n) {
      const auto now = Monotonic::now();
      for (ConnectionBase* connection : state_.connections) connection->check_deadline(now);
      if (n % 4 == 0) {
        state_.date = http_date();
        publish();
      }
      tick_timer_.expires_after(std::chrono::milliseconds(250));
      co_await tick_timer_.async_wait(kToken);
    }
  }

  void publish() {
    for (std::size_t i = 0; i < figures_->roles.size(); ++i) {
      const db::PoolStats stats = pool_->stats(static_cast<db::Role>(i));
      auto& to = figures_->roles[i];
      to.open = stats.open;
      to.busy = stats.busy;
      to.waiting = stats.waiting;
      to.acquired = stats.acquired_total;
      to.refused = stats.refused_total;
      to.replaced = stats.replaced_total;
    }
    figures_->timeouts = state_.timeouts_total.load(std::memory_order_relaxed);
  }

  /// The clock follows the database's: measured at once and every minute.
  Task<> follow_clock() {
    while (!is_stopping_) {
      is_measuring_ = true;
      try {
        co_await pool_->measure_clock();
      } catch (const std::exception&) {
        // Ignored because while the database is away the last offset stays good for a while, and requests say
        // 503 by themselves.
      }
      is_measuring_ = false;
      for (int second = 0; second < 60 && !is_stopping_; ++second) {
        asio::steady_timer pause(io_, std::chrono::seconds(1));
        co_await pause.async_wait(kToken);
      }
    }
  }

  /// A measurement uses the pool; it ends by the pool's own time limits.
  Task<> wait_for_clock() {
    for (int i = 0; i < 1000 && is_measuring_; ++i) {
      asio::steady_timer pause(io_, std::chrono::milliseconds(10));
      co_await pause.async_wait(kToken);
    }
  }

  /// Finishes what was accepted: connections that the kernel has already completed are taken, requests that
  /// have begun get their answers with "Connection: close", connections at rest end.
  Task<> drain() {
    const auto begin = Monotonic::now();
    state_.is_draining = true;
    take_backlog();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (ConnectionBase* connection : state_.connections) connection->drain();
    const auto over = begin + state_.options.drain_time_max;
    // Handlers end by the database's statement_timeout; the grace is for them.
    constexpr auto kGrace = std::chrono::seconds(10);
    while (!state_.connections.empty() && Monotonic::now() < over + kGrace) {
      if (Monotonic::now() >= over)
        for (ConnectionBase* connection : state_.connections) connection->interrupt();
      asio::steady_timer pause(io_, std::chrono::milliseconds(10));
      co_await pause.async_wait(kToken);
    }
  }

  void take_backlog() {
    boost::system::error_code error;
    acceptor_.non_blocking(true, error);
    while (!error) {
      tcp::endpoint peer;
      Socket socket(io_);
      acceptor_.accept(socket, peer, error);
      if (!error) admit(std::move(socket), peer.address());
    }
  }

  /// The pool goes before the io_context that its connections are registered with. A handler that still has a
  /// lease after all grace keeps both alive for the rest of the process rather than using a pool that is
  /// gone.
  void finish() {
    publish();
    if (state_.connections.empty() && !is_measuring_)
      pool_.reset();
    else
      static_cast<void>(
          pool_.release());  // NOLINT(bugprone-unused-return-value): connections of the last requests use it
  }

  const int index_;
  const db::PoolOptions pool_options_;
  const std::shared_ptr<Admission> admission_;
  asio::ssl::context* const tls_;
  std::unique_ptr<Figures> figures_ = std::make_unique<Figures>();
  std::unique_ptr<db::Pool> pool_;
  asio::io_context io_;
  Acceptor acceptor_;
  asio::steady_timer stop_signal_, tick_timer_;
  ThreadState state_;
  bool is_stopping_ = false, is_finished_ = false, is_measuring_ = false;
  std::promise<void> ready_;
  std::thread thread_;
};

}  // namespace

// ------------------------------------------------------------------ all threads

struct Server::Impl {
  Impl(ServerOptions o, db::PoolOptions p, const Dispatch& d)
      : options(std::move(o)),
        pool_options(std::move(p)),
        dispatch(d),
        proxies(options.proxies),
        admission(std::make_shared<Admission>(options.connections_max, options.connections_per_ip_max)) {}

  const ServerOptions options;
  const db::PoolOptions pool_options;
  const Dispatch& dispatch;
  const AddressSet proxies;
  const std::shared_ptr<Admission> admission;
  std::optional<asio::ssl::context> tls;
  std::function<std::function<Task<>()>(Thread)> starter;
  std::vector<std::unique_ptr<Worker>> workers;
  unsigned short port = 0;
  std::mutex stop_mutex;
  bool is_running = false;

  void load_tls();
  void bind();
  void add_metrics();
  void remove_metrics();
  void end_workers();
};

namespace {

constexpr const char* kMetricConnections = "tandem_http_server_connections";
constexpr const char* kMetricAccepted = "tandem_http_server_connections_accepted_total";
constexpr const char* kMetricTurnedAway = "tandem_http_server_connections_turned_away_total";
constexpr const char* kMetricTimeouts = "tandem_http_server_timeouts_total";
constexpr const char* kMetricPool = "tandem_db_pool_connections";
constexpr const char* kMetricPoolEvents = "tandem_db_pool_events_total";

using Workers = std::vector<std::unique_ptr<Worker>>;

double sum_of(const Workers& workers,
              const std::function<const std::atomic<std::int64_t>&(const Figures&)>& pick) {
  std::int64_t sum = 0;
  for (const auto& worker : workers) sum += pick(worker->figures());
  return static_cast<double>(sum);
}

using RolePick = const std::atomic<std::int64_t> Figures::RoleFigures::*;

std::vector<Sample> samples_of_pools(const Workers& workers, std::string_view label,
                                     std::initializer_list<std::pair<std::string_view, RolePick>> picks) {
  std::vector<Sample> out;
  for (std::size_t role = 0; role < db::kRoleNames.size(); ++role)
    for (const auto& [name, pick] : picks)
      out.push_back({fmt::format(R"(role="{}",{}="{}")", db::kRoleNames[role], label, name),
                     sum_of(workers, [&](const Figures& f) -> auto& { return f.roles[role].*pick; })});
  return out;
}

}  // namespace

void Server::Impl::load_tls() {
  if (!options.tls) return;
  tls.emplace(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                   asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                   asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression |
                   asio::ssl::context::single_dh_use);
  tls->use_certificate_chain_file(options.tls->certificate_chain_file);
  tls->use_private_key_file(options.tls->private_key_file, asio::ssl::context::pem);
}

void Server::Impl::bind() {
  tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
  require_free(endpoint);
  for (int i = 0; i < threads_of(options); ++i) {
    auto worker = std::make_unique<Worker>(i, options, pool_options, dispatch, proxies, admission,
                                           tls ? &*tls : nullptr);
    worker->bind(endpoint);
    if (i == 0) endpoint.port(port = worker->port());
    workers.push_back(std::move(worker));
  }
}

void Server::Impl::add_metrics() {
  using F = Figures;
  using R = F::RoleFigures;
  Metrics& metrics = Metrics::instance();
  metrics.add(kMetricConnections, "Client connections that are open.", "gauge",
              [this] { return std::vector<Sample>{{"", static_cast<double>(admission->open())}}; });
  metrics.add(kMetricAccepted, "Client connections accepted.", "counter", [this] {
    return std::vector<Sample>{{"", sum_of(workers, [](const F& f) -> auto& { return f.accepted; })}};
  });
  metrics.add(kMetricTurnedAway, "Client connections over a limit.", "counter", [this] {
    return std::vector<Sample>{{"", sum_of(workers, [](const F& f) -> auto& { return f.turned_away; })}};
  });
  metrics.add(
      kMetricTimeouts, "Client connections that were too slow or at rest too long.", "counter", [this] {
        return std::vector<Sample>{{"", sum_of(workers, [](const F& f) -> auto& { return f.timeouts; })}};
      });
  metrics.add(kMetricPool, "Database connections of the request threads.", "gauge", [this] {
    return samples_of_pools(workers, "state",
                            {{"open", &R::open}, {"busy", &R::busy}, {"waiting", &R::waiting}});
  });
  metrics.add(kMetricPoolEvents, "What happened at the database pools.", "counter", [this] {
    return samples_of_pools(
        workers, "event", {{"acquired", &R::acquired}, {"refused", &R::refused}, {"replaced", &R::replaced}});
  });
}

void Server::Impl::remove_metrics() {
  for (const char* name : {kMetricConnections, kMetricAccepted, kMetricTurnedAway, kMetricTimeouts,
                           kMetricPool, kMetricPoolEvents})
    Metrics::instance().remove(name);
}

void Server::Impl::end_workers() {
  for (const auto& worker : workers) worker->begin_stop();
  for (const auto& worker : workers) worker->join();
}

Server::Server(ServerOptions options, db::PoolOptions pool_options, const Dispatch& dispatch)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(pool_options), dispatch)) {}

Server::~Server() { stop(); }

void Server::on_thread(std::function<std::function<Task<>()>(Thread)> start) {
  impl_->starter = std::move(start);
}

void Server::start() {
  impl_->load_tls();
  impl_->bind();
  std::vector<std::future<void>> ready;
  for (const auto& worker : impl_->workers) ready.push_back(worker->start(impl_->starter));
  impl_->is_running = true;
  std::exception_ptr failure;
  for (auto& future : ready) {
    try {
      future.get();
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure) {
    stop();
    std::rethrow_exception(failure);
  }
  impl_->add_metrics();
}

unsigned short Server::port() const { return impl_->port; }

void Server::stop() {
  const std::scoped_lock lock(impl_->stop_mutex);
  if (!impl_->is_running) return;
  impl_->is_running = false;
  impl_->remove_metrics();
  impl_->end_workers();
}

}  // namespace tandem::http
