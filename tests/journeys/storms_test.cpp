// Storms: the same thing many times at once has one effect; random histories in random order leave a ledger
// that agrees with itself and with the reports.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using http::Method;
using test::member;
using test::refund_event;
using test::sale_event;

struct Storms : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = s.deal(partner, RatePpm{50'000});
  attribution::Link link = s.link(partner);
  std::string who = fmt::format(R"("link_code": "{}")", link.code.str());
};

TEST_F(Storms, OneSignedEventAThousandTimes) {
  const auto billing = s.billing();
  const auto body = sale_event("inv_1", 20'000, who);
  const std::vector requests(1000,
                             test::TestApp::request(Method::post, billing.path, body,
                                                    test::Story::signed_as_ours(billing, "evt_1", body)));
  int duplicates = 0;
  for (const auto& answer : s.storm(requests)) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    duplicates += answer.body.find(R"("duplicate":true)") != std::string::npos;
  }
  EXPECT_EQ(duplicates, 999);
  s.work();
  EXPECT_EQ(s.cell("select count(*) from app.inbound_events where organization_id = $1"), "1");
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "1");
  EXPECT_EQ(s.totals(), "1000 0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Storms, ManyEventsOfOneSaleAreOneSale) {
  const auto billing = s.billing();
  const auto body = sale_event("inv_1", 20'000, who);
  std::vector<http::Request> requests;
  for (int i = 0; i < 200; ++i)
    requests.push_back(
        test::TestApp::request(Method::post, billing.path, body,
                               test::Story::signed_as_ours(billing, fmt::format("evt_{}", i), body)));
  for (const auto& answer : s.storm(requests)) ASSERT_EQ(answer.status, 200) << answer.body;
  s.work();
  EXPECT_EQ(
      s.cell("select count(*) from app.inbound_events where organization_id = $1 and state = 'processed'"),
      "200");
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "1");
  EXPECT_EQ(s.totals(), "1000 0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Storms, OneIdempotencyKeyTwoHundredTimes) {
  const std::string key = s.staff_key();
  const std::string body = fmt::format(
      R"({{"external_id": "o1", "kind": "sale", "amount": {{"amount": 20000, "currency": "USD"}}, "partner_id": "{}", )"
      R"("occurred_at": "2026-03-05T10:00:00Z"}})",
      partner.str());
  const std::vector requests(200, test::TestApp::request(Method::post, "/api/conversions", body,
                                                         {{"content-type", "application/json"},
                                                          {"authorization", "Bearer " + key},
                                                          {"idempotency-key", "one-key"}}));
  std::string first;
  int told_to_wait = 0;
  for (const auto& answer : s.storm(requests)) {
    if (answer.status == 409) {  // the first still worked after the time that a caller waits
      ++told_to_wait;
      EXPECT_NE(answer.header("Retry-After"), "");
      continue;
    }
    ASSERT_EQ(answer.status, 201) << answer.body;
    if (first.empty()) first = answer.body;
    EXPECT_EQ(answer.body, first);
  }
  EXPECT_LT(told_to_wait, 200);
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "1");
  EXPECT_EQ(s.totals(), "1000 0");
  EXPECT_EQ(s.cell("select count(*) from app.idempotency where organization_id = $1 and key = 'one-key'"),
            "1");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Storms, ParallelRefundsNeverTakeMoreThanTheWhole) {
  const std::string key = s.staff_key();
  const auto made = s.app.post(
      "/api/conversions",
      fmt::format(
          R"({{"external_id": "o1", "kind": "sale", "amount": {{"amount": 20000, "currency": "USD"}}, "partner_id": "{}", )"
          R"("occurred_at": "2026-03-05T10:00:00Z"}})",
          partner.str()));
  ASSERT_EQ(made.status, 201) << made.body;
  std::vector<http::Request> requests;
  for (int i = 0; i < 40; ++i)
    requests.push_back(test::TestApp::request(
        Method::post, "/api/conversions/" + member(made.body, "id") + "/reversals",
        fmt::format(
            R"({{"external_id": "r{}", "kind": "refund", "amount": {{"amount": 1333, "currency": "USD"}}, )"
            R"("occurred_at": "2026-03-06T10:00:00Z"}})",
            i),
        {{"content-type", "application/json"},
         {"authorization", "Bearer " + key},
         {"idempotency-key", fmt::format("k{}", i)}}));
  int refused = 0;
  for (const auto& answer : s.storm(requests)) {
    EXPECT_TRUE(answer.status == 201 || answer.code() == "refund_exceeds") << answer.status << answer.body;
    refused += answer.status == 422;
  }
  EXPECT_EQ(refused, 24) << "15 whole ones, one that is cut to 5, then nothing is left";
  EXPECT_EQ(s.cell("select sum(amount) from app.reversals where organization_id = $1"), "20000");
  EXPECT_EQ(s.totals(), "1000 -1000");
  EXPECT_EQ(s.differences(), "");
}

// ------------------------------------------------------------------ random histories

struct Sale {
  std::string id;
  std::int64_t amount;
  std::size_t partner;
};

struct Histories : testing::Test {
  test::Story s;
  test::Story::Source billing = s.billing();
  std::mt19937_64 random{};
  std::vector<PartnerId> partners;
  std::vector<std::string> who;
  std::vector<std::pair<std::string, std::string>> events;  // event id, body

  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  }
  void add(std::string body) {
    const std::string id = "evt_" + std::to_string(events.size());
    events.emplace_back(id, body);
    if (below(4) == 0) events.emplace_back(id, body);                   // delivered twice
    if (below(8) == 0) events.emplace_back(id + "b", std::move(body));  // told twice under two names
  }
  std::string at() {
    return fmt::format("2026-{:02}-{:02}T{:02}:00:00Z", 1 + below(6), 1 + below(28), below(24));
  }

  void make_partners() {
    for (const int rate : {50'000, 123'456, 300'000, 7}) {
      const auto partner = s.partner();
      auto term = test::FeatureFixture::percentage(RatePpm{rate});
      if (rate == 300'000) {
        term.currency = Currency::parse("USD").value();
        term.cap_per_conversion = 5'000;
        term.cap_per_month = 20'000;
      }
      s.deal(partner, std::vector{term});
      partners.push_back(partner);
      who.push_back(fmt::format(R"("link_code": "{}")", s.link(partner).code.str()));
    }
  }
  void make_history(int number) {
    const auto p = static_cast<std::size_t>(below(static_cast<std::int64_t>(partners.size())));
    const std::string id = fmt::format("inv_{}", number);
    const std::int64_t amount = below(5) == 0 ? 1 + below(9) : 1 + below(99'999);
    add(sale_event(id, amount, who[p], "USD", below(2) == 0 ? "sale.created" : "subscription.paid", at()));
    std::int64_t total = 0;
    const bool is_cumulative = below(2) == 0;
    for (std::int64_t i = below(4); i > 0; --i) {
      const std::int64_t part = 1 + below(amount);
      total += part;
      add(refund_event(fmt::format("ref_{}_{}", number, i), id, is_cumulative ? total : part, is_cumulative,
                       "USD", at()));
    }
    if (below(6) == 0) {
      const auto dispute = [&](std::string_view what) {
        add(fmt::format(
            R"({{"type": "dispute.{}", "occurred_at": "{}", "data": {{"external_id": "dp_{}", "conversion": "{}"}}}})",
            what, at(), number, id));
      };
      dispute("opened");
      if (below(3) != 0) dispute(below(2) == 0 ? "won" : "lost");
    }
    if (below(10) == 0)
      add(fmt::format(
          R"({{"type": "credit_note.created", "occurred_at": "{}", "data": {{"external_id": "cn_{}", )"
          R"("amount": {{"amount": {}, "currency": "USD"}}, {}}}}})",
          at(), number, 1 + below(5'000), who[p]));
  }
  void expect_sound() {
    EXPECT_EQ(s.differences(), "");
    EXPECT_EQ(
        s.cell(
            "select string_agg(distinct state || coalesce(' ' || error, ''), ', ') from app.inbound_events "
            "where organization_id = $1 and (state <> 'processed')"),
        "");
    EXPECT_EQ(
        s.cell("select count(*) from app.reversals r join app.conversions c on c.organization_id = $1 and "
               "c.id = r.conversion_id where r.organization_id = $1 group by c.id "
               "having sum(r.exact_amount) > max(c.exact_amount) limit 1"),
        "");
    // What is held for a partner less what it owes back is the sum of its earnings.
    EXPECT_EQ(
        s.cell(
            "select count(*) from (select e.partner_id, sum(e.amount) as sum from app.earnings e where "
            "e.organization_id = $1 group by e.partner_id) e join (select a.partner_id, sum(case when a.code like "
            "'liab.%' then a.balance else -a.balance end) as owed from app.accounts a where a.organization_id = $1 "
            "and a.partner_id is not null group by a.partner_id) a on a.partner_id = e.partner_id "
            "where a.owed <> e.sum"),
        "0");
    for (const auto* group : {"partner", "month", "link", "currency"}) {
      const auto report = s.app.get(fmt::format("/api/analytics/earnings?group_by={}", group));
      EXPECT_EQ(
          fmt::format("{} {}", sum_of(report.body, R"("earned":)"), sum_of(report.body, R"("taken_back":)")),
          s.totals())
          << group;
    }
    for (const auto& partner : partners)
      EXPECT_NE(s.app.get("/api/partners/" + partner.str() + "/statement").body.find(R"("sum":0)"),
                std::string::npos);
  }
  static std::int64_t sum_of(const std::string& body, std::string_view name) {
    std::int64_t sum = 0;
    for (auto at = body.find(name); at != std::string::npos; at = body.find(name, at + 1))
      sum += std::stoll(body.substr(at + name.size(), 20));
    return sum;
  }
};

TEST_F(Histories, InAnyOrderLeaveABalancedLedger) {
  const char* given = std::getenv("TANDEM_SEED");
  const auto seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  SCOPED_TRACE(fmt::format("TANDEM_SEED={}", seed));
  fmt::print("seed {}\n", seed);
  random.seed(seed);
  make_partners();
  for (int i = 0; i < 300; ++i) make_history(i);
  std::ranges::shuffle(events, random);
  for (std::size_t begin = 0; begin < events.size(); begin += 150) {
    std::vector<http::Request> requests;
    for (std::size_t i = begin; i < std::min(begin + 150, events.size()); ++i)
      requests.push_back(
          test::TestApp::request(Method::post, billing.path, events[i].second,
                                 test::Story::signed_as_ours(billing, events[i].first, events[i].second)));
    for (const auto& answer : s.storm(requests, 2)) ASSERT_EQ(answer.status, 200) << answer.body;
    s.work_later();
  }
  for (int i = 0; i < 3; ++i) s.work_later();
  expect_sound();
  EXPECT_NE(s.totals(), "0 0");
}

}  // namespace
}  // namespace tandem
