#include "net/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fstream>

#include "db/blocking.hpp"
#include "net/target.hpp"
#include "support/local_server.hpp"
#include "support/test_database.hpp"

namespace tandem::net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using test::local_answer;
using test::LocalRequest;
using test::LocalServer;
using test::LocalWrite;
using Kind = Failure::Kind;

/// Each test starts from the bare rule and leaves it behind.
class Client : public testing::Test {
 protected:
  void TearDown() override { set_policy({}); }
  std::expected<Answer, Failure> call(Request request) {
    return db::run_blocking(io, fetch(std::move(request)));
  }
  Kind failure_of(Request request) {
    const auto outcome = call(std::move(request));
    EXPECT_FALSE(outcome) << outcome->status;
    if (outcome) return Kind::protocol;
    may_have_arrived = outcome.error().may_have_arrived;
    return outcome.error().kind;
  }
  static void allow_loopback() { allow_networks({Network::parse("127.0.0.0/8").value()}); }
  static std::string at(const LocalServer& server, std::string_view path = "/") {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  }
  /// A server that says these bytes to everybody.
  std::unique_ptr<LocalServer> saying(std::string bytes) {
    return std::make_unique<LocalServer>(
        io.get_executor(), [bytes](LocalRequest, LocalWrite write) -> Task<> { co_await write(bytes); });
  }
  boost::asio::io_context io{1};
  bool may_have_arrived = false;
};

TEST(Target, reads_a_url) {
  const auto target = parse_target("HTTPS://Api.Example.com:8443/v1?x=1").value();
  EXPECT_TRUE(target.is_tls);
  EXPECT_EQ(target.host, "api.example.com");
  EXPECT_EQ(target.port, 8443);
  EXPECT_EQ(target.path, "/v1?x=1");
  EXPECT_EQ(target.authority(), "api.example.com:8443");
  EXPECT_EQ(parse_target("https://a.test").value().path, "/");
  EXPECT_EQ(parse_target("https://a.test?x").value().path, "/?x");
  EXPECT_EQ(parse_target("https://a.test:443/").value().authority(), "a.test");
  EXPECT_EQ(parse_target("https://[2606:4700::1]/").value().authority(), "[2606:4700::1]");
  EXPECT_TRUE(parse_target("https://8.8.8.8/").value().is_literal);
  EXPECT_FALSE(parse_target("https://127.1/").value().is_literal);  // what it resolves to is judged
}

TEST(Target, refuses_what_is_no_plain_url) {
  const std::string long_url = "https://a.test/" + std::string(2048, 'x');
  for (const std::string& url : {std::string(),
                                 std::string("a.test"),
                                 std::string("//a.test/"),
                                 std::string("ftp://a.test/"),
                                 std::string("javascript://a.test/"),
                                 std::string("https:/a.test/"),
                                 std::string("https:///x"),
                                 std::string("https://user@a.test/"),
                                 std::string("https://user:pass@a.test/"),
                                 std::string("https://@a.test/"),
                                 std::string("https://a.test:0/"),
                                 std::string("https://a.test:65536/"),
                                 std::string("https://a.test:x/"),
                                 std::string("https://a.test:/"),
                                 std::string("https://a.test:-1/"),
                                 std::string("https://a test/"),
                                 std::string("https://a.test/\r\nx: y"),
                                 std::string("https://a.test/#x"),
                                 std::string("https://a.test\\@b.test/"),
                                 std::string("https://\xef\xbc\x91.2.3.4/"),
                                 std::string("https://b\xc3\xbc.test/"),
                                 std::string("https://[::1/"),
                                 std::string("https://[1.2.3.4]/"),
                                 std::string("https://[fe80::1%25eth0]/"),
                                 std::string("https://[::1]x/"),
                                 std::string("https://a%2e.test/"),
                                 std::string("https://a.test\0.b.test/", 23),
                                 long_url})
    EXPECT_FALSE(parse_target(url)) << url;
}

TEST_F(Client, sends_and_reads) {
  allow_loopback();
  LocalRequest seen;
  LocalServer server(io.get_executor(), [&](LocalRequest request, LocalWrite write) -> Task<> {
    seen = std::move(request);
    co_await write(local_answer(201, "made", "X-Thing: 7\r\n"));
  });
  const auto answer =
      call({.method = Method::post,
            .url = at(server, "/v1/things?a=b"),
            .headers = {{"Authorization", "Basic eHg6"}, {"Content-Type", "application/json"}},
            .body = R"({"a":1})"});
  ASSERT_TRUE(answer) << answer.error().reason;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(answer->header("x-thing"), "7");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v1/things?a=b");
  EXPECT_EQ(seen.header("authorization"), "Basic eHg6");
  EXPECT_EQ(seen.header("host"), fmt::format("127.0.0.1:{}", server.port()));
  EXPECT_EQ(seen.body, R"({"a":1})");
}

TEST_F(Client, chunks_interim_answers_and_bodies_to_the_end_are_read) {
  allow_loopback();
  const auto chunked =
      saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(call({.url = at(*chunked)}).value().body, "abcde");
  const auto interim = saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                              local_answer(200, "then"));
  EXPECT_EQ(call({.url = at(*interim)}).value().body, "then");
  const auto to_the_end = saying("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_EQ(call({.url = at(*to_the_end)}).value().body, "all of it");
  const auto nothing = saying("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(call({.url = at(*nothing)}).value().status, 204);
}

TEST_F(Client, a_redirect_is_an_answer_and_not_followed) {
  allow_loopback();
  int calls = 0;
  LocalServer server(io.get_executor(), [&](LocalRequest, LocalWrite write) -> Task<> {
    ++calls;
    co_await write(local_answer(302, "", "Location: http://169.254.169.254/\r\n"));
  });
  const auto answer = call({.url = at(server)});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(calls, 1);
}

TEST_F(Client, private_addresses_are_refused_however_they_are_written) {
  LocalServer server(io.get_executor(), [](LocalRequest, LocalWrite) -> Task<> {
    ADD_FAILURE() << "somebody called";
    co_return;
  });
  const auto port = server.port();
  for (const char* host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "localhost", "[::1]",
        "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "169.254.169.254"}) {
    EXPECT_EQ(failure_of({.url = fmt::format("http://{}:{}/", host, port)}), Kind::refused_address) << host;
    EXPECT_EQ(failure_of({.url = fmt::format("https://{}/", host)}), Kind::refused_address) << host;
    EXPECT_FALSE(may_have_arrived);
  }
  EXPECT_EQ(failure_of({.url = "https://user@127.0.0.1/"}), Kind::refused_url);
  EXPECT_EQ(failure_of({.url = "https://a.test/", .headers = {{"X", "a\r\nY: b"}}}), Kind::refused_url);
}

TEST_F(Client, one_private_address_among_public_ones_refuses_the_name) {
  set_policy({.allowed = {}, .authorities_file = {}, .resolve = [](std::string_view) {
                return std::vector{make_address("8.8.8.8"), make_address("10.0.0.1")};
              }});
  EXPECT_EQ(failure_of({.url = "https://rebinding.test/"}), Kind::refused_address);
}

TEST_F(Client, public_addresses_are_for_https_on_its_ports) {
  set_policy({.allowed = {}, .authorities_file = {}, .resolve = [](std::string_view) {
                return std::vector{make_address("8.8.8.8")};
              }});
  EXPECT_EQ(failure_of({.url = "http://name.test/"}), Kind::refused_address);
  EXPECT_EQ(failure_of({.url = "https://name.test:22/"}), Kind::refused_address);
}

TEST_F(Client, nobody_there_and_no_such_name) {
  allow_loopback();
  boost::asio::ip::tcp::acceptor taken(io, {make_address("127.0.0.1"), 0});
  const auto port = taken.local_endpoint().port();
  taken.close();
  EXPECT_EQ(failure_of({.url = fmt::format("http://127.0.0.1:{}/", port)}), Kind::connect);
  EXPECT_FALSE(may_have_arrived);
  set_policy({.allowed = {}, .authorities_file = {}, .resolve = [](std::string_view) {
                return std::vector<boost::asio::ip::address>{};
              }});
  EXPECT_EQ(failure_of({.url = "https://nowhere.test/"}), Kind::connect);
}

TEST_F(Client, silence_and_trickling_end_at_the_deadline) {
  allow_loopback();
  LocalServer silent(io.get_executor(),
                     [](LocalRequest, LocalWrite) -> Task<> { co_await test::local_pause(5000); });
  LocalServer trickling(io.get_executor(), [](LocalRequest, LocalWrite write) -> Task<> {
    co_await write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 100; ++i) {
      if (!co_await write("x")) co_return;
      co_await test::local_pause(50);
    }
  });
  for (const auto* server : {&silent, &trickling}) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(failure_of({.url = at(*server), .timeouts = {.connect = 200ms, .total = 300ms}}),
              Kind::timeout);
    EXPECT_TRUE(may_have_arrived);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  }
}

TEST_F(Client, huge_answers_are_cut_off) {
  allow_loopback();
  const auto announced = saying("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
  EXPECT_EQ(failure_of({.url = at(*announced)}), Kind::too_large);
  LocalServer endless(io.get_executor(), [](LocalRequest, LocalWrite write) -> Task<> {
    if (!co_await write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) co_return;
    const std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    while (co_await write(chunk)) {
    }
  });
  EXPECT_EQ(failure_of({.url = at(endless), .answer_bytes_max = kWebhookAnswerMax}), Kind::too_large);
  const auto head = saying("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(failure_of({.url = at(*head)}), Kind::too_large);
}

TEST_F(Client, garbage_and_early_ends_are_protocol_failures) {
  allow_loopback();
  for (const char* bytes :
       {"", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nConte"}) {
    const auto server = saying(bytes);
    EXPECT_EQ(failure_of({.url = at(*server)}), Kind::protocol) << bytes;
    EXPECT_TRUE(may_have_arrived);
  }
}

/// A TLS server of api.test whose authority is trusted, or another one.
class Tls : public Client {
 protected:
  void trust(const test::LocalTls& tls) {
    const auto file = folder.path() / "authority.pem";
    std::ofstream(file) << tls.certificate;
    set_policy({.allowed = {Network::parse("127.0.0.0/8").value()},
                .authorities_file = file.string(),
                .resolve = [](std::string_view) { return std::vector{make_address("127.0.0.1")}; }});
  }
  LocalServer& serve(const test::LocalTls& tls) {
    server.emplace(
        io.get_executor(),
        [this](LocalRequest request, LocalWrite write) -> Task<> {
          ++calls;
          host = request.header("host");
          co_await write(local_answer(200, "secret"));
        },
        tls);
    return *server;
  }
  std::string url(std::string_view name) { return fmt::format("https://{}:{}/", name, server->port()); }
  test::TemporaryFolder folder;
  std::optional<LocalServer> server;
  std::string host;
  int calls = 0;
};

TEST_F(Tls, a_trusted_certificate_of_the_name_is_accepted) {
  const auto tls = test::self_signed("api.test");
  trust(tls);
  serve(tls);
  const auto answer = call({.url = url("api.test")});
  ASSERT_TRUE(answer) << answer.error().reason;
  EXPECT_EQ(answer->body, "secret");
  EXPECT_EQ(host, fmt::format("api.test:{}", server->port()));
}

TEST_F(Tls, other_certificates_are_not) {
  const auto tls = test::self_signed("api.test");
  trust(tls);
  serve(tls);
  EXPECT_EQ(failure_of({.url = url("other.test")}), Kind::tls);
  serve(test::self_signed("api.test"));  // of somebody who is not trusted
  EXPECT_EQ(failure_of({.url = url("api.test")}), Kind::tls);
  const auto old = test::self_signed("api.test", true);
  trust(old);
  serve(old);
  EXPECT_EQ(failure_of({.url = url("api.test")}), Kind::tls);
  EXPECT_EQ(calls, 0);
}

TEST_F(Tls, a_server_without_tls_or_without_a_word_is_left_in_time) {
  const auto tls = test::self_signed("api.test");
  trust(tls);
  server.emplace(io.get_executor(), [](LocalRequest, LocalWrite write) -> Task<> { co_await write("x"); });
  // It waits for the end of a request that never comes: the time to connect ends it.
  const auto kind = failure_of({.url = url("api.test"), .timeouts = {.connect = 300ms, .total = 5s}});
  EXPECT_EQ(kind, Kind::timeout);
  EXPECT_FALSE(may_have_arrived);
}

}  // namespace
}  // namespace tandem::net
