#include "attribution/chartmogul_poll.hpp"

#include <gtest/gtest.h>

#include "attribution/inbound.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "attribution/module.hpp"
#include "base/clock.hpp"
#include "jobs/worker.hpp"
#include "net/client.hpp"
#include "support/chartmogul_emulator.hpp"
#include "support/feature_fixture.hpp"
#include "support/test_app.hpp"

namespace tandem::attribution {
namespace {

using namespace std::chrono_literals;
using db::Role;
using test::EmulatedFault;
using test::EmulatedInvoice;

constexpr const char* kApiKey = "cm_api_key_1";

struct Poller : testing::Test {
  Poller() : emulator(f.io.get_executor(), kApiKey), app(f, declare_both) {
    net::set_policy({.allowed = {net::Network::parse("127.0.0.0/8").value()}});
    use({});
    jobs::Kinds::instance().clear();
    register_jobs();
  }
  ~Poller() override {
    net::set_policy({});
    set_chartmogul_options({});
    jobs::Kinds::instance().clear();
    Clock::freeze(std::nullopt);
  }
  static void declare_both(http::Routes& routes) {
    declare_inbound_endpoints(routes);
    declare_polling(routes);
    declare_inbound(routes);
  }
  void use(ChartMogulOptions options) {
    options.base_url = emulator.base_url();
    set_chartmogul_options(std::move(options));
  }
  /// Through the API, which also asks for the first walk.
  void make_endpoint(const char* key = kApiKey) {
    const auto made =
        app.post("/api/inbound-endpoints",
                 fmt::format(R"({{"provider":"chartmogul","name":"Invoices","secret":"{}"}})", key));
    ASSERT_EQ(made.status, 201) << made.body;
    endpoint_id = value("select id from app.inbound_endpoints where organization_id = $1");
    address = value("select address from app.inbound_endpoints where organization_id = $1");
  }
  std::string value(std::string_view sql) { return f.peek(sql, {f.organization_id.str()}).value_or("none"); }
  int run_due() { return f.run(jobs::Worker::run_due(f.pool, f.organization_id)); }
  void later(std::chrono::microseconds by) { Clock::freeze(Clock::now() + by); }
  /// A lead known under this external id or e-mail.
  void lead(const std::string& external_id, const std::string& email) {
    const std::string contact = new_uuid().str();
    f.peek(
        "insert into app.contacts (organization_id, id, email, email_normalised) values ($1, $2, $3, $3) returning 1",
        {f.organization_id.str(), contact, email});
    f.peek(
        "insert into app.leads (organization_id, id, contact_id, external_id, source, occurred_at) "
        "values ($1, $2, $3, nullif($4, ''), 'api', now()) returning 1",
        {f.organization_id.str(), new_uuid().str(), contact, external_id});
  }
  EmulatedInvoice& invoice(std::string number, std::int64_t cents,
                           std::string customer_external_id = "acct_1") {
    auto& made = emulator.invoices.emplace_back();
    made.uuid = "inv_" + number;
    made.customer_external_id = std::move(customer_external_id);
    made.lines.push_back({.amount_in_cents = cents, .tax_amount_in_cents = cents / 6});
    made.transactions.push_back({.uuid = "tr_" + number});
    return made;
  }
  std::string conversions() {
    return value(
        "select string_agg(external_id || ' ' || amount, ', ' order by external_id) from app.conversions "
        "where organization_id = $1");
  }
  std::string reversals() {
    return value(
        "select string_agg(external_id || ' ' || amount, ', ' order by external_id) from app.reversals "
        "where organization_id = $1");
  }
  std::string events() {
    return value(
        "select string_agg(event_id || ' ' || state, ', ' order by event_id) from app.inbound_events "
        "where organization_id = $1 and event_id not like 'webhook:%'");
  }
  std::string polling() { return app.get("/api/inbound-endpoints/" + endpoint_id + "/polling").body; }

  test::FeatureFixture f;
  test::ChartMogulEmulator emulator;
  test::TestApp app;
  std::string endpoint_id, address;
};

TEST_F(Poller, walks_all_pages_once_and_applies_what_is_new) {
  lead("acct_1", "one@example.com");
  for (int i = 101; i <= 112; ++i) invoice(std::to_string(i), i);
  emulator.page_size_max = 5;
  emulator.duplicates = 2;
  make_endpoint();
  run_due();
  EXPECT_EQ(emulator.calls("/v1/invoices"), 3U);
  EXPECT_EQ(emulator.calls("/v1/customers"), 0U) << "the lead is known by its id";
  EXPECT_EQ(value("select count(*) || ' ' || sum(amount) from app.conversions where organization_id = $1 "
                  "and source = 'chartmogul' and lead_id is not null"),
            "12 1278");
  EXPECT_EQ(
      value("select count(*) from app.inbound_events where organization_id = $1 and state = 'processed'"),
      "12");
  EXPECT_NE(polling().find(R"("state":"waiting")"), std::string::npos) << polling();
  EXPECT_EQ(run_due(), 0);
  invoice("113", 500);
  later(16min);
  run_due();
  EXPECT_EQ(emulator.calls("/v1/invoices"), 6U);
  EXPECT_EQ(value("select count(*) || ' ' || sum(amount) from app.conversions where organization_id = $1"),
            "13 1778");
  EXPECT_EQ(value("select count(*) from app.jobs where organization_id = $1 and state = 'due'"), "1");
}

TEST_F(Poller, refunds_and_disabled_payments_are_taken_back) {
  lead("acct_1", "one@example.com");
  invoice("1", 12000);
  invoice("2", 5000);
  auto& never_known = invoice("3", 700);
  never_known.transactions[0].disabled = true;
  make_endpoint();
  run_due();
  EXPECT_EQ(conversions(), "tr_1 12000, tr_2 5000");
  emulator.invoices[0].transactions.push_back({.uuid = "tr_1r", .type = "refund", .amount_in_cents = 3000});
  emulator.invoices[1].transactions[0].disabled = true;
  later(16min);
  run_due();
  EXPECT_EQ(reversals(), "tr_1r 3000, tr_2:disabled 5000");
  emulator.invoices[0].disabled = true;
  later(16min);
  run_due();
  EXPECT_EQ(
      value("select string_agg(external_id || ' ' || amount, ', ' order by external_id) from app.reversals "
            "where organization_id = $1 and external_id like 'tr_1%'"),
      "tr_1:disabled 9000, tr_1r 3000")
      << "what was left";
  EXPECT_EQ(
      events(),
      "tr_1 processed, tr_1:disabled processed, tr_1r processed, tr_1r:disabled parked, tr_2 processed, "
      "tr_2:disabled processed");
}

TEST_F(Poller, a_customer_is_found_by_email_and_a_stranger_waits) {
  lead("", "buyer@example.com");
  invoice("1", 900, "unknown");
  emulator.emails["cus_1"] = "Buyer@Example.com";
  auto& strangers = invoice("2", 800, "stranger");
  strangers.customer_uuid = "cus_2";
  make_endpoint();
  run_due();
  EXPECT_EQ(conversions(), "tr_1 900");
  EXPECT_EQ(events(), "tr_1 processed, tr_2 received");
  EXPECT_EQ(emulator.calls("/v1/customers/"), 2U);
  lead("stranger", "stranger@example.com");
  later(1h);
  run_due();
  EXPECT_EQ(conversions(), "tr_1 900, tr_2 800");
  EXPECT_EQ(emulator.calls("/v1/customers/"), 2U) << "asked once";
}

TEST_F(Poller, faults_are_retried_where_the_walk_was) {
  lead("acct_1", "one@example.com");
  for (int i = 1; i <= 4; ++i) invoice(std::to_string(i), 100);
  emulator.page_size_max = 2;
  emulator.faults = {EmulatedFault{.status = 429, .headers = "Retry-After: 30\r\n"}};
  make_endpoint();
  run_due();
  EXPECT_NE(polling().find("ChartMogul answered 429"), std::string::npos) << polling();
  later(20s);
  EXPECT_EQ(run_due(), 0) << "told to wait for 30 s";
  emulator.faults = {};
  later(20s);
  run_due();
  EXPECT_EQ(conversions(), "tr_1 100, tr_2 100, tr_3 100, tr_4 100");
  // In the middle: the first page is not read again.
  emulator.journal.clear();
  emulator.faults = {
      EmulatedFault{.status = 503, .path = "/v1/invoices?per_page=100&with_disabled=true&cursor"},
      EmulatedFault{.status = 0}, EmulatedFault{.is_malformed = true}, EmulatedFault{.status = 524}};
  later(16min);
  for (int i = 0; i < 5; ++i) {
    run_due();
    later(2min);
  }
  EXPECT_TRUE(emulator.faults.empty());
  EXPECT_EQ(emulator.calls("/v1/invoices"), 6U) << fmt::format("{}", fmt::join(emulator.journal, "\n"));
  EXPECT_EQ(conversions(), "tr_1 100, tr_2 100, tr_3 100, tr_4 100");
  EXPECT_NE(polling().find(R"("failures":0,"error":null)"), std::string::npos) << polling();
}

TEST_F(Poller, a_bad_key_is_shown_and_tried_again_later) {
  make_endpoint("a_wrong_api_key");
  run_due();
  EXPECT_NE(polling().find("ChartMogul answered 401"), std::string::npos) << polling();
  EXPECT_EQ(polling().find("a_wrong_api_key"), std::string::npos);
  later(1min);
  EXPECT_EQ(run_due(), 0);
  later(15min);
  run_due();
  EXPECT_EQ(emulator.journal.size(), 2U);
}

TEST_F(Poller, an_answer_that_is_too_large_is_asked_for_in_smaller_pages) {
  lead("acct_1", "one@example.com");
  for (const auto* number : {"1", "2"}) invoice(number, 100).lines.resize(20'000, {.amount_in_cents = 1});
  make_endpoint();
  run_due();
  EXPECT_EQ(conversions(), "tr_1 20099, tr_2 20099") << polling();
}

TEST_F(Poller, the_webhook_asks_for_a_walk_and_storms_ask_once) {
  lead("acct_1", "one@example.com");
  make_endpoint();
  run_due();
  ASSERT_EQ(emulator.calls("/v1/invoices"), 1U);
  invoice("1", 1000);
  later(1min);
  for (int i = 0; i < 20; ++i) {
    const auto told =
        app.call(http::Method::post, "/api/inbound/" + address,
                 fmt::format(R"({{"type":"mrr_movement","movement_amount_in_cent":{}}})", i / 2));
    EXPECT_EQ(told.status, 200) << told.body;
  }
  EXPECT_EQ(value("select count(*) from app.inbound_events where organization_id = $1"), "10")
      << "by their bodies";
  run_due();
  EXPECT_EQ(emulator.calls("/v1/invoices"), 2U);
  EXPECT_EQ(conversions(), "tr_1 1000");
}

TEST_F(Poller, money_changed_afterwards_is_parked_once) {
  lead("acct_1", "one@example.com");
  auto& one = invoice("1", 1000);
  make_endpoint();
  run_due();
  one.transactions[0].amount_in_cents = 999;
  for (int i = 0; i < 3; ++i) {
    later(16min);
    run_due();
  }
  EXPECT_EQ(conversions(), "tr_1 1000");
  EXPECT_EQ(value("select count(*) from app.inbound_events where organization_id = $1 and state = 'parked' "
                  "and event_id like 'tr_1#%'"),
            "1");
}

TEST_F(Poller, an_archived_endpoint_is_left_alone) {
  make_endpoint();
  run_due();
  ASSERT_EQ(app.post("/api/inbound-endpoints/" + endpoint_id + "/archiving").status, 200);
  later(16min);
  run_due();
  EXPECT_EQ(emulator.calls("/v1/invoices"), 1U);
  EXPECT_EQ(value("select count(*) from app.jobs where organization_id = $1 and state = 'due'"), "0");
}

TEST_F(Poller, a_long_walk_goes_on_in_the_next_job) {
  lead("acct_1", "one@example.com");
  for (int i = 1; i <= 6; ++i) invoice(std::to_string(i), 100);
  emulator.page_size_max = 1;
  use({.turn_max = 0ms});
  make_endpoint();
  run_due();
  EXPECT_EQ(emulator.calls("/v1/invoices"), 6U);
  EXPECT_EQ(value("select count(*) from app.conversions where organization_id = $1"), "6");
  EXPECT_EQ(value("select count(*) from app.jobs where organization_id = $1 "
                  "and kind = 'attribution.poll_chartmogul' and state = 'done'"),
            "6");
}

}  // namespace
}  // namespace tandem::attribution
