#include "http/platform_routes.hpp"

#include <memory>
#include <mutex>

#include "crypto/hmac.hpp"
#include "http/addresses.hpp"
#include "http/openapi.hpp"
#include "http/problems.hpp"

namespace tandem::http {

namespace {

struct One {
  std::int32_t one;
};
BOOST_DESCRIBE_STRUCT(One, (), (one))
const db::ServiceQuery<One()> kPing{"http.ping", "select 1 as one"};

Response text_response(int status, std::string body) {
  Response out;
  out.status = status;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(body);
  return out;
}

Task<Response> readiness(const PlatformOptions& options, db::Pool& pool) {
  if (!options.is_ready()) throw Problem(kUnavailable, "the server is starting or stopping");
  auto lease = co_await pool.acquire(Role::read);
  co_await db::service_all(*lease, kPing);
  co_return text_response(200, "ready\n");
}

bool may_read_metrics(const PlatformOptions& options, const AddressSet& allowed, const Request& request) {
  if (!options.metrics_token.empty())
    if (const auto header = request.header("authorization"); header && header->starts_with("Bearer "))
      if (crypto::equal_in_constant_time(header->substr(7), options.metrics_token)) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(request.client_ip, error);
  if (error) return false;
  if (allowed.contains(address)) return true;
  // A proxy on this machine that is not listed makes the whole world look like this machine.
  return address.is_loopback() && !request.header("x-forwarded-for") && !request.header("forwarded");
}

/// A document that is made once, when it is first asked for.
Route::ContextHandler document(std::string content_type, std::function<std::string()> make) {
  struct Shared {
    std::once_flag once;
    std::string text;
  };
  return [shared = std::make_shared<Shared>(), content_type = std::move(content_type),
          make = std::move(make)](Context, const PathArgs&) -> Task<Response> {
    std::call_once(shared->once, [&] { shared->text = make(); });
    Response out;
    out.content_type = content_type;
    out.body = shared->text;
    out.headers.emplace_back("Cache-Control", "public, max-age=300");
    co_return out;
  };
}

}  // namespace

void declare_platform_routes(Routes& routes, PlatformOptions options) {
  const auto shared = std::make_shared<const PlatformOptions>(std::move(options));
  const auto allowed = std::make_shared<const AddressSet>(shared->metrics_addresses);
  routes.tag("platform");
  routes
      .raw(Method::get, "/healthz",
           [](Context, const PathArgs&) -> Task<Response> { co_return text_response(200, "ok\n"); })
      .says("Tell that the process runs")
      .allow(Access::open)
      .answers_type("text/plain")
      .named("healthz");
  routes
      .raw(Method::get, "/readyz",
           [shared](Context context, const PathArgs&) -> Task<Response> {
             co_return co_await readiness(*shared, context.pool);
           })
      .says("Tell whether the server can work")
      .allow(Access::open)
      .answers_type("text/plain")
      .named("readyz");
  routes
      .raw(Method::get, "/metrics",
           [shared, allowed](Context context, const PathArgs&) -> Task<Response> {
             // Not 403: whether there is something to see is nobody's business.
             if (!may_read_metrics(*shared, *allowed, context.request)) throw Problem(kNotFound);
             const RequestMetrics* requests = shared->request_metrics ? shared->request_metrics() : nullptr;
             Response out = text_response(200, Metrics::instance().text(requests));
             out.content_type = "text/plain; version=0.0.4; charset=utf-8";
             co_return out;
           })
      .says("Figures for Prometheus")
      .explains("From this machine, listed addresses, or with the token.")
      .allow(Access::open)
      .answers_type("text/plain")
      .named("metrics");
  routes
      .raw(Method::get, "/api/openapi.json",
           document("application/json", [&routes] { return openapi_document(routes); }))
      .says("This document")
      .allow(Access::open)
      .from_any_origin()
      .named("get_openapi");
  routes
      .raw(Method::get, "/api/problems",
           document("application/json", [&routes] { return problems_json(routes); }))
      .says("Every refusal that the API knows")
      .allow(Access::open)
      .from_any_origin()
      .named("list_problems");
}

}  // namespace tandem::http
