#include "app/local_api.hpp"

#include <algorithm>

#include "app/database.hpp"
#include "app/wiring.hpp"
#include "base/clock.hpp"

namespace tandem::app {

LocalApi::LocalApi() : principal_(std::make_shared<http::Principal>()) {
  declare_routes(routes_);
  http::Hooks hooks = make_hooks();
  hooks.authenticate = [principal = principal_](db::Pool&, const http::Request&,
                                                const http::Route&) -> Task<http::Principal> {
    co_return *principal;
  };
  dispatch_ = std::make_unique<http::Dispatch>(routes_, std::move(hooks));
}

void LocalApi::act_as(http::Principal principal) { *principal_ = std::move(principal); }

void LocalApi::act_as_staff(OrganizationId organization_id) {
  http::Principal principal;
  principal.kind = http::Principal::Kind::api_key;
  principal.permissions = http::Permissions::all();
  principal.scope = {organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  act_as(std::move(principal));
}

Task<http::Response> LocalApi::call(db::Pool& pool, http::Method method, std::string path, http::Pairs query,
                                    std::string body, http::Pairs headers) {
  http::Request request;
  request.method = method;
  request.path = std::move(path);
  request.query = std::move(query);
  request.body = std::move(body);
  request.headers = std::move(headers);
  const bool is_typed = std::ranges::find(request.headers, "content-type", &http::Pairs::value_type::first) !=
                        request.headers.end();
  if (!request.body.empty() && !is_typed) request.headers.emplace_back("content-type", "application/json");
  request.client_ip = "127.0.0.1";
  request.request_id = new_uuid().str();
  return (*dispatch_)(pool, std::move(request));
}

Task<http::Response> LocalApi::post(db::Pool& pool, std::string path, std::string body) {
  auto answer = co_await call(pool, http::Method::post, path, {}, std::move(body),
                              {{"idempotency-key", new_uuid().str()}});
  if (answer.status / 100 != 2)
    throw UserError(fmt::format("{} answers {}: {}", path, answer.status, answer.body));
  co_return answer;
}

std::string text_member(std::string_view json, std::string_view name) {
  const auto document = json::Document::parse(json);
  const auto text = document ? document->root()[name].text() : std::nullopt;
  if (!text) throw UserError(fmt::format("no {} in the answer", name));
  return std::string(*text);
}

}  // namespace tandem::app
