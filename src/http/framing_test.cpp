#include "http/framing.hpp"

#include <gtest/gtest.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/problems.hpp"

namespace tandem::http {
namespace {

struct Raw {
  std::string head;
  int status;  // 0 = taken
};

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
std::string post(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
std::string target(std::string_view text) {
  return "GET " + std::string(text) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// The status that these bytes get from head and target together; 0 when they are a request.
int status_of(std::string_view bytes) {
  const auto head = parse_head(bytes, {});
  if (!head) return head.error().kind->status;
  const auto decoded = decode_target(head->target);
  return decoded ? 0 : decoded.error().kind->status;
}

const std::vector<Raw>& raw_requests() {
  static const std::vector<Raw> cases{
      {get(""), 0},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0},
      {get("X-Empty:\r\nX-Tab:\tb\t\r\n"), 0},
      {post("Content-Length: 0\r\n"), 0},
      {post("Content-Length: 12\r\n"), 0},
      {post("Transfer-Encoding: chunked\r\n"), 0},
      {get("Content-Length: 0\r\n"), 0},
      {target("/a%20b?x=%2F%5c+y&z"), 0},
      // the request line
      {"\r\n\r\n", 400},
      {"GET\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      // the target
      {target("*"), 400},
      {target("a"), 400},
      {target("http://a/"), 400},
      {target("/\x7f"), 400},
      {target("/\xc3\xa9"), 400},
      {target("/a\tb"), 400},
      {target("/%00"), 400},
      {target("/a%2fb"), 400},
      {target("/a%2Fb"), 400},
      {target("/a%5Cb"), 400},
      {target("/a\\b"), 400},
      {target("/../a"), 400},
      {target("/a/.."), 400},
      {target("/a/%2e%2E/b"), 400},
      {target("/./a"), 400},
      {target("/%"), 400},
      {target("/%g1"), 400},
      {target("/%c3"), 400},
      {target("/%0a"), 400},
      {target("/a#b"), 400},
      {target("/?a=%00"), 400},
      {target("/?a=%zz"), 400},
      {target("/?=b"), 400},
      {target("/?a=%ff"), 400},
      {target("/" + std::string(4096, 'a')), 414},
      {target("/" + std::string(4095, 'a')), 0},
      // Host
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\n\r\n", 400},
      {get("Host: b\r\n"), 400},
      {get("Host: a\r\n"), 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      // fields
      {get("X\r\n"), 400},
      {get(": b\r\n"), 400},
      {get("X : b\r\n"), 400},
      {get(" folded\r\n"), 400},
      {get("X: a\r\n b\r\n"), 400},
      {get("X: a\nY: b\r\n"), 400},
      {get("X: a\rb\r\n"), 400},
      {get(std::string("X: a\0b\r\n", 8)), 400},
      {get("X(: b\r\n"), 400},
      {get("X: \x01\r\n"), 400},
      // length
      {post("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
      {post("Content-Length: 1, 1\r\n"), 400},
      {post("Content-Length: 1,2\r\n"), 400},
      {post("Content-Length: +1\r\n"), 400},
      {post("Content-Length: -1\r\n"), 400},
      {post("Content-Length: 0x1\r\n"), 400},
      {post("Content-Length: 1 2\r\n"), 400},
      {post("Content-Length:\r\n"), 400},
      {post("Content-Length: 99999999999999999999\r\n"), 413},
      {get("Content-Length: 1\r\n"), 400},
      {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 400},
      {"DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      // coding
      {post("Transfer-Encoding: gzip\r\n"), 400},
      {post("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {post("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {post("Transfer-Encoding: Chunked\r\n"), 400},
      {post("Transfer-Encoding: xchunked\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {post("Transfer-Encoding:\x0b"
            "chunked\r\n"),
       400},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      // the rest
      {get("Connection: k=eep-alive\r\n"), 400},
      {get("Connection: close, upgrade,\r\n"), 0},
      {post("Expect: 200-ok\r\n"), 417},
      {post("Expect: 100-Continue\r\nContent-Length: 1\r\n"), 0},
  };
  return cases;
}

std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 160))
    out += c >= 0x20 && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", c);
  return out;
}

TEST(Framing, RawRequests) {
  for (const auto& [head, status] : raw_requests()) EXPECT_EQ(status_of(head), status) << shown(head);
}

TEST(Framing, LimitsOfTheHead) {
  std::string fields;
  for (int i = 0; i < 63; ++i) fields += fmt::format("X{}: a\r\n", i);
  EXPECT_EQ(status_of(get(fields)), 0);
  EXPECT_EQ(status_of(get(fields + "Y: b\r\n")), 431);
  EXPECT_EQ(status_of(get("X: " + std::string(16 * 1024, 'a') + "\r\n")), 431);
}

TEST(Framing, AnIncompleteHeadIsRefusedAtItsLimit) {
  const HeadLimits limits;
  EXPECT_FALSE(check_partial_head("GET /aaa", limits));
  EXPECT_EQ(check_partial_head("GET /" + std::string(5000, 'a'), limits)->kind->status, 414);
  EXPECT_EQ(check_partial_head(get("") + std::string(17000, 'a'), limits)->kind->status, 431);
  EXPECT_EQ(check_partial_head("\x16\x03\x01", limits)->kind->status, 400);
}

TEST(Framing, FindsTheEndAcrossReads) {
  const std::string whole = get("A: b\r\n") + "rest";
  std::size_t from = 0;
  for (std::size_t n = 0; n < whole.size() - 4; ++n)
    EXPECT_FALSE(find_head_end(std::string_view(whole).substr(0, n), from)) << n;
  EXPECT_EQ(find_head_end(whole, from), whole.size() - 4);
}

TEST(Framing, ConnectionAndVersionDecideWhetherItLives) {
  const auto keeps = [](std::string_view head) { return parse_head(head, {})->keeps_alive; };
  EXPECT_TRUE(keeps(get("")));
  EXPECT_FALSE(keeps(get("Connection: close\r\n")));
  EXPECT_FALSE(keeps(get("Connection: Keep-Alive, Close\r\n")));
  EXPECT_FALSE(keeps(get("Connection: close\r\nConnection: keep-alive\r\n")));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(Framing, DecodesPathAndQuery) {
  const auto decoded = decode_target("/r/caf%C3%A9?a=1&b=%2F+%3d&&c");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->path, "/r/caf\xc3\xa9");
  EXPECT_EQ(decoded->query, (Pairs{{"a", "1"}, {"b", "/ ="}, {"c", ""}}));
  std::string many = "/?";
  for (int i = 0; i < 101; ++i) many += "a&";
  EXPECT_FALSE(decode_target(many));
}

/// What is taken here, Beast takes too and reads the same. (Not the other way round: that is the point.)
TEST(Framing, AgreesWithBeast) {
  namespace beast = boost::beast;
  for (const auto& [head, status] : raw_requests()) {
    if (status != 0) continue;
    const auto ours = parse_head(head, {});
    beast::http::request_parser<beast::http::string_body> parser;
    beast::error_code error;
    parser.put(boost::asio::buffer(head), error);
    ASSERT_FALSE(error && error != beast::http::error::need_more) << shown(head);
    ASSERT_TRUE(parser.is_header_done()) << shown(head);
    const auto& theirs = parser.get();
    EXPECT_EQ(std::string_view(theirs.target()), ours->target);
    EXPECT_EQ(std::string_view(theirs.method_string()), method_name(ours->method));
    EXPECT_EQ(theirs.keep_alive(), ours->keeps_alive) << shown(head);
    EXPECT_EQ(theirs.chunked(), ours->is_chunked);
    std::size_t i = 0;
    for (const auto& field : theirs) {
      EXPECT_EQ(std::string_view(field.name_string()), ours->fields.at(i).first);
      EXPECT_EQ(std::string_view(field.value()), ours->fields.at(i++).second) << shown(head);
    }
  }
}

struct Chunked {
  ChunkedReader::State state;
  std::string body;
  std::size_t used = 0;
};
Chunked read_chunked(std::string_view bytes, std::size_t step, std::size_t body_max = 100) {
  ChunkedReader reader;
  Chunked out{ChunkedReader::State::more, {}, 0};
  while (out.used < bytes.size() && out.state == ChunkedReader::State::more) {
    std::size_t used = 0;
    out.state = reader.feed(bytes.substr(out.used, step), used, out.body, body_max);
    out.used += used;
  }
  return out;
}

TEST(Chunked, ReadsInAnySteps) {
  constexpr std::string_view kBytes = "3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\n\r\nGET";
  for (std::size_t step = 1; step <= kBytes.size(); ++step) {
    const auto out = read_chunked(kBytes, step);
    EXPECT_EQ(out.state, ChunkedReader::State::done);
    EXPECT_EQ(out.body, "abc0123456789");
    EXPECT_EQ(out.used, kBytes.size() - 3) << "what follows is the next request's";
  }
}

TEST(Chunked, RefusesWhatIsNotExact) {
  using State = ChunkedReader::State;
  for (const std::string_view bytes :
       {"x\r\n", "\r\n", "-1\r\n", "0x3\r\nabc\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "3\nabc\r\n",
        "3\r\nabcd\r\n", "3\r\nabc\n", "3\r\nabcX\r\n", "0\r\nTrailer: a\r\n\r\n", "0\r\nX", "3\rabc",
        "3;\x01\r\nabc\r\n", "0000000000000000000000003\r\n", "0\r\n\n"})
    for (const std::size_t step : {std::size_t{1}, bytes.size()})
      EXPECT_EQ(read_chunked(bytes, step).state, State::refused) << shown(bytes);
  EXPECT_EQ(read_chunked("65\r\n", 1).state, State::too_large);
  EXPECT_EQ(read_chunked("40\r\n" + std::string(64, 'a') + "\r\n40\r\n", 7).state, State::too_large);
  EXPECT_EQ(read_chunked("FFFFFFFFFFFFFFF\r\n", 5).state, State::too_large);
}

TEST(Chunked, ManyTinyChunksAreBounded) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "1;" + std::string(200, 'x') + "\r\na\r\n";
  EXPECT_EQ(read_chunked(bytes, 4096, 100'000).state, ChunkedReader::State::too_large);
}

}  // namespace
}  // namespace tandem::http
