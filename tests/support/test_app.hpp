// The real dispatch over a real database, without a socket: what an endpoint test speaks to.
//
//   Fixture f;
//   TestApp app(f, declare_links);
//   const auto made = app.send(Method::post, "/api/partners/…/links", R"({"code": "a", …})");
//   EXPECT_EQ(made.status, 201);
#pragma once
#include <functional>
#include <string>

#include "http/dispatch.hpp"
#include "http/framing.hpp"
#include "support/fixture.hpp"

namespace tandem::test {

struct Answer : http::Response {
  /// The first header of this name (as written by the server); empty when there is none.
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
  /// The `code` of a problem; empty for anything else.
  std::string code() const {
    if (content_type != "application/problem+json") return {};
    const auto at = body.find(R"("code":")");
    return at == std::string::npos ? std::string() : body.substr(at + 8, body.find('"', at + 8) - at - 8);
  }
  /// True when the problem names this field, with this word for the mistake unless empty.
  bool names(std::string_view pointer, std::string_view mistake = {}) const {
    const std::string wanted =
        fmt::format(R"("pointer":"{}","code":"{}{})", pointer, mistake, mistake.empty() ? "" : "\"");
    return body.find(wanted) != std::string::npos;
  }
};

class TestApp {
 public:
  using Declare = std::function<void(http::Routes&)>;

  /// Calls come from `principal`, at first the fixture's staff; with an authenticate hook from whom that
  /// finds.
  TestApp(Fixture& fixture, const Declare& declare, http::Hooks hooks = {}, http::LimitOptions limits = {})
      : fixture_(fixture), dispatch_(declared(routes_, declare), complete(std::move(hooks)), limits) {
    principal.kind = http::Principal::Kind::api_key;
    principal.permissions = http::Permissions::all();
    principal.scope = fixture.staff;
  }
  TestApp(const TestApp&) = delete;
  TestApp& operator=(const TestApp&) = delete;

  http::Principal principal;

  http::Routes& routes() { return routes_; }
  const http::Dispatch& dispatch() const { return dispatch_; }

  /// One request exactly as given; header names in lower case. A target that the server would refuse is a
  /// 400.
  Answer call(http::Method method, std::string_view target, std::string body = {}, http::Pairs headers = {}) {
    return {
        fixture_.run(dispatch_(fixture_.pool, request(method, target, std::move(body), std::move(headers))))};
  }
  /// As a well-behaved client: JSON for a body and a fresh Idempotency-Key where something changes.
  Answer send(http::Method method, std::string_view target, std::string body = {}, http::Pairs headers = {}) {
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    if (http::changes_state(method)) headers.emplace_back("idempotency-key", new_uuid().str());
    const auto is_if_match = [](const auto& pair) { return pair.first == "if-match"; };
    if (method == http::Method::patch && std::ranges::none_of(headers, is_if_match))
      headers.emplace_back("if-match", "*");
    return call(method, target, std::move(body), std::move(headers));
  }
  Answer get(std::string_view target) { return call(http::Method::get, target); }
  Answer post(std::string_view target, std::string body = {}) {
    return send(http::Method::post, target, std::move(body));
  }

  static http::Request request(http::Method method, std::string_view target, std::string body,
                               http::Pairs headers) {
    http::Request out;
    auto decoded = http::decode_target(target);
    TANDEM_ASSERT(decoded, "a target that the server refuses: {}", target);
    out.method = method;
    out.path = std::move(decoded->path);
    out.query = std::move(decoded->query);
    out.headers = std::move(headers);
    out.body = std::move(body);
    out.client_ip = "127.0.0.1";
    out.request_id = new_uuid().str();
    return out;
  }

 private:
  static const http::Routes& declared(http::Routes& routes, const Declare& declare) {
    declare(routes);
    routes.check();
    return routes;
  }
  http::Hooks complete(http::Hooks hooks) {
    if (!hooks.authenticate)
      hooks.authenticate = [this](db::Pool&, const http::Request&,
                                  const http::Route&) -> Task<http::Principal> { co_return principal; };
    return hooks;
  }

  Fixture& fixture_;
  http::Routes routes_;
  http::Dispatch dispatch_;
};

}  // namespace tandem::test
