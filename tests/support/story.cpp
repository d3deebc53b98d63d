#include "support/story.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <thread>

#include "app/reconcile.hpp"
#include "app/wiring.hpp"
#include "attribution/module.hpp"
#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "db/blocking.hpp"
#include "db/conninfo.hpp"
#include "jobs/worker.hpp"
#include "support/bad_input.hpp"

namespace tandem::test {

namespace {

http::Hooks audited() {
  http::Hooks hooks;
  hooks.audit = app::make_hooks().audit;
  return hooks;
}

}  // namespace

Story::Story()
    : app(*this, app::declare_routes, audited()), outside(*this, app::declare_routes, app::make_hooks()) {
  app::register_jobs();
  app::register_listeners();
  attribution::set_click_key("the tests' click key, 32 bytes..");
}

Story::~Story() { Clock::freeze(std::nullopt); }

Story::Source Story::endpoint(std::string_view body) {
  const auto made = app.post("/api/inbound-endpoints", std::string(body));
  EXPECT_EQ(made.status, 201) << made.body;
  return {member(made.body, "path"), member(made.body, "secret")};
}

Story::Source Story::billing() { return endpoint(R"({"provider": "generic", "name": "Billing"})"); }

Story::Source Story::stripe(std::string secret) {
  Source out = endpoint(fmt::format(R"({{"provider": "stripe", "name": "Stripe", "secret": "{}"}})", secret));
  out.secret = std::move(secret);
  return out;
}

http::Pairs Story::signed_as_ours(const Source& source, const std::string& id, std::string_view body,
                                  Timestamp at) {
  const std::string timestamp = std::to_string(at.unix_seconds());
  const std::string signature =
      "v1," + to_base64(crypto::hmac_sha256(crypto::webhook_key(source.secret).value(),
                                            fmt::format("{}.{}.{}", id, timestamp, body)));
  return {{"content-type", "application/json"},
          {"webhook-id", id},
          {"webhook-timestamp", timestamp},
          {"webhook-signature", signature}};
}

http::Pairs Story::signed_as_stripe(const Source& source, std::string_view body, Timestamp at) {
  const std::string timestamp = std::to_string(at.unix_seconds());
  const std::string signature =
      to_hex(crypto::hmac_sha256(source.secret, fmt::format("{}.{}", timestamp, body)));
  return {{"content-type", "application/json"}, {"stripe-signature", "t=" + timestamp + ",v1=" + signature}};
}

Answer Story::deliver(const Source& source, const std::string& id, const std::string& body) {
  return outside.call(http::Method::post, source.path, body, signed_as_ours(source, id, body));
}

Answer Story::deliver_stripe(const Source& source, const std::string& body) {
  return outside.call(http::Method::post, source.path, body, signed_as_stripe(source, body));
}

int Story::work() { return run(jobs::Worker::run_due(pool, organization_id)); }

int Story::work_later() {
  cell(
      "update app.jobs set run_at = now() - interval '1 s' where organization_id = $1 and state = 'due' returning 1");
  return work();
}

std::string Story::cell(std::string_view sql) { return peek(sql, {organization_id.str()}).value_or(""); }

std::string Story::differences() {
  std::string out;
  // As the command: it reads the whole organization, for which the five seconds of a request may be too few.
  db::PoolOptions patient = database.pool_options();
  patient.conninfo = db::conninfo_with(patient.conninfo, {{"options", "-c statement_timeout=30min"}});
  boost::asio::io_context loop{1};
  db::Pool own(loop.get_executor(), patient);
  const auto found = db::run_blocking(
      loop, db::run_tx(own, system, db::Role::read, [](db::Tx& t) { return app::differences(t); }));
  for (const auto& row : found) out += fmt::format("{} {} {}\n", row.problem, row.subject, row.detail);
  return out;
}

std::string Story::sale(PartnerId partner, std::string_view external_id, std::int64_t amount,
                        std::string_view at, std::string_view more) {
  const auto made = app.post(
      "/api/conversions",
      fmt::format(R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": {}, "currency": "USD"}}, )"
                  R"("partner_id": "{}", "occurred_at": "{}"{}}})",
                  external_id, amount, partner.str(), at, more));
  EXPECT_EQ(made.status, 201) << made.body;
  return member(made.body, "id");
}

void Story::refund(const std::string& conversion, std::string_view external_id, std::int64_t amount) {
  const auto made = app.post(
      "/api/conversions/" + conversion + "/reversals",
      fmt::format(
          R"({{"external_id": "{}", "kind": "refund", "amount": {{"amount": {}, "currency": "USD"}}, )"
          R"("occurred_at": "2026-03-06T10:00:00Z"}})",
          external_id, amount));
  EXPECT_EQ(made.status, 201) << made.body;
}

std::vector<Answer> Story::storm(const std::vector<http::Request>& requests, int threads, int clients) {
  std::vector<Answer> answers(requests.size());
  const auto part = [&](int index) {
    boost::asio::io_context loop{1};
    db::PoolOptions options = database.pool_options();
    options.size = {4, 4, 4, 2};
    options.wait_max = std::chrono::seconds{60};
    db::Pool own(loop.get_executor(), options);
    int left = 0;
    auto next = static_cast<std::size_t>(index);
    const auto client = [&]() -> Task<> {
      while (next < requests.size()) {
        const auto i = std::exchange(next, next + static_cast<std::size_t>(threads));
        answers[i] = {co_await outside.dispatch()(own, requests[i])};
      }
    };
    for (; left < clients; ++left) {
      boost::asio::co_spawn(loop, client(), [&left](const std::exception_ptr& failure) {
        EXPECT_FALSE(failure) << "a request threw";
        --left;
      });
    }
    while (left > 0 && loop.run_one() != 0) {
    }
  };
  std::vector<std::jthread> running;
  for (int index = 0; index < threads; ++index) running.emplace_back(part, index);
  running.clear();
  return answers;
}

std::string sale_event(std::string_view external_id, std::int64_t amount, std::string_view who,
                       std::string_view currency, std::string_view type, std::string_view at) {
  return fmt::format(R"({{"type": "{}", "occurred_at": "{}", "data": {{"external_id": "{}", )"
                     R"("amount": {{"amount": {}, "currency": "{}"}}, {}}}}})",
                     type, at, external_id, amount, currency, who);
}

std::string refund_event(std::string_view external_id, std::string_view conversion, std::int64_t amount,
                         bool is_cumulative, std::string_view currency, std::string_view at) {
  return fmt::format(
      R"({{"type": "refund.created", "occurred_at": "{}", "data": {{"external_id": "{}", "conversion": "{}", )"
      R"("cumulative": {}, "amount": {{"amount": {}, "currency": "{}"}}}}}})",
      at, external_id, conversion, is_cumulative, amount, currency);
}

}  // namespace tandem::test
