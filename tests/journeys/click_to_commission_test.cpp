// The story of the product: a click, a lead, a signed sale, a commission, a partial refund, the rest; then
// every invariant.
#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using http::Method;
using test::member;
using test::refund_event;
using test::sale_event;

std::string click_of(const test::Answer& redirect) {
  const std::string location = redirect.header("Location");
  const auto at = location.find("tdm_click=");
  return at == std::string::npos ? std::string() : location.substr(at + 10);
}

struct ClickToCommission : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = s.deal(partner, RatePpm{100'000});  // 10 %
  attribution::Link link = s.link(partner);
  test::Story::Source billing = s.billing();

  void expect_statement(std::int64_t owed) {
    const auto statement = s.app.get("/api/partners/" + partner.str() + "/statement");
    EXPECT_NE(statement.body.find(fmt::format(R"("owed_after":{},"sum":0)", owed)), std::string::npos)
        << statement.body;
  }
  void expect_report(std::string_view figures) {
    const auto report = s.app.get("/api/analytics/earnings?group_by=partner");
    EXPECT_NE(report.body.find(figures), std::string::npos) << report.body;
  }
};

TEST_F(ClickToCommission, ToThePenny) {
  const auto arrived = s.outside.get("/r/" + link.code.str());
  ASSERT_EQ(arrived.status, 302);
  const auto lead = s.app.post(
      "/api/leads",
      fmt::format(R"({{"email": "buyer@example.test", "external_id": "acct_1", "click_id": "{}"}})",
                  click_of(arrived)));
  ASSERT_EQ(lead.status, 201) << lead.body;

  EXPECT_EQ(
      s.deliver(billing, "evt_1", sale_event("inv_1", 9'995, R"("customer": {"external_id": "acct_1"})"))
          .status,
      200);
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "0")
      << "answered before it is applied";
  EXPECT_EQ(s.work(), 1);
  EXPECT_EQ(s.totals(), "1000 0") << "999.5 is rounded away from zero";
  EXPECT_EQ(s.cell("select state from app.leads where organization_id = $1"), "converted");
  EXPECT_EQ(
      s.cell(
          "select partner_id::text || ' ' || (link_id is not null) from app.earnings where organization_id = $1"),
      partner.str() + " true");
  expect_statement(1000);

  // Three refunds; each takes fee(left before) − fee(left after) of 1000.
  for (int i = 1; i <= 2; ++i) {
    s.deliver(billing, fmt::format("evt_r{}", i), refund_event(fmt::format("ref_{}", i), "inv_1", 3'333));
    s.work();
    EXPECT_EQ(s.differences(), "");
  }
  EXPECT_EQ(s.totals(), "1000 -667") << "left 6662: 667; left 3329: 333";
  expect_statement(333);
  expect_report(R"("earned":1000,"taken_back":-667,"net":333)");
  s.deliver(billing, "evt_r3", refund_event("ref_3", "inv_1", 999'999));
  s.work();
  EXPECT_EQ(s.totals(), "1000 -1000") << "cut to what is left, and exactly the whole fee";
  EXPECT_EQ(s.cell("select sum(exact_amount)::numeric(20,2) from app.reversals where organization_id = $1"),
            "99.95");
  expect_statement(0);
  expect_report(R"("earned":1000,"taken_back":-1000,"net":0)");
  EXPECT_EQ(s.cell("select string_agg(distinct state, ',') from app.earnings where organization_id = $1"),
            "cancelled")
      << "what is taken back wholly never becomes payable, nor do the parts that were taken back before";
  EXPECT_EQ(s.deliver(billing, "evt_r4", refund_event("ref_4", "inv_1", 1)).status, 200);
  s.work();
  EXPECT_EQ(s.totals(), "1000 -1000") << "nothing is left";
  EXPECT_EQ(s.differences(), "");
  EXPECT_EQ(
      s.cell("select string_agg(distinct state, ',') from app.inbound_events where organization_id = $1"),
      "processed");
}

TEST_F(ClickToCommission, ADisputeHoldsAndIsWonOrLost) {
  const auto who = fmt::format(R"("link_code": "{}")", link.code.str());
  const auto dispute = [&](std::string_view what, std::string_view of) {
    const auto body = fmt::format(R"({{"type": "dispute.{}", "occurred_at": "2026-03-07T10:00:00Z", "data": )"
                                  R"({{"external_id": "dp_{}", "conversion": "{}"}}}})",
                                  what, of, of);
    EXPECT_EQ(s.deliver(billing, fmt::format("evt_{}_{}", what, of), body).status, 200);
    s.work();
  };
  const auto states = [&] {
    return s.cell(
        "select string_agg(state || ' ' || amount, ', ' order by id) from app.earnings where organization_id = $1");
  };
  s.deliver(billing, "evt_a", sale_event("a", 1'000, who));
  s.work();
  dispute("opened", "a");
  EXPECT_EQ(states(), "held 100");
  dispute("won", "a");
  EXPECT_EQ(states(), "pending 100");
  s.deliver(billing, "evt_b", sale_event("b", 2'000, who));
  s.work();
  dispute("lost", "b");  // its opening comes late
  dispute("opened", "b");
  EXPECT_EQ(states(), "pending 100, cancelled 200, cancelled -200");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(ClickToCommission, WhatComesTooEarlyWaits) {
  s.deliver(billing, "evt_refund", refund_event("ref_1", "inv_1", 500));
  s.deliver(billing, "evt_sale", sale_event("inv_1", 1'000, R"("customer": {"email": "Late@Example.test"})"));
  s.work();
  EXPECT_EQ(s.totals(), "0 0");
  for (int i = 0; i < 15; ++i) s.work_later();  // waits for days, not for ten attempts
  EXPECT_EQ(
      s.cell(
          "select string_agg(distinct state || ' ' || error, ', ') from app.inbound_events where organization_id = $1"),
      "received no lead matches it yet, received the payment it names is not known yet");
  EXPECT_EQ(s.app
                .post("/api/leads", fmt::format(R"({{"email": "late@example.test", "partner_code": "{}"}})",
                                                link.code.str()))
                .status,
            201);
  s.work_later();
  s.work_later();
  EXPECT_EQ(s.totals(), "100 -50");
  EXPECT_EQ(
      s.cell("select string_agg(distinct state, ',') from app.inbound_events where organization_id = $1"),
      "processed");
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem
