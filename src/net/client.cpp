#include "net/client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

#include "base/clock.hpp"
#include "net/target.hpp"

namespace tandem::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Kind = Failure::Kind;
using Deadline = Monotonic::time_point;
using Outcome = std::expected<Answer, Failure>;
using Address = asio::ip::address;

constexpr std::uint32_t kHeadMax = 16 * 1024;
constexpr std::size_t kHeaderMax = 4096;  // one header of a request
constexpr std::size_t kAddressesMax = 4;  // tried one after the other
constexpr int kInterimAnswersMax = 4;     // 100 Continue and such before the answer
constexpr std::string_view kUserAgent = "Tandem/" TANDEM_VERSION;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::unexpected<Failure> failed(Kind kind, std::string_view reason, bool may_have_arrived = false) {
  return std::unexpected(Failure{kind, may_have_arrived, std::string(reason)});
}

struct Settings {
  Policy policy;
  std::unique_ptr<asio::ssl::context> tls;
};
Settings& settings() {
  static Settings s;
  return s;
}

std::unique_ptr<asio::ssl::context> make_tls(const std::string& authorities_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_default_verify_paths();
  if (!authorities_file.empty()) {
    error_code error;
    context->load_verify_file(authorities_file, error);
    if (error) throw std::runtime_error("cannot read the certificate authorities in " + authorities_file);
  }
  context->set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  return context;
}

asio::ssl::context& tls_context() {
  static const bool ready = [] {
    if (!settings().tls) settings().tls = make_tls({});
    return true;
  }();
  (void)ready;
  return *settings().tls;
}

// ---------------------------------------------------------------- addresses

IpAddress bytes_of(const Address& address) {
  IpAddress out;
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    std::ranges::copy(bytes, out.bytes.begin());
  } else {
    const auto bytes = address.to_v6().to_bytes();
    std::ranges::copy(bytes, out.bytes.begin());
    out.is_v6 = true;
  }
  return out;
}

bool is_listed(const IpAddress& address) {
  return std::ranges::any_of(settings().policy.allowed,
                             [&](const Network& network) { return network.contains(address); });
}

/// One lookup and who waits for it. The system's resolver cannot be interrupted: it is left behind, not
/// waited for.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), timer(executor) {}
  tcp::resolver resolver;
  asio::steady_timer timer;
  bool done = false;
  error_code error;
  std::vector<Address> found;
};

Task<std::expected<std::vector<Address>, Failure>> resolve(const Target& target, Deadline until) {
  if (settings().policy.resolve && !target.is_literal) {
    auto found = settings().policy.resolve(target.host);
    if (found.empty()) co_return failed(Kind::connect, "the name has no address");
    co_return found;
  }
  const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  lookup->resolver.async_resolve(target.host, std::to_string(target.port), tcp::resolver::numeric_service,
                                 [lookup](error_code error, const tcp::resolver::results_type& results) {
                                   lookup->done = true;
                                   lookup->error = error;
                                   for (const auto& entry : results) {
                                     const auto address = entry.endpoint().address();
                                     if (std::ranges::find(lookup->found, address) == lookup->found.end())
                                       lookup->found.push_back(address);
                                   }
                                   lookup->timer.cancel();
                                 });
  lookup->timer.expires_at(until);
  if (!lookup->done) co_await lookup->timer.async_wait(kAwait);
  if (!lookup->done) co_return failed(Kind::timeout, "looking the name up took too long");
  if (lookup->error || lookup->found.empty()) co_return failed(Kind::connect, "the name has no address");
  co_return std::move(lookup->found);
}

/// The rule over everything that the name resolved to: one wrong address refuses all.
std::optional<Failure> judge(const Target& target, const std::vector<Address>& addresses) {
  for (const auto& address : addresses) {
    const IpAddress bytes = bytes_of(address);
    if (is_listed(bytes)) continue;
    if (!is_public(bytes))
      return Failure{Kind::refused_address, false, "an address of the name is not public"};
    if (!target.is_for_everybody())
      return Failure{Kind::refused_address, false,
                     "https on port 443 or 8443 only, outside the listed networks"};
  }
  return std::nullopt;
}

// --------------------------------------------------------------- connection

Kind kind_of_connect(const error_code& error) {
  return error == beast::error::timeout ? Kind::timeout : Kind::connect;
}

/// Tries the addresses in turn; each gets its share of the time that is left.
Task<std::expected<std::unique_ptr<beast::tcp_stream>, Failure>> connect(std::vector<Address> addresses,
                                                                         std::uint16_t port, Deadline until) {
  if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
  error_code last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = Monotonic::now();
    if (now >= until) break;
    auto stream = std::make_unique<beast::tcp_stream>(co_await asio::this_coro::executor);
    const tcp::endpoint endpoint(addresses[i], port);
    stream->expires_at(now + (until - now) / static_cast<int>(addresses.size() - i));
    const auto [error] = co_await stream->async_connect(endpoint, kAwait);
    if (error) {
      last = error;
      continue;
    }
    error_code unknown;
    const auto remote = stream->socket().remote_endpoint(unknown);
    if (unknown || remote != endpoint)
      co_return failed(Kind::refused_address, "connected to another address");
    stream->socket().set_option(tcp::no_delay(true), unknown);
    co_return std::move(stream);
  }
  co_return failed(last ? kind_of_connect(last) : Kind::timeout,
                   "no address of the name could be connected to");
}

// ------------------------------------------------------------- conversation

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string_view verb(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
  }
  return "GET";
}

/// The request as bytes; nullopt when a header would break out of its line.
std::optional<std::string> written(const Request& request, const Target& target) {
  std::string out;
  out.reserve(512 + request.body.size());
  out.append(verb(request.method)).append(" ").append(target.path).append(" HTTP/1.1\r\nHost: ");
  out.append(target.authority()).append("\r\nUser-Agent: ").append(kUserAgent);
  out.append("\r\nConnection: close\r\n");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value) || name.size() + value.size() > kHeaderMax)
      return std::nullopt;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.body.empty() || (request.method != Method::get && request.method != Method::del))
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  out.append("\r\n").append(request.body);
  return out;
}

std::unexpected<Failure> failed_reading(const error_code& error) {
  using HttpError = beast::http::error;
  if (error == beast::error::timeout) return failed(Kind::timeout, "the answer took too long", true);
  if (error == HttpError::body_limit || error == HttpError::header_limit ||
      error == HttpError::buffer_overflow)
    return failed(Kind::too_large, "the answer is larger than we read", true);
  return failed(Kind::protocol, "the answer is no whole HTTP answer", true);
}

using Message = beast::http::response<beast::http::string_body>;

Answer answer_of(Message message) {
  Answer out;
  out.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    out.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  out.body = std::move(message.body());
  return out;
}

/// Sends the request and reads the answer; the time limit is that of the stream underneath.
template <class Stream>
Task<Outcome> converse(Stream& stream, const std::string& bytes, std::size_t answer_bytes_max) {
  const auto [write_error, sent] = co_await asio::async_write(stream, asio::buffer(bytes), kAwait);
  // A server may answer (413, say) and close before it has read everything: the answer is what counts.
  if (write_error == beast::error::timeout)
    co_return failed(Kind::timeout, "sending took too long", sent > 0);
  beast::flat_buffer buffer(kHeadMax + 64 * 1024);
  for (int i = 0; i < kInterimAnswersMax; ++i) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.header_limit(kHeadMax);
    parser.body_limit(answer_bytes_max);
    const auto [error, size] = co_await beast::http::async_read(stream, buffer, parser, kAwait);
    if (error && !(parser.is_done() && error == asio::ssl::error::stream_truncated))
      co_return failed_reading(error);
    if (parser.get().result_int() >= 200) co_return answer_of(parser.release());
  }
  co_return failed(Kind::protocol, "too many interim answers", true);
}

Task<Outcome> converse_in_tls(beast::tcp_stream plain, const Target& target, const std::string& bytes,
                              std::size_t answer_bytes_max, Deadline connected_until, Deadline until) {
  asio::ssl::stream<beast::tcp_stream> stream(std::move(plain), tls_context());
  error_code error;
  stream.set_verify_callback(asio::ssl::host_name_verification(target.host), error);
  // SNI carries names only (RFC 6066).
  if (error || (!target.is_literal &&
                SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(target.host.c_str())) != 1))
    co_return failed(Kind::tls, "the name cannot be asked for in TLS");
  stream.next_layer().expires_at(connected_until);
  const auto [handshake] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
  if (handshake == beast::error::timeout) co_return failed(Kind::timeout, "agreeing on TLS took too long");
  if (handshake) co_return failed(Kind::tls, "no TLS with a certificate that we trust for this name");
  stream.next_layer().expires_at(until);
  co_return co_await converse(stream, bytes, answer_bytes_max);
}

}  // namespace

std::string_view Answer::header(std::string_view name) const {
  const auto found =
      std::ranges::find(headers, name, [](const auto& header) { return std::string_view(header.first); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view name_of(Failure::Kind kind) {
  switch (kind) {
    case Kind::refused_url: return "refused_url";
    case Kind::refused_address: return "refused_address";
    case Kind::timeout: return "timeout";
    case Kind::connect: return "connect";
    case Kind::tls: return "tls";
    case Kind::protocol: return "protocol";
    case Kind::too_large: return "too_large";
  }
  return "protocol";
}

void set_policy(Policy wanted) {
  settings().tls = make_tls(wanted.authorities_file);
  settings().policy = std::move(wanted);
}

const Policy& policy() { return settings().policy; }

void allow_networks(std::vector<Network> networks) {
  auto& allowed = settings().policy.allowed;
  allowed.insert(allowed.end(), networks.begin(), networks.end());
}

Task<Outcome> fetch(Request request) {
  const auto begun = Monotonic::now();
  const Deadline until = begun + request.timeouts.total;
  const Deadline connected_until = std::min(until, begun + request.timeouts.connect);
  const auto target = parse_target(request.url);
  if (!target) co_return failed(Kind::refused_url, target.error());
  const auto bytes = written(request, *target);
  if (!bytes) co_return failed(Kind::refused_url, "a header of the request is malformed");
  auto addresses = co_await resolve(*target, connected_until);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  if (auto refused = judge(*target, *addresses)) co_return std::unexpected(*std::move(refused));
  auto stream = co_await connect(*std::move(addresses), target->port, connected_until);
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  if (target->is_tls)
    co_return co_await converse_in_tls(std::move(**stream), *target, *bytes, request.answer_bytes_max,
                                       connected_until, until);
  (*stream)->expires_at(until);
  co_return co_await converse(**stream, *bytes, request.answer_bytes_max);
}

}  // namespace tandem::net
