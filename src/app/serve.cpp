// `tandem serve`: database, keys, routes, threads; then waits for a signal, finishes what was accepted, and
// stops.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "app/audit_anchors.hpp"
#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/mail_settings.hpp"
#include "app/outgoing_settings.hpp"
#include "app/single_sign_on_settings.hpp"
#include "app/web.hpp"
#include "app/wiring.hpp"
#include "attribution/module.hpp"
#include "earnings/api.hpp"
#include "http/access_log.hpp"
#include "http/platform_routes.hpp"
#include "http/server.hpp"
#include "identity/api.hpp"
#include "jobs/schedule.hpp"
#include "jobs/worker.hpp"
#include "ledger/module.hpp"
#include "log/log.hpp"
#include "payouts/module.hpp"

namespace tandem::app {
namespace {

namespace asio = boost::asio;

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions out;
  out.address = config.text("address");
  out.port = static_cast<unsigned short>(config.integer("port", 0, 65535));
  out.threads = config.integer("threads", 0, 256);
  out.hosts = config.list("hosts");
  out.proxies = config.list("proxies");
  out.connections_per_ip_max = config.integer("connections_per_address", 1, 4096);
  out.drain_time_max = std::chrono::seconds{config.integer("stop_seconds", 0, 3600)};
  const bool has_certificate = !config.text("tls_certificate").empty(),
             has_key = !config.text("tls_key").empty();
  if (has_certificate != has_key) throw UserError("tls_certificate and tls_key go together");
  if (has_certificate) out.tls = http::TlsOptions{config.text("tls_certificate"), config.text("tls_key")};
  return out;
}

http::LimitOptions limit_options(const Config& config) {
  constexpr int kMost = 1'000'000;
  const int caller = config.integer("caller_requests_per_second", 0, kMost);
  const int organization = config.integer("organization_requests_per_second", 0, kMost);
  return {.caller = {caller, 2 * caller, config.integer("caller_requests_in_progress", 0, kMost)},
          .organization = {organization, 2 * organization, 0},
          .reports_in_progress = config.integer("reports_in_progress", 0, kMost)};
}

/// Runs `work` every `period` until the flag falls; a failure is logged and tried again.
template <class Work>
Task<> repeat(std::shared_ptr<std::atomic<bool>> running, std::chrono::milliseconds period, std::string name,
              Work work) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (running->load()) {
    try {
      co_await work();
    } catch (const std::exception& error) {
      log::warn("background.failed", {{"work", name}, {"error", std::string(error.what())}});
    }
    timer.expires_after(period);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// Figures of all threads' pools, by role. Each thread adds what changed since it last looked.
struct PoolFigures {
  std::atomic<std::int64_t> open{0}, busy{0}, waiting{0}, refused{0};
};
std::array<PoolFigures, db::kRoleNames.size()> pool_figures;

/// Keeps pool_figures up to date for one thread.
std::function<Task<>()> publish_pool(db::Pool& pool) {
  auto seen = std::make_shared<std::array<db::PoolStats, db::kRoleNames.size()>>();
  return [seen, &pool]() -> Task<> {
    for (std::size_t role = 0; role < seen->size(); ++role) {
      const db::PoolStats now = pool.stats(static_cast<db::Role>(role));
      db::PoolStats& before = (*seen)[role];
      pool_figures[role].open += now.open - before.open;
      pool_figures[role].busy += now.busy - before.busy;
      pool_figures[role].waiting += now.waiting - before.waiting;
      pool_figures[role].refused += now.refused_total - before.refused_total;
      before = now;
    }
    co_return;
  };
}

/// What one thread does besides requests: its worker; the first also begins the periods of schedules, and
/// seals and anchors audits.
std::function<Task<>()> start_thread(http::Server::Thread thread, std::shared_ptr<AuditAnchors> anchors) {
  auto running = std::make_shared<std::atomic<bool>>(true);
  auto worker = std::make_shared<jobs::Worker>(thread.pool, jobs::WorkerOptions{});
  auto* pool = &thread.pool;
  asio::co_spawn(thread.executor, [worker]() -> Task<> { co_await worker->run(); }, asio::detached);
  asio::co_spawn(thread.executor,
                 repeat(running, std::chrono::seconds{1}, "pool figures", publish_pool(*pool)),
                 asio::detached);
  if (thread.index == 0) {
    asio::co_spawn(thread.executor,
                   repeat(running, std::chrono::seconds{2}, "audit",
                          [pool]() -> Task<> { co_await identity::seal_all(*pool); }),
                   asio::detached);
    asio::co_spawn(thread.executor,
                   repeat(running, std::chrono::minutes{10}, "exchange rates",
                          [pool]() -> Task<> { co_await ledger::request_rates(*pool); }),
                   asio::detached);
    asio::co_spawn(thread.executor,
                   repeat(running, std::chrono::seconds{30}, "rollups",
                          [pool]() -> Task<> { co_await earnings::fold_all_rollups(*pool); }),
                   asio::detached);
    asio::co_spawn(thread.executor,
                   repeat(running, std::chrono::seconds{30}, "schedules",
                          [pool]() -> Task<> {
                            if (co_await jobs::begin_periods(*pool, co_await identity::calendars(*pool)) > 0)
                              jobs::Worker::hint_all();
                          }),
                   asio::detached);
    asio::co_spawn(
        thread.executor,
        repeat(running, std::chrono::minutes{5}, "audit anchors",
               [pool, anchors]() -> Task<> { anchors->add(co_await identity::audit_anchors(*pool)); }),
        asio::detached);
  }
  return [worker, running]() -> Task<> {
    running->store(false);
    worker->stop();
    co_return;
  };
}

void add_job_figures() {
  http::Metrics::instance().add("tandem_jobs_total", "Jobs by outcome", "counter", [] {
    const auto stats = jobs::Worker::stats();
    return std::vector<http::Sample>{{R"(outcome="done")", static_cast<double>(stats.done_total)},
                                     {R"(outcome="failed")", static_cast<double>(stats.failed_total)},
                                     {R"(outcome="parked")", static_cast<double>(stats.parked_total)},
                                     {R"(outcome="postponed")", static_cast<double>(stats.postponed_total)}};
  });
}

void add_pool_figures() {
  const auto add = [](std::string name, std::string help, std::string type,
                      std::atomic<std::int64_t> PoolFigures::* member) {
    http::Metrics::instance().add(std::move(name), std::move(help), std::move(type), [member] {
      std::vector<http::Sample> out;
      for (std::size_t role = 0; role < db::kRoleNames.size(); ++role)
        out.push_back({fmt::format(R"(role="{}")", db::kRoleNames[role]),
                       static_cast<double>((pool_figures[role].*member).load())});
      return out;
    });
  };
  add("tandem_pool_open_connections", "Database connections", "gauge", &PoolFigures::open);
  add("tandem_pool_busy_connections", "Database connections in use", "gauge", &PoolFigures::busy);
  add("tandem_pool_waiting_requests", "Requests that wait for a connection", "gauge", &PoolFigures::waiting);
  add("tandem_pool_refused_total", "Requests that waited too long for a connection", "counter",
      &PoolFigures::refused);
}

/// Blocks until SIGTERM or SIGINT; meanwhile restarts a private database that died.
void wait_for_signal(Database& database) {
  asio::io_context io{1};
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
  asio::steady_timer timer(io);
  std::function<void()> watch = [&] {
    timer.expires_after(std::chrono::seconds{1});
    timer.async_wait([&](boost::system::error_code error) {
      if (error) return;
      try {
        if (database.cluster && database.cluster->restart_if_dead()) log::warn("database.restarted", {});
      } catch (const std::exception& failure) {
        log::error("database.restart_failed", {{"error", std::string(failure.what())}});
      }
      watch();
    });
  };
  watch();
  io.run();
}

}  // namespace

int serve(const Config& config, const ServeOptions& options) {
  log::set_level(config.text("log_level"));
  http::set_access_log(config.flag("access_log"));
  if (options.with_demo) demo(config, {}, Format::text);
  Database database = open_database(config);
  load_keys(config);
  net::set_policy(outgoing_policy(config));
  attribution::set_chartmogul_url(config.text("chartmogul_url"));
  payouts::set_provider_urls(config.text("paypal_url"), config.text("wise_url"), config.text("stripe_url"));
  ledger::set_rate_options({.ecb_url = config.text("ecb_url"), .cbu_url = config.text("cbu_url")});
  mail::set_settings(mail_settings(config));
  identity::set_single_sign_on(single_sign_on_settings(config));
  register_jobs();
  register_listeners();

  http::Routes routes;
  std::atomic<bool> is_ready{false};
  const http::Dispatch* dispatch_made = nullptr;
  declare_routes(routes);
  http::declare_platform_routes(
      routes,
      {.metrics_addresses = config.list("metrics_addresses"),
       .metrics_token = {},
       .is_ready = [&is_ready] { return is_ready.load(); },
       .request_metrics = [&dispatch_made] { return dispatch_made ? &dispatch_made->metrics() : nullptr; }});
  declare_web(routes);
  routes.check();
  const http::Dispatch dispatch(routes, make_hooks(), limit_options(config));
  dispatch_made = &dispatch;
  http::Server server(server_options(config), database.pool, dispatch);
  server.on_thread([anchors = std::make_shared<AuditAnchors>(config.text("data"))](
                       http::Server::Thread thread) { return start_thread(thread, anchors); });
  add_job_figures();
  add_pool_figures();
  server.start();
  is_ready = true;
  const std::string scheme = config.text("tls_key").empty() ? "http" : "https";
  fmt::print("tandem {} serves {}://{}:{}\n", TANDEM_VERSION, scheme, config.text("address"), server.port());
  std::unique_ptr<DemoShop> shop;
  if (options.with_demo || options.with_shop)
    if (auto keys = shop_keys(config)) {
      shop = std::make_unique<DemoShop>(config, *std::move(keys), database.pool, server.port());
      fmt::print("the demo's client website is http://{}:{}\n", config.text("address"), shop->port());
    }
  std::fflush(stdout);
  wait_for_signal(database);
  is_ready = false;
  log::info("server.stopping", {});
  if (shop) shop->stop();
  server.stop();
  log::info("server.stopped", {});
  return 0;
}

}  // namespace tandem::app
