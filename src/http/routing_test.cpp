#include <gtest/gtest.h>

#include "http/addresses.hpp"
#include "http/idempotency.hpp"
#include "http/negotiation.hpp"
#include "http/openapi.hpp"
#include "http/response_head.hpp"
#include "http/router.hpp"
#include "http/static_files.hpp"

namespace tandem::http {
namespace {

Task<Response> nothing(Context, const PathArgs&) { co_return Response{}; }

TEST(Router, FindsStaticBeforeParameters) {
  Routes routes;
  const auto add = [&](Method method, std::string pattern) {
    routes.raw(method, std::move(pattern), nothing);
  };
  add(Method::get, "/api/partners");
  add(Method::post, "/api/partners");
  add(Method::get, "/api/partners/{partner_id}");
  add(Method::get, "/api/partners/me");
  add(Method::get, "/api/{kind}/me/clicks");
  add(Method::post, "/api/partners/{partner_id}/links");
  add(Method::get, "/r/{code}");
  add(Method::get, "/assets/{*file}");
  add(Method::get, "/");
  const Router router(routes);
  const auto found = [&](Method method, std::string_view path) {
    const auto match = router.find(method, path);
    if (match.route == nullptr) return match.allow.empty() ? std::string("404") : "405 " + match.allow;
    std::string out = match.route->pattern;
    for (const auto& arg : match.args) out += " " + arg;
    return out;
  };
  EXPECT_EQ(found(Method::get, "/"), "/");
  EXPECT_EQ(found(Method::get, "/api/partners"), "/api/partners");
  EXPECT_EQ(found(Method::head, "/api/partners"), "/api/partners");
  EXPECT_EQ(found(Method::get, "/api/partners/7"), "/api/partners/{partner_id} 7");
  EXPECT_EQ(found(Method::get, "/api/partners/me"), "/api/partners/me");
  EXPECT_EQ(found(Method::get, "/api/partners/me/clicks"), "/api/{kind}/me/clicks partners")
      << "goes back for it";
  EXPECT_EQ(found(Method::get, "/api/partners/me/links"), "405 POST");
  EXPECT_EQ(found(Method::post, "/api/partners/x/links"), "/api/partners/{partner_id}/links x");
  EXPECT_EQ(found(Method::delete_, "/api/partners"), "405 GET, HEAD, POST");
  EXPECT_EQ(found(Method::get, "/r/a b"), "/r/{code} a b");
  EXPECT_EQ(found(Method::get, "/assets/a/b.js"), "/assets/{*file} a/b.js");
  EXPECT_EQ(found(Method::get, "/r/"), "404");
  EXPECT_EQ(found(Method::get, "/api/partners/"), "404");
  EXPECT_EQ(found(Method::get, "/api"), "404");
  EXPECT_EQ(found(Method::get, "//api/partners"), "404");
  EXPECT_EQ(found(Method::get, ""), "404");
}

TEST(Routes, CheckNamesTheFirstDefect) {
  const auto defect = [](const std::function<void(Routes&)>& declare) {
    Routes routes;
    declare(routes);
    try {
      routes.check();
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(defect([](Routes& r) { r.raw(Method::get, "/a", nothing).says("A").allow(Access::open); }), "");
  EXPECT_EQ(defect([](Routes& r) { r.raw(Method::get, "/a", nothing).says("A"); }),
            "route GET /a lacks access (.allow)");
  EXPECT_EQ(defect([](Routes& r) { r.raw(Method::get, "/a", nothing).allow(Access::open); }),
            "route GET /a lacks a summary (.says)");
  EXPECT_EQ(defect([](Routes& r) { r.raw(Method::get, "/a", nothing).says("A").allow(Access::staff); }),
            "route GET /a lacks a permission (.needs)");
  EXPECT_NE(defect([](Routes& r) {
              r.raw(Method::get, "/a", nothing).says("A").allow(Access::open).needs(Permission::links_read);
            }),
            "");
  EXPECT_EQ(defect([](Routes& r) {
              r.raw(Method::get, "/a/{x}", nothing).says("A").allow(Access::open);
              r.raw(Method::get, "/a/{y}", nothing).says("B").allow(Access::open);
            }),
            "route GET /a/{y} is declared twice");
  EXPECT_NE(defect([](Routes& r) {
              r.raw(Method::post, "/a", nothing)
                  .says("A")
                  .allow(Access::staff)
                  .needs(Permission::links_manage)
                  .repeats(Repeat::key);
            }),
            "");
}

TEST(IdempotencyKey, ReadsStringsAndTokens) {
  EXPECT_EQ(read_idempotency_key("abc-1"), "abc-1");
  EXPECT_EQ(read_idempotency_key("\"abc 1\""), "abc 1");
  EXPECT_EQ(read_idempotency_key(R"("a\"b\\")"), R"(a"b\)");
  EXPECT_EQ(read_idempotency_key(std::string(255, 'k')), std::string(255, 'k'));
  for (const std::string& bad :
       {std::string(), std::string(256, 'k'), std::string("\"\""), std::string("\"a"), std::string("a b"),
        std::string("\"a\"b"), std::string("\"a\\n\""), std::string("\xc3\xa9"), std::string("a\"b"),
        std::string("a,b"), std::string("\"a\";p=1")})
    EXPECT_FALSE(read_idempotency_key(bad)) << bad;
}

TEST(IdempotencyKey, WhiteSpaceOutsideStringsIsNotContent) {
  EXPECT_EQ(canonical_json(" { \"a b\" : [1 ,\t2],\r\n\"c\\\" \": null } "), R"({"a b":[1,2],"c\" ":null})");
  EXPECT_EQ(canonical_json("\"\\"), "\"\\");
}

TEST(Negotiation, ContentTypes) {
  EXPECT_TRUE(is_content_type("application/json", "application/json"));
  EXPECT_TRUE(is_content_type("Application/JSON; charset=UTF-8", "application/json"));
  EXPECT_TRUE(is_content_type("text/plain;charset=\"utf-8\"", "text/plain"));
  EXPECT_FALSE(is_content_type("application/json; charset=latin1", "application/json"));
  EXPECT_FALSE(is_content_type("application/jsonp", "application/json"));
  EXPECT_FALSE(is_content_type("application/json; boundary=x", "application/json"));
  EXPECT_FALSE(is_content_type("", "application/json"));
}

TEST(Negotiation, Accept) {
  EXPECT_EQ(accept_weight("", "application/json"), 1000);
  EXPECT_EQ(accept_weight("*/*", "application/json"), 1000);
  EXPECT_EQ(accept_weight("text/html, application/*;q=0.5, */*;q=0.1", "application/json"), 500);
  EXPECT_EQ(accept_weight("application/json;q=0, */*", "application/json"), 0);
  EXPECT_EQ(accept_weight("text/csv", "application/json"), 0);
  EXPECT_EQ(accept_weight("text/csv;q=0.25;x=y", "text/csv"), 250);
  EXPECT_EQ(accept_weight("text/csv;q=2", "text/csv"), 0);
  EXPECT_EQ(coding_weight("gzip, br;q=0.5", "br"), 500);
  EXPECT_EQ(coding_weight("*;q=0", "identity"), 0);
  EXPECT_EQ(coding_weight("", "br"), 0);
}

TEST(Addresses, ForwardedOnlyFromListedProxies) {
  const AddressSet proxies({"10.0.0.0/8", "::1", "192.168.1.1"});
  const auto at = [](const char* text) { return boost::asio::ip::make_address(text); };
  EXPECT_TRUE(proxies.contains(at("10.200.0.1")));
  EXPECT_TRUE(proxies.contains(at("::ffff:10.0.0.1")));
  EXPECT_FALSE(proxies.contains(at("11.0.0.1")));
  EXPECT_FALSE(proxies.contains(at("192.168.1.2")));
  const auto client = [&](const char* socket, std::string_view header) {
    return client_address(at(socket), header, proxies).to_string();
  };
  EXPECT_EQ(client("203.0.113.1", "1.1.1.1"), "203.0.113.1") << "anybody can write that header";
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1"), "1.1.1.1");
  EXPECT_EQ(client("10.0.0.1", "9.9.9.9, 1.1.1.1, 10.0.0.2"), "1.1.1.1");
  EXPECT_EQ(client("10.0.0.1", "nonsense"), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
  EXPECT_THROW(AddressSet({"10.0.0.0/33"}), std::invalid_argument);
  EXPECT_THROW(AddressSet({"a"}), std::invalid_argument);
}

TEST(Request, Cookies) {
  Request request;
  request.headers = {{"cookie", "a=1; bb=\"2\"; c"}, {"cookie", "d=4"}};
  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("bb"), "2");
  EXPECT_EQ(request.cookie("d"), "4");
  EXPECT_FALSE(request.cookie("b"));
  EXPECT_FALSE(request.cookie("c"));
}

TEST(ResponseHead, LinesCannotBeInjected) {
  Response response;
  response.headers = {{"Location", "https://a/\r\nSet-Cookie: x=y"}};
  std::string out;
  append_response_head(response, "id", "now", false, out);
  EXPECT_EQ(out.find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_NE(out.find("Cache-Control: no-store\r\nConnection: close\r\n\r\n"), std::string::npos);
}

TEST(StaticFiles, ChoosesTheVariant) {
  const StaticFile file{"text/javascript", "plain bytes", "br", "gzi"};
  const auto served = [&](Pairs headers) {
    Request request;
    request.headers = std::move(headers);
    return serve_file(file, request);
  };
  EXPECT_EQ(served({}).body, "plain bytes");
  EXPECT_EQ(served({{"accept-encoding", "gzip"}}).body, "gzi");
  EXPECT_EQ(served({{"accept-encoding", "gzip, br"}}).body, "br");
  EXPECT_EQ(served({{"accept-encoding", "gzip, br;q=0.1"}}).body, "gzi");
  EXPECT_EQ(served({{"accept-encoding", "br;q=0"}}).body, "plain bytes");
  const auto again = served({{"if-none-match", "\"x\", W/" + etag_of("plain bytes")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(served({{"if-none-match", etag_of("br")}}).status, 200) << "another variant has another tag";
}

}  // namespace
}  // namespace tandem::http
