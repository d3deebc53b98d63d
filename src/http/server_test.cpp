#include "http/server.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <fstream>
#include <thread>

#include "http/problems.hpp"
#include "support/test_database.hpp"

namespace tandem::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::atomic<int> served{0};

Task<Response> hello(Context, const PathArgs&) {
  ++served;
  Response out;
  out.body = R"({"hello":"world"})";
  co_return out;
}
Task<Response> echo(Context context, const PathArgs&) {
  Response out;
  out.content_type = "text/plain";
  out.body = context.request.body;
  out.headers.emplace_back("X-Client", context.request.client_ip + (context.request.is_secure ? " tls" : ""));
  co_return out;
}
Task<Response> slow(Context context, const PathArgs&) {
  asio::steady_timer timer(context.pool.executor(), milliseconds(150));
  co_await timer.async_wait(asio::use_awaitable);
  ++served;
  co_return Response{};
}
Task<Response> large(Context, const PathArgs&) {
  Response out;
  out.body.assign(8U << 20U, 'x');
  co_return out;
}

/// A server with its routes, stopped at the end of the test.
struct Running {
  explicit Running(ServerOptions options = {}, bool starts = true) {
    routes.raw(Method::get, "/hello", hello).says("Hello").allow(Access::open);
    routes.raw(Method::post, "/echo", echo).says("Echo").allow(Access::open).body_up_to(100'000);
    routes.raw(Method::get, "/slow", slow).says("Slow").allow(Access::open);
    routes.raw(Method::get, "/large", large).says("Large").allow(Access::open);
    options.port = 0;
    options.threads = 2;
    dispatch.emplace(routes, Hooks{});
    server.emplace(options, test::TestDatabase::instance().pool_options(), *dispatch);
    if (starts) server->start();
  }
  Routes routes;
  std::optional<Dispatch> dispatch;
  std::optional<Server> server;
};

/// A raw client that gives up after ten seconds rather than hanging the run.
class Client {
 public:
  explicit Client(const Server& server) : Client(server.port()) {}
  explicit Client(unsigned short port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    const timeval limit{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  Client& send(std::string_view bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
    return *this;
  }
  /// Everything until the server closes; `closed` says whether it did.
  std::string read_all() {
    std::string out;
    while (read_more(out)) {
    }
    return out;
  }
  /// One answer with a Content-Length (or without a body).
  std::string read_answer(bool is_head = false) {
    std::string out = std::exchange(rest_, {});
    while (out.find("\r\n\r\n") == std::string::npos)
      if (!read_more(out)) return out;
    const auto head = out.find("\r\n\r\n") + 4;
    std::size_t length = 0;
    if (const auto at = out.find("Content-Length: "); at < head && !is_head)
      length = std::stoul(out.substr(at + 16));
    while (out.size() < head + length)
      if (!read_more(out)) return out;
    rest_ = out.substr(head + length);
    return out.substr(0, head + length);
  }
  bool is_closed() {
    std::string out;
    return !read_more(out) && was_closed_;
  }
  bool was_closed() const { return was_closed_; }
  void half_close() { socket_.shutdown(tcp::socket::shutdown_send); }
  tcp::socket& socket() { return socket_; }

 private:
  bool read_more(std::string& out) {
    char buffer[65536];
    const auto n = ::recv(socket_.native_handle(), buffer, sizeof buffer, 0);
    was_closed_ = n == 0 || (n < 0 && errno == ECONNRESET);
    if (n > 0) out.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }
  asio::io_context io_;
  tcp::socket socket_;
  std::string rest_;
  bool was_closed_ = false;
};

int status_in(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.substr(9, 3).data()) : 0;
}
std::string get(std::string_view target, std::string_view fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, fields);
}
std::string post(std::string_view fields, std::string_view body) {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\n{}\r\n{}", fields, body);
}

TEST(Server, AnswersAndKeepsTheConnection) {
  Running running;
  Client client(*running.server);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send(get("/hello")).read_answer();
    EXPECT_EQ(status_in(answer), 200);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"hello\":\"world\"}"));
    for (const char* field : {"\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 17\r\n",
                              "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nCache-Control: no-store\r\n",
                              "\r\nX-Request-Id: ", "\r\nDate: "})
      EXPECT_NE(answer.find(field), std::string::npos) << field;
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  }
  const auto head = client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n").read_answer(true);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_NE(head.find("Content-Length: 17"), std::string::npos);
  EXPECT_EQ(status_in(client.send(get("/nothing")).read_answer()), 404);
  EXPECT_EQ(status_in(client.send(post("Content-Length: 2\r\n", "ab")).read_answer()), 200);
}

TEST(Server, RefusesBadFramingAndCloses) {
  Running running;
  const std::string long_target(5000, 'a'), long_field(17000, 'a');
  const std::vector<std::pair<std::string, int>> cases{
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"nonsense\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00", 400},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {get("http://a/hello"), 400},
      {get("/%2e%2e/etc"), 400},
      {get("/a%2fb"), 400},
      {get("/hello", "Content-Length: 3\r\n") + "abc", 400},
      {get("/hello", "X : y\r\n"), 400},
      {get("/hello", "X: y\r\n folded\r\n"), 400},
      {post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
      {post("Content-Length: 1, 1\r\n", "a"), 400},
      {post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\n", "zz\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n"), 400},
      {post("Expect: something\r\n", ""), 417},
      {"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {get("/" + long_target), 414},
      {"GET /" + long_target, 414},
      {get("/hello", "X: " + long_field + "\r\n"), 431},
      {post("Content-Length: 100001\r\n", ""), 413},
      {post("Transfer-Encoding: chunked\r\n", "FFFFFF\r\n"), 413},
      {post("Content-Length: 1000000\r\n", std::string(500'000, 'a')), 413},
  };
  for (const auto& [bytes, status] : cases) {
    Client client(*running.server);
    const auto answer = client.send(bytes).send(get("/hello")).read_all();
    EXPECT_EQ(status_in(answer), status) << bytes.substr(0, 120);
    EXPECT_NE(answer.find("Content-Type: application/problem+json"), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(answer.find("hello"), std::string::npos) << "what follows a refusal is not read as a request";
    EXPECT_TRUE(client.was_closed());
  }
}

TEST(Server, EndsOfStreamInsideARequest) {
  Running running;
  for (const std::string_view bytes :
       {"GET /hello HT", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"}) {
    Client client(*running.server);
    client.send(bytes).half_close();
    EXPECT_EQ(status_in(client.read_all()), 400);
  }
  Client whole(*running.server);
  whole.send(get("/hello")).half_close();
  EXPECT_EQ(status_in(whole.read_all()), 200) << "a client that has said all may still listen";
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  Running running;
  Client client(*running.server);
  client.send(get("/hello") + post("Content-Length: 3\r\n", "one") + get("/slow") +
              post("Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n") + "\r\n" + get("/nothing"));
  EXPECT_TRUE(client.read_answer().ends_with("world\"}"));
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\none"));
  EXPECT_EQ(status_in(client.read_answer()), 200);
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\ntwo"));
  EXPECT_EQ(status_in(client.read_answer()), 404);
}

TEST(Server, BodiesArriveInPieces) {
  Running running;
  Client client(*running.server);
  const std::string body(99'000, 'b');
  const std::string bytes = post(fmt::format("Content-Length: {}\r\n", body.size()), body);
  for (std::size_t at = 0; at < bytes.size(); at += 9'973) client.send(bytes.substr(at, 9'973));
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n" + body));
  client.send(post("Expect: 100-continue\r\nContent-Length: 4\r\n", ""));
  EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(client.send("body").read_answer().ends_with("\r\n\r\nbody"));
  EXPECT_EQ(
      status_in(client.send(post("Expect: 100-continue\r\nContent-Length: 200000\r\n", "")).read_answer()),
      413);
}

TEST(Server, LargeAnswersPassASmallWindow) {
  Running running;
  Client client(*running.server);
  client.socket().set_option(asio::socket_base::receive_buffer_size(32 * 1024));
  const auto answer = client.send(get("/large", "Connection: close\r\n")).read_all();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 8U << 20U);
}

TEST(Server, ConnectionsEndAfterTheirRequests) {
  ServerOptions options;
  options.requests_per_connection_max = 3;
  Running running(options);
  Client client(*running.server);
  client.send(get("/hello") + get("/hello") + get("/hello") + get("/hello"));
  const auto all = client.read_all();
  EXPECT_TRUE(client.was_closed());
  std::size_t answers = 0;
  for (auto at = all.find("HTTP/1.1 200"); at != std::string::npos; at = all.find("HTTP/1.1 200", at + 1))
    ++answers;
  EXPECT_EQ(answers, 3U);
  EXPECT_NE(all.find("Connection: close"), std::string::npos);
  Client polite(*running.server);
  EXPECT_NE(polite.send(get("/hello", "Connection: close\r\n")).read_all().find("Connection: close"),
            std::string::npos);
  EXPECT_TRUE(polite.was_closed());
}

TEST(Server, SlowClientsAreToldSo) {
  ServerOptions options;
  options.header_time_max = options.body_time_max = options.idle_time_max = seconds(1);
  Running running(options);
  Client header(*running.server), body(*running.server), chunk(*running.server), silent(*running.server),
      idle(*running.server);
  header.send("GET /hello HTTP/1.1\r\nHos");
  body.send(post("Content-Length: 10\r\n", "abc"));
  chunk.send(post("Transfer-Encoding: chunked\r\n", "3\r\na"));
  EXPECT_EQ(status_in(idle.send(get("/hello")).read_answer()), 200);
  const auto begin = Monotonic::now();
  EXPECT_EQ(status_in(header.read_all()), 408);
  EXPECT_EQ(status_in(body.read_all()), 408);
  EXPECT_EQ(status_in(chunk.read_all()), 408);
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_TRUE(header.was_closed() && body.was_closed() && chunk.was_closed() && silent.was_closed());
  EXPECT_TRUE(idle.was_closed());
  EXPECT_LT(Monotonic::now() - begin, seconds(5));
}

TEST(Server, HostsAndProxies) {
  ServerOptions options;
  options.hosts = {"tandem.example"};
  options.proxies = {"127.0.0.0/8"};
  Running running(options);
  const auto ask = [&](std::string_view fields) {
    return Client(*running.server).send(fmt::format("POST /echo HTTP/1.1\r\n{}\r\n", fields)).read_answer();
  };
  EXPECT_EQ(status_in(ask("Host: other.example\r\n")), 421);
  EXPECT_EQ(status_in(ask("Host: Tandem.Example:8080\r\n")), 200);
  EXPECT_NE(ask("Host: tandem.example\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n")
                .find("X-Client: 1.2.3.4 tls"),
            std::string::npos);
  Running plain;
  EXPECT_NE(Client(*plain.server)
                .send("POST /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
                .read_answer()
                .find("X-Client: 127.0.0.1\r\n"),
            std::string::npos);
}

TEST(Server, TooManyConnectionsAreTurnedAway) {
  ServerOptions options;
  options.connections_per_ip_max = 4;
  Running running(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Client>(*running.server));
    EXPECT_EQ(status_in(clients.back()->send(get("/hello")).read_answer()), 200);
  }
  const auto refused = Client(*running.server).read_all();
  EXPECT_EQ(status_in(refused), 503);
  EXPECT_NE(refused.find("Retry-After"), std::string::npos);
  clients.clear();
  int status = 0;
  for (int i = 0; i < 50 && status != 200; ++i) {
    status = status_in(Client(*running.server).send(get("/hello")).read_answer());
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(status, 200) << "places are given back";
}

TEST(Server, HalfOpenConnectionsDoNotHurtOthers) {
  constexpr int kHalfOpen = 2000;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2 * kHalfOpen + 200) GTEST_SKIP() << "only " << files.rlim_cur << " descriptors";
  ServerOptions options;
  options.connections_per_ip_max = 4096;
  options.header_time_max = seconds(3);
  Running running(options);
  std::vector<std::unique_ptr<Client>> half_open;
  for (int i = 0; i < kHalfOpen; ++i) {
    half_open.push_back(std::make_unique<Client>(*running.server));
    half_open.back()->send(i % 2 == 0 ? "GET /hello HTTP/1.1\r\nHo" : "");
  }
  Client client(*running.server);
  const auto begin = Monotonic::now();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(status_in(client.send(get("/hello")).read_answer()), 200);
  EXPECT_LT(Monotonic::now() - begin, seconds(5));
  for (std::size_t i = 0; i < half_open.size(); i += 100) {
    half_open[i]->read_all();
    EXPECT_TRUE(half_open[i]->was_closed());
  }
}

TEST(Server, APortThatAnotherServerHasIsRefused) {
  Running running;
  ServerOptions options;
  options.port = running.server->port();
  options.threads = 2;
  try {
    Server second(options, test::TestDatabase::instance().pool_options(), *running.dispatch);
    second.start();
    ADD_FAILURE() << "both serve, and each gets a part of the requests";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::asio::error::address_in_use);
  }
  EXPECT_EQ(status_in(Client(running.server->port()).send(get("/hello")).read_answer()), 200);
}

TEST(Server, StopFinishesWhatItAccepted) {
  Running running;
  served = 0;
  std::atomic<int> answered{0}, cut{0};
  std::atomic<bool> goes_on{true};
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back([&, port = running.server->port()] {
      while (goes_on) {
        try {
          Client client(port);
          for (int n = 0; n < 100 && goes_on; ++n) {
            const auto answer = client.send(get("/slow")).read_answer();
            if (status_in(answer) == 200)
              ++answered;
            else if (!answer.empty())
              ++cut;
            if (answer.empty() || answer.find("Connection: close") != std::string::npos) break;
          }
        } catch (const std::exception&) {
          return;  // nobody listens any more
        }
      }
    });
  std::this_thread::sleep_for(milliseconds(400));
  const auto begin = Monotonic::now();
  running.server->stop();
  EXPECT_LT(Monotonic::now() - begin, seconds(5));
  goes_on = false;
  for (auto& client : clients) client.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(cut, 0);
  EXPECT_EQ(served, answered) << "every request whose handler ran was answered";
  running.server->stop();
}

TEST(Server, WorkersStartAndEndOnTheirThreads) {
  std::atomic<int> started{0}, ended{0};
  Running running({}, false);
  running.server->on_thread([&](Server::Thread thread) {
    ++started;
    EXPECT_GE(thread.index, 0);
    return [&]() -> Task<> {
      ++ended;
      co_return;
    };
  });
  running.server->start();
  EXPECT_EQ(started, 2);
  running.server->stop();
  EXPECT_EQ(ended, 2);
}

TEST(Server, SaysWhenItCannotBind) {
  Running first;
  ServerOptions options;
  options.address = "192.0.2.1";
  Routes routes;
  const Dispatch dispatch(routes, {});
  Server second(options, test::TestDatabase::instance().pool_options(), dispatch);
  EXPECT_THROW(second.start(), std::exception);
}

/// A self-signed certificate and its key.
void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  EVP_PKEY* pair = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, pair);
  X509_sign(x509, pair, EVP_sha256());
  std::FILE* file = std::fopen(certificate.c_str(), "w");
  PEM_write_X509(file, x509);
  std::fclose(file);
  file = std::fopen(key.c_str(), "w");
  PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(x509);
  EVP_PKEY_free(pair);
}

TEST(Server, SpeaksTls) {
  test::TemporaryFolder folder;
  ServerOptions options;
  options.tls = TlsOptions{folder.path() / "certificate.pem", folder.path() / "key.pem"};
  write_certificate(options.tls->certificate_chain_file, options.tls->private_key_file);
  Running running(options);
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), running.server->port()});
  stream.handshake(asio::ssl::stream_base::client);
  for (int i = 0; i < 2; ++i) {
    asio::write(stream, asio::buffer(post("Content-Length: 3\r\n", "abc")));
    std::string answer(4096, '\0');
    answer.resize(stream.read_some(asio::buffer(answer)));
    while (!answer.ends_with("abc")) {
      std::string more(4096, '\0');
      more.resize(stream.read_some(asio::buffer(more)));
      answer += more;
    }
    EXPECT_EQ(status_in(answer), 200);
    EXPECT_NE(answer.find("X-Client: 127.0.0.1 tls"), std::string::npos);
  }
  Client plain(*running.server);
  plain.send(get("/hello"));
  EXPECT_EQ(status_in(plain.read_all()), 0);
  EXPECT_TRUE(plain.was_closed());
}

}  // namespace
}  // namespace tandem::http
