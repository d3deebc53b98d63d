// Earnings and their postings, in the transaction of what they are of.
#include "earnings/record.hpp"

#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using http::Method;
using test::member;
using test::sale_event;

struct Record : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();

  static partners::TermInput percent(std::int64_t ppm) {
    return test::FeatureFixture::percentage(RatePpm{ppm});
  }
  std::string body(std::string_view id, std::int64_t amount, std::string_view at = "2026-03-05T10:00:00Z",
                   std::string_view more = "") {
    return fmt::format(
        R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": {}, "currency": "USD"}}, )"
        R"("partner_id": "{}", "occurred_at": "{}"{}}})",
        id, amount, partner.str(), at, more);
  }
  std::string sale(std::string_view id, std::int64_t amount, std::string_view at = "2026-03-05T10:00:00Z",
                   std::string_view more = "") {
    const auto made = s.app.post("/api/conversions", body(id, amount, at, more));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  std::string earnings() {
    return s.cell(
        "select coalesce(string_agg(state || ' ' || amount || ' ' || currency, ', ' order by id), '') "
        "from app.earnings where organization_id = $1");
  }
  std::string balances() {
    return s.cell(
        "select coalesce(string_agg(code || ' ' || balance, ', ' order by code), '') from app.accounts "
        "where organization_id = $1 and partner_id is not null and balance <> 0");
  }
};

TEST_F(Record, AnEarningCarriesItsReasons) {
  auto term = percent(50'000);
  term.hold_days = 14;
  s.deal(partner, std::vector{term});
  sale("o1", 12'345);
  EXPECT_EQ(earnings(), "pending 617 USD") << "617.25";
  EXPECT_EQ(balances(), "liab.commission_held 617");
  EXPECT_EQ(
      s.cell(
          "select rate_ppm || ' ' || exact_base::numeric(10,2) || ' ' || (hold_until - occurred_at) from app.earnings "
          "where organization_id = $1"),
      "50000 123.45 14 days");
  const auto shown =
      s.app.get("/api/earnings/" + s.cell("select id::text from app.earnings where organization_id = $1"));
  EXPECT_NE(shown.body.find(R"(5 % of 123.45)"), std::string::npos) << shown.body;
  EXPECT_EQ(
      s.cell("select kind || ' ' || idem_key from app.postings where organization_id = $1"),
      "commission.earned earning:" + s.cell("select id::text from app.earnings where organization_id = $1"));
}

TEST_F(Record, WithoutADealNobodyEarns) {
  sale("o1", 12'345);
  EXPECT_EQ(earnings(), "");
  EXPECT_EQ(balances(), "");
}

TEST_F(Record, OnlyTermsOfThatInstantCount) {
  partners::CreateDeal request;
  request.name = Text<1, 200>::parse("Later").value();
  request.valid_from = Timestamp::parse("2026-03-05T10:00:00Z");
  request.terms = {percent(50'000)};
  s.tx(db::Role::write, [&](db::Tx& t) -> Task<> {
    const auto made = co_await partners::create_deal(t, partner, request);
    co_await partners::activate_deal(t, made.id);
  });
  sale("before", 10'000, "2026-03-05T09:59:59.999999Z");
  EXPECT_EQ(earnings(), "");
  sale("at", 10'000);
  EXPECT_EQ(earnings(), "pending 500 USD");
}

TEST_F(Record, EveryTermEarns) {
  auto fixed = percent(0);
  fixed.method = partners::Method::fixed;
  fixed.rate_ppm.reset();
  fixed.amount = 150;
  fixed.currency = Currency::parse("USD").value();
  auto net = percent(100'000);
  net.base = partners::Base::net_of_tax;
  s.deal(partner, std::vector{net, fixed});
  const auto id =
      sale("o1", 12'000, "2026-03-05T10:00:00Z", R"(, "tax": {"amount": 2000, "currency": "USD"})");
  EXPECT_EQ(s.totals(), "1150 0");
  const auto back =
      s.app.post("/api/conversions/" + id + "/reversals",
                 R"({"external_id": "r", "kind": "refund", "amount": {"amount": 6000, "currency": "USD"},
                                   "occurred_at": "2026-03-06T10:00:00Z"})");
  ASSERT_EQ(back.status, 201) << back.body;
  EXPECT_EQ(s.totals(), "1150 -575") << "each term's earning is taken back in proportion";
  EXPECT_EQ(balances(), "liab.commission_held 575");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Record, TheMonthsCapHoldsUnderParallelConversions) {
  auto term = percent(100'000);
  term.cap_per_month = 1'000;
  term.currency = Currency::parse("USD").value();
  s.deal(partner, std::vector{term});
  const auto key = "Bearer " + s.staff_key();
  std::vector<http::Request> requests;
  for (int i = 0; i < 24; ++i)
    requests.push_back(test::TestApp::request(Method::post, "/api/conversions",
                                              body(fmt::format("o{}", i), 3'000),
                                              {{"content-type", "application/json"},
                                               {"authorization", key},
                                               {"idempotency-key", fmt::format("k{}", i)}}));
  for (const auto& answer : s.storm(requests)) EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(s.totals(), "1000 0") << "three of 300, one of 100, then nothing";
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "24");
  sale("april", 3'000, "2026-04-01T00:00:00Z");
  EXPECT_EQ(s.totals(), "1300 0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Record, MonthsAreThoseOfTheOrganization) {
  s.cell(
      "update app.organizations set time_zone = 'America/New_York' where organization_id = $1 returning 1");
  auto term = percent(100'000);
  term.cap_per_month = 500;
  term.currency = Currency::parse("USD").value();
  s.deal(partner, std::vector{term});
  sale("march", 4'000, "2026-04-01T03:59:59Z");  // 23:59:59 of 31 March
  sale("april", 4'000, "2026-04-01T04:00:00Z");
  EXPECT_EQ(s.totals(), "800 0");
  sale("march 2", 4'000, "2026-04-01T03:00:00Z");
  EXPECT_EQ(s.totals(), "900 0");
}

TEST_F(Record, ANewVersionDoesNotBeginTheMonthsCapAgain) {
  auto term = percent(100'000);
  term.cap_per_month = 500;
  term.currency = Currency::parse("USD").value();
  const auto terms = json::print(std::vector{term});
  const auto made =
      s.app.post("/api/partners/" + partner.str() + "/deals",
                 R"({"name": "Capped", "valid_from": "2026-03-01T00:00:00Z", "terms": )" + terms + "}");
  const auto deal = "/api/deals/" + member(made.body, "id");
  s.app.post(deal + "/versions", R"({"valid_from": "2026-03-10T00:00:00Z", "terms": )" + terms + "}");
  ASSERT_EQ(s.app.post(deal + "/activation", "{}").status, 200);
  sale("first", 4'000, "2026-03-02T10:00:00Z");
  sale("second", 4'000, "2026-03-12T10:00:00Z");
  EXPECT_EQ(s.totals(), "500 0") << "100 were left of the month";
  sale("april", 4'000, "2026-04-02T10:00:00Z");
  EXPECT_EQ(s.totals(), "900 0");
}

TEST_F(Record, ACreditNoteWithoutAnInvoiceIsItsOwnNegativeEarning) {
  s.deal(partner, RatePpm{50'000});
  const auto code = s.link(partner).code.str();
  const auto billing = s.billing();
  const auto note = fmt::format(
      R"({{"type": "credit_note.created", "occurred_at": "2026-03-06T10:00:00Z", "data": {{"external_id": )"
      R"("C1", "amount": {{"amount": 2030, "currency": "USD"}}, "link_code": "{}"}}}})",
      code);
  s.deliver(billing, "evt_1", note);
  s.deliver(billing, "evt_2", note);  // once, by its name
  s.work();
  EXPECT_EQ(s.totals(), "0 -102") << "101.5 away from zero";
  EXPECT_EQ(balances(), "asset.clawback_receivable 102");
  EXPECT_EQ(
      s.cell(
          "select (conversion_id is null) || ' ' || (reversal_id is not null) from app.earnings where organization_id = $1"),
      "true true");
  s.deliver(billing, "evt_3", sale_event("S1", 10'000, fmt::format(R"("link_code": "{}")", code)));
  s.work();
  EXPECT_EQ(balances(), "asset.clawback_receivable 102, liab.commission_held 500");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Record, OnePaymentOnlyWhereTheDealPaysTheFirst) {
  auto term = percent(100'000);
  term.duration = partners::Duration::first;
  s.deal(partner, std::vector{term});
  const auto lead =
      s.app.post("/api/leads",
                 fmt::format(R"({{"email": "a@example.test", "external_id": "acct", "partner_code": "{}"}})",
                             s.link(partner).code.str()));
  ASSERT_EQ(lead.status, 201);
  for (const auto* id : {"o1", "o2"}) {
    auto text = body(id, 1'000);
    text.replace(text.find("\"partner_id\""), std::string(R"("partner_id": ")").size() + 37,
                 R"("customer_external_id": "acct")");
    ASSERT_EQ(s.app.post("/api/conversions", text).status, 201) << text;
  }
  EXPECT_EQ(s.totals(), "100 0");
}

TEST_F(Record, AStatementSumsToZero) {
  s.deal(partner, RatePpm{50'000});
  const auto id = sale("o1", 10'000);
  s.app.post(
      "/api/conversions/" + id + "/reversals",
      R"({"external_id": "r", "kind": "refund", "amount": {"amount": 4000, "currency": "USD"}, "occurred_at": "2026-03-06T10:00:00Z"})");
  const auto statement = s.app.get("/api/partners/" + partner.str() + "/statement");
  ASSERT_EQ(statement.status, 200);
  EXPECT_NE(
      statement.body.find(
          R"("account":"liab.commission_held","of_partner":true,"currency":"USD","opening":0,"movement":-300,"closing":-300)"),
      std::string::npos)
      << statement.body;
  EXPECT_NE(
      statement.body.find(
          R"("account":"exp.commission","of_partner":false,"currency":"USD","opening":0,"movement":300,"closing":300)"),
      std::string::npos)
      << statement.body;
  EXPECT_NE(statement.body.find(R"("owed_before":0,"owed_after":300,"sum":0)"), std::string::npos)
      << statement.body;
  // After the period everything stands in the opening.
  const auto later = s.app.get("/api/partners/" + partner.str() + "/statement?from=2100-01-01");
  EXPECT_NE(later.body.find(R"("owed_before":300,"owed_after":300,"sum":0)"), std::string::npos)
      << later.body;
  const auto csv = s.app.get("/api/partners/" + partner.str() + "/statement.csv?from=2026-01-01");
  EXPECT_EQ(csv.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(csv.body,
            "\"account\",\"of_partner\",\"currency\",\"opening\",\"movement\",\"closing\"\r\n"
            "\"liab.commission_held\",\"true\",\"USD\",\"0\",\"-300\",\"-300\"\r\n"
            "\"exp.commission\",\"false\",\"USD\",\"0\",\"300\",\"300\"\r\n");
  EXPECT_EQ(s.app.get("/api/partners/" + partner.str() + "/statement?from=2026-02-30").status, 422);
  EXPECT_EQ(s.app.get("/api/partners/" + partner.str() + "/statement?from=2026-03-02&to=2026-03-01").status,
            422);
  EXPECT_EQ(s.app.get("/api/partners/" + new_uuid().str() + "/statement").status, 404);
  s.app.principal.scope = s.partner(s.partner());
  EXPECT_EQ(s.app.get("/api/partners/" + partner.str() + "/statement").status, 404);
  EXPECT_EQ(s.app.get("/api/partners/" + partner.str() + "/statement.csv").status, 404);
  EXPECT_EQ(s.app.get("/api/partners/" + partner.str() + "/balances").status, 404);
}

}  // namespace
}  // namespace tandem::earnings
