// One client connection of the server: reads requests one after the other, calls dispatch, writes answers. A
// template over the plain and the TLS stream; included by server.cpp only.
//
// Deadlines cost nothing per request: a phase change writes two numbers, and the thread's tick looks at all
// connections four times a second.
#pragma once
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/addresses.hpp"
#include "http/dispatch.hpp"
#include "http/framing.hpp"
#include "http/problems.hpp"
#include "http/response_head.hpp"
#include "http/server.hpp"

namespace tandem::http {

namespace asio = boost::asio;
/// With the concrete executor: no type erasure on the hot path.
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using TlsStream = asio::ssl::stream<Socket>;

class ConnectionBase;

/// What the connections of one thread share.
struct ThreadState {
  const ServerOptions& options;
  const AddressSet& proxies;
  const Dispatch& dispatch;
  HeadLimits head_limits;
  db::Pool* pool = nullptr;
  std::list<ConnectionBase*> connections;
  bool is_draining = false;
  std::string date;  // of the Date field, renewed every second
  std::atomic<std::int64_t> timeouts_total{0};
};

class ConnectionBase {
 public:
  enum class Phase { idle, head, body, working, writing, closing };

  virtual ~ConnectionBase() = default;
  /// Called by the thread's tick: ends a phase that has lasted too long.
  void check_deadline(Monotonic::time_point now) {
    if (phase_ == Phase::working || is_timed_out_) return;
    bool is_late = now >= deadline_;
    if (phase_ == Phase::body) {
      // At least 1 KiB a second, after a start of five seconds.
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - phase_since_).count();
      is_late = is_late || (seconds > 5 && body_bytes_ < static_cast<std::size_t>(seconds) * 1024);
    }
    if (!is_late || is_still_draining(now)) return;
    is_timed_out_ = true;
    thread_.timeouts_total.fetch_add(1, std::memory_order_relaxed);
    interrupt();
  }
  /// The server stops: a connection that waits for a request reads what has already arrived, then ends.
  void drain() {
    if (phase_ == Phase::idle) stop_reading();
  }
  /// Ends whatever it does now.
  virtual void interrupt() = 0;

 protected:
  explicit ConnectionBase(ThreadState& thread) : thread_(thread) {
    place_ = thread_.connections.insert(thread_.connections.end(), this);
  }
  virtual void stop_reading() = 0;
  /// Bytes of answers that the client has not acknowledged yet.
  virtual std::size_t unsent() = 0;
  void enter(Phase phase, std::chrono::nanoseconds longest) {
    phase_ = phase;
    phase_since_ = Monotonic::now();
    deadline_ = phase_since_ + longest;
    unsent_ = SIZE_MAX;
  }

 private:
  /// A socket takes more only when a third of its megabytes is free; a client that reads slowly but reads is
  /// not stalled.
  bool is_still_draining(Monotonic::time_point now) {
    if (phase_ != Phase::writing) return false;
    const std::size_t left = unsent();
    const bool has_progress = left < unsent_;
    unsent_ = left;
    if (has_progress) deadline_ = now + thread_.options.write_time_max;
    return has_progress;
  }

 protected:
  ThreadState& thread_;
  std::list<ConnectionBase*>::iterator place_;
  Phase phase_ = Phase::idle;
  Monotonic::time_point phase_since_{}, deadline_{Monotonic::time_point::max()};
  std::size_t body_bytes_ = 0, unsent_ = SIZE_MAX;
  bool is_timed_out_ = false;
};

template <class Stream>
class Connection final : public ConnectionBase {
 public:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  Connection(Stream stream, asio::ip::address peer, ThreadState& thread)
      : ConnectionBase(thread),
        stream_(std::move(stream)),
        peer_(std::move(peer)),
        peer_text_(peer_.to_string()) {}
  ~Connection() override { thread_.connections.erase(place_); }

  /// The whole life of the connection. `self` and `admission` end with it.
  static Task<> run(std::shared_ptr<Connection> self, std::shared_ptr<void> admission) {
    (void)admission;
    if (co_await self->open())
      while (co_await self->serve_one()) {
      }
    co_await self->close();
  }

  void interrupt() override {
    boost::system::error_code ignored;
    stream_.lowest_layer().cancel(ignored);
    if (phase_ == Phase::closing || phase_ == Phase::writing) stream_.lowest_layer().close(ignored);
  }

 private:
  static constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
  static constexpr std::size_t kReadBytes = 4096, kBodyReadBytes = 64 * 1024;

  void stop_reading() override {
    boost::system::error_code ignored;
    stream_.lowest_layer().shutdown(asio::socket_base::shutdown_receive, ignored);
  }

  std::size_t unsent() override {
    int bytes = 0;
    return ioctl(plain().native_handle(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
  }

  Task<bool> open() {
    boost::system::error_code ignored;
    stream_.lowest_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    enter(Phase::idle, thread_.options.header_time_max);
    if constexpr (kIsTls) {
      auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kToken);
      co_return !error && !is_timed_out_;
    } else {
      stream_.non_blocking(true, ignored);
      co_return true;
    }
  }

  Socket& plain() {
    if constexpr (kIsTls)
      return stream_.next_layer();
    else
      return stream_;
  }

  /// Reads more into buffer_. False at the end of the stream, on errors and when time is up.
  Task<bool> fill(std::size_t bytes) {
    if (is_timed_out_) co_return false;
    const std::size_t old = buffer_.size();
    buffer_.resize(old + bytes);
    auto [error, n] = co_await stream_.async_read_some(asio::buffer(buffer_.data() + old, bytes), kToken);
    buffer_.resize(old + n);
    co_return !error && !is_timed_out_;
  }

  /// One request and its answer. False: the connection ends.
  Task<bool> serve_one() {
    Incoming in;
    if (!co_await read_head(in)) co_return false;
    if (!co_await read_body(in)) co_return false;
    phase_ = Phase::working;
    request_id_ = in.request.request_id;
    const bool is_head = in.request.method == Method::head;
    Response response = co_await thread_.dispatch(*thread_.pool, std::move(in.request));
    const bool keeps =
        in.keeps_alive && !thread_.is_draining && ++served_ < thread_.options.requests_per_connection_max;
    co_return co_await write(response, keeps, is_head) && keeps;
  }

  /// A request as far as it has been read.
  struct Incoming {
    Request request;
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false, expects_continue = false, keeps_alive = false;
  };

  Task<bool> read_head(Incoming& in) {
    // Before the first request of a connection the deadline of open() holds; later, the connection may rest.
    if (served_ > 0) enter(Phase::idle, thread_.options.idle_time_max);
    std::size_t from = 0;
    std::optional<std::size_t> end;
    for (;;) {
      // RFC 9112 section 2.2: an empty line before a request is ignored; one is enough.
      if (from == 0 && buffer_.starts_with("\r\n") && !skipped_line_) {
        skipped_line_ = true;
        buffer_.erase(0, 2);
      }
      end = find_head_end(buffer_, from);
      if (end) break;
      if (!buffer_.empty()) {
        if (const auto refusal = check_partial_head(buffer_, thread_.head_limits))
          co_return co_await refuse(*refusal);
        if (phase_ == Phase::idle) enter(Phase::head, thread_.options.header_time_max);
      }
      if (!co_await fill(kReadBytes)) {
        if (buffer_.empty()) co_return false;
        co_return co_await refuse(is_timed_out_ ? Refusal{&kTimeout, "the header did not arrive in time"}
                                                : Refusal{&kBadRequest, "the header is not complete"});
      }
    }
    skipped_line_ = false;
    if (const auto refusal = take_head(std::string_view(buffer_).substr(0, *end), in))
      co_return co_await refuse(*refusal);
    buffer_.erase(0, *end);
    co_return true;
  }

  /// Parses the head and copies it into the request.
  std::optional<Refusal> take_head(std::string_view bytes, Incoming& in) {
    auto head = parse_head(bytes, thread_.head_limits);
    if (!head) return head.error();
    auto target = decode_target(head->target);
    if (!target) return target.error();
    if (!serves_host(head->host)) return Refusal{&kMisdirected, "no such host here"};
    Request& request = in.request;
    request.method = head->method;
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    request.headers.reserve(head->fields.size());
    for (const auto& [name, value] : head->fields) {
      auto& field = request.headers.emplace_back(name, value);
      for (char& c : field.first)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    request.is_secure = kIsTls;
    find_client(request);
    new_uuid().append_to(request.request_id);
    in.content_length = head->content_length;
    in.is_chunked = head->is_chunked;
    in.expects_continue = head->expects_continue;
    in.keeps_alive = head->keeps_alive;
    return std::nullopt;
  }

  bool serves_host(std::string_view host) const {
    const auto& hosts = thread_.options.hosts;
    if (hosts.empty()) return true;
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
      host = host.substr(0, colon);
    const auto same = [&](const std::string& known) {
      return known.size() == host.size() &&
             std::equal(known.begin(), known.end(), host.begin(),
                        [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    };
    return std::any_of(hosts.begin(), hosts.end(), same);
  }

  void find_client(Request& request) const {
    if (!thread_.proxies.contains(peer_)) {
      request.client_ip = peer_text_;
      return;
    }
    std::string forwarded;
    for (const auto& [name, value] : request.headers)
      if (name == "x-forwarded-for") forwarded += (forwarded.empty() ? "" : ",") + value;
    request.client_ip = client_address(peer_, forwarded, thread_.proxies).to_string();
    if (request.header("x-forwarded-proto") == "https") request.is_secure = true;
  }

  Task<bool> read_body(Incoming& in) {
    if (!in.is_chunked && in.content_length.value_or(0) == 0) co_return true;
    const std::size_t body_max = thread_.dispatch.body_max(in.request.method, in.request.path);
    if (in.content_length.value_or(0) > body_max)
      co_return co_await refuse({&kTooLarge, "the body is over the limit"});
    enter(Phase::body, thread_.options.body_time_max);
    body_bytes_ = buffer_.size();
    if (in.expects_continue && buffer_.empty()) {
      const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [error, n] = co_await asio::async_write(stream_, asio::buffer(go_on), kToken);
      if (error) co_return false;
    }
    if (in.is_chunked) co_return co_await read_chunked(in.request.body, body_max);
    const auto length = static_cast<std::size_t>(*in.content_length);
    while (buffer_.size() < length) {
      const std::size_t had = buffer_.size();
      // No room is made for bytes that may never come.
      if (!co_await fill(std::min(length - had, kBodyReadBytes))) co_return co_await refuse(body_failure());
      body_bytes_ += buffer_.size() - had;
    }
    if (buffer_.size() == length) {
      in.request.body = std::move(buffer_);
      buffer_.clear();
    } else {
      in.request.body = buffer_.substr(0, length);
      buffer_.erase(0, length);
    }
    co_return true;
  }

  Task<bool> read_chunked(std::string& body, std::size_t body_max) {
    ChunkedReader reader;
    for (;;) {
      std::size_t used = 0;
      const auto state = reader.feed(buffer_, used, body, body_max);
      buffer_.erase(0, used);
      if (state == ChunkedReader::State::done) co_return true;
      if (state == ChunkedReader::State::refused)
        co_return co_await refuse({&kBadRequest, "malformed chunk"});
      if (state == ChunkedReader::State::too_large)
        co_return co_await refuse({&kTooLarge, "the body is over the limit"});
      if (!co_await fill(kBodyReadBytes / 4)) co_return co_await refuse(body_failure());
      body_bytes_ += buffer_.size();
    }
  }

  Refusal body_failure() const {
    return is_timed_out_ ? Refusal{&kTimeout, "the body did not arrive in time"}
                         : Refusal{&kBadRequest, "the body is not complete"};
  }

  /// Answers a request that cannot be read. The connection ends: where the next one would begin is not known.
  Task<bool> refuse(Refusal refusal) {
    is_timed_out_ = false;
    request_id_ = new_uuid().str();
    thread_.dispatch.count_refusal(refusal.kind->status);
    const Response response =
        problem_response(Problem(*refusal.kind, std::string(refusal.detail)), request_id_);
    co_await write(response, false, false);
    co_return false;
  }

  /// False when the client is gone or takes nothing.
  Task<bool> write(const Response& response, bool keeps_alive, bool is_head) {
    enter(Phase::writing, thread_.options.write_time_max);
    out_.clear();
    append_response_head(response, request_id_, thread_.date, keeps_alive, out_);
    const bool sends_body = !is_head && response.status != 204 && response.status != 304;
    std::array<asio::const_buffer, 2> left{asio::buffer(out_),
                                           sends_body ? asio::buffer(response.body) : asio::const_buffer{}};
    std::size_t size = asio::buffer_size(left);
    if constexpr (!kIsTls) {
      // Nearly every answer fits the socket's buffer: then the reactor is not asked at all.
      boost::system::error_code error;
      advance(left, stream_.write_some(left, error), size);
      if (error && error != asio::error::would_block && error != asio::error::try_again) co_return false;
    }
    while (size > 0) {
      auto [error, n] = co_await stream_.async_write_some(left, kToken);
      if (error || is_timed_out_) co_return false;
      advance(left, n, size);
      enter(Phase::writing, thread_.options.write_time_max);
    }
    co_return true;
  }

  static void advance(std::array<asio::const_buffer, 2>& left, std::size_t n, std::size_t& size) {
    size -= n;
    const std::size_t of_first = std::min(n, left[0].size());
    left[0] += of_first;
    left[1] += n - of_first;
  }

  /// Says goodbye so that the last answer arrives: closing with unread bytes would reset the connection and
  /// could take the answer away from the client.
  Task<> close() {
    enter(Phase::closing, std::chrono::seconds(1));
    is_timed_out_ = false;
    boost::system::error_code ignored;
    if constexpr (kIsTls) co_await stream_.async_shutdown(kToken);
    Socket& socket = plain();
    if (!socket.is_open()) co_return;
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
    std::size_t read = 0;
    buffer_.resize(kReadBytes);
    while (!ignored && read < 1024 * 1024 && !is_timed_out_) {
      auto [error, n] = co_await socket.async_read_some(asio::buffer(buffer_), kToken);
      if (error) break;
      read += n;
    }
    socket.close(ignored);
  }

  Stream stream_;
  asio::ip::address peer_;
  std::string peer_text_, buffer_, out_, request_id_;
  int served_ = 0;
  bool skipped_line_ = false;
};

}  // namespace tandem::http
