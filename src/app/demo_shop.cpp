#include "app/demo_shop.hpp"

#include <array>

#include "app/local_api.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "http/server.hpp"

namespace tandem::embedded {
extern const std::string_view shop_html;
extern const std::string_view shop_js;
extern const std::string_view shop_css;
}  // namespace tandem::embedded

namespace tandem::app {
namespace {

using http::Context;
using http::PathArgs;
using http::Response;

struct Good {
  std::string_view name;
  std::int64_t price;  // pence
};
constexpr std::array kGoods{Good{"mug", 1'200}, Good{"lamp", 4'800}, Good{"clock", 12'400}};

struct Purchase {
  Email email;
  Text<1, 40> product;
};
BOOST_DESCRIBE_STRUCT(Purchase, (), (email, product))

std::string replaced(std::string text, std::string_view name, std::string_view value) {
  const std::string hole = fmt::format("{{{{{}}}}}", name);
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at + value.size()))
    text.replace(at, hole.size(), value);
  return text;
}

/// Where the server is, as the visitor sees this machine: its host name with the server's port.
std::string server_origin(const http::Request& request, unsigned short port) {
  std::string host{request.header("host").value_or("127.0.0.1")};
  if (const auto colon = host.rfind(':');
      colon != std::string::npos && host.find(']', colon) == std::string::npos)
    host.resize(colon);
  return fmt::format("http://{}:{}", host, port);
}

Response content(std::string type, std::string body, std::string_view policy) {
  Response out;
  out.content_type = std::move(type);
  out.body = std::move(body);
  out.headers = {{"Cache-Control", "no-cache"}, {"Content-Security-Policy", std::string(policy)}};
  return out;
}

/// A sale as the shop's billing reports it; signed as Standard Webhooks 1.0.0 says.
Task<Response> report(std::shared_ptr<LocalApi> api, db::Pool& pool, ShopKeys keys, Purchase purchase) {
  const auto* good = std::ranges::find(kGoods, std::string_view(purchase.product.str()), &Good::name);
  if (good == kGoods.end()) throw invalid_field("/product", "unknown", "mug, lamp or clock");
  const std::string id = "evt_" + new_uuid().str(), timestamp = std::to_string(Clock::now().unix_seconds());
  std::string email;
  json::print_string(purchase.email.str(), email);
  const std::string body = fmt::format(
      R"({{"type": "sale.created", "occurred_at": "{}", "data": {{"external_id": "shop-{}", "customer": {{"email": {}}}, )"
      R"("product": "{}", "country": "GB", "amount": {{"amount": {}, "currency": "GBP"}}}}}})",
      Clock::now().str(), new_uuid().str(), email, good->name, good->price);
  const std::string signature = to_base64(crypto::hmac_sha256(
      crypto::webhook_key(keys.endpoint_secret).value(), fmt::format("{}.{}.{}", id, timestamp, body)));
  auto answer = co_await api->call(
      pool, http::Method::post, "/api/inbound/" + keys.endpoint, {}, body,
      {{"webhook-id", id}, {"webhook-timestamp", timestamp}, {"webhook-signature", "v1," + signature}});
  co_return answer;
}

}  // namespace

struct DemoShop::Impl {
  http::Routes routes;
  std::shared_ptr<LocalApi> api = std::make_shared<LocalApi>();
  std::unique_ptr<http::Dispatch> dispatch;
  std::unique_ptr<http::Server> server;

  void declare(const ShopKeys& keys, unsigned short server_port) {
    routes.tag("shop");
    const auto page = [&](std::string path, std::string summary, http::Route::ContextHandler handler) {
      routes.raw(http::Method::get, std::move(path), std::move(handler))
          .says(std::move(summary))
          .allow(http::Access::open);
    };
    page("/", "The shop", [keys, server_port](Context context, const PathArgs&) -> Task<Response> {
      const std::string server = server_origin(context.request, server_port);
      std::string html = replaced(std::string(embedded::shop_html), "server", server);
      co_return content("text/html; charset=utf-8", replaced(std::move(html), "site_key", keys.site_key),
                        fmt::format("default-src 'self'; script-src 'self' {0}; connect-src 'self' {0}; "
                                    "img-src data:; base-uri 'none'; frame-ancestors 'none'",
                                    server));
    });
    page("/shop.js", "Its script", [](Context, const PathArgs&) -> Task<Response> {
      co_return content("text/javascript; charset=utf-8", std::string(embedded::shop_js),
                        "default-src 'none'");
    });
    page("/shop.css", "Its style", [](Context, const PathArgs&) -> Task<Response> {
      co_return content("text/css; charset=utf-8", std::string(embedded::shop_css), "default-src 'none'");
    });
    routes
        .raw(http::Method::post, "/purchases",
             [keys, shared = api](Context context, const PathArgs&) -> Task<Response> {
               Purchase purchase{};
               json::parse(json::codec<Purchase>(), context.request.body, &purchase);
               co_return co_await report(shared, context.pool, keys, std::move(purchase));
             })
        .says("Buy")
        .allow(http::Access::open)
        .repeats(http::Repeat::content);
  }
};

DemoShop::DemoShop(const Config& config, ShopKeys keys, const db::PoolOptions& pool,
                   unsigned short server_port)
    : impl_(std::make_unique<Impl>()) {
  impl_->declare(keys, server_port);
  impl_->routes.check();
  http::Hooks hooks;
  hooks.authenticate = [](db::Pool&, const http::Request&, const http::Route&) -> Task<http::Principal> {
    co_return http::Principal{};
  };
  impl_->dispatch = std::make_unique<http::Dispatch>(impl_->routes, std::move(hooks));
  http::ServerOptions options;
  options.address = config.text("address");
  options.port = config.text("port") == "0" ? 0 : static_cast<unsigned short>(server_port + 1);
  options.threads = 1;
  impl_->server = std::make_unique<http::Server>(options, pool, *impl_->dispatch);
  impl_->server->start();
}

DemoShop::~DemoShop() = default;
unsigned short DemoShop::port() const { return impl_->server->port(); }
void DemoShop::stop() { impl_->server->stop(); }

}  // namespace tandem::app
