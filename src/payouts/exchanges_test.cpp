#include "payouts/exchanges.hpp"

#include <gtest/gtest.h>

#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct PayoutExchanges : testing::Test {
  test::PayoutStory s;

  /// The rates of today in the organization's zone; the whole installation's, so every test says the same.
  void SetUp() override {
    s.database.admin().exec(
        "insert into app.exchange_rates (id, source, base, quote, rate, effective_on, revision, is_suspect, fetched_at, payload_sha256) "
        "select gen_random_uuid(), r.source, r.base, r.quote, r.rate, current_date - 1, 1, false, now(), '\\x00' "
        "from (values ('cbu', 'USD', 'UZS', 11794.88), ('ecb', 'EUR', 'USD', 1.1729), ('ecb', 'EUR', 'JPY', 130.55)) "
        "as r(source, base, quote, rate) on conflict do nothing");
  }
  PartnerId payee(std::int64_t cents, const std::string& currency, const std::string& more = {}) {
    const auto id = s.earner(cents);
    const auto made = s.app.post(
        "/api/partners/" + id.str() + "/payout-methods",
        fmt::format(
            R"({{"rail":"bank","currency":"{}","holder_name":"Partner","account":"20208000900123456789",)"
            R"("bank_code":"00014","country":"UZ","takes_others":true{}}})",
            currency, more));
    EXPECT_EQ(made.status, 201) << made.body;
    s.cool_down(id);
    return id;
  }
  std::string payout(PartnerId partner) { return s.app.get("/api/payouts/" + s.payout_of(partner)).body; }
  std::string standing(std::string_view account, std::string_view currency) {
    return s
        .peek(
            "select coalesce(sum(case when t.debit_id = a.id then t.amount else -t.amount end), 0)::text "
            "from app.accounts a join app.transfers t on t.organization_id = $1 and a.id in (t.debit_id, "
            "t.credit_id) where a.organization_id = $1 and a.code = $2 and a.currency = $3",
            {s.organization_id.str(), std::string(account), std::string(currency)})
        .value();
  }
  void pay(PartnerId partner) {
    const auto paid =
        s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B-1"})");
    EXPECT_EQ(member(paid.body, "state"), "paid") << paid.body;
  }
};

TEST_F(PayoutExchanges, PayPalIsNotGivenAPartOfAForint) {
  // 351.87 / 1.1729 is 300 forints for a dollar; 36 / 1.1729 is not a whole number of Taiwan dollars.
  s.database.admin().exec(
      "insert into app.exchange_rates (id, source, base, quote, rate, effective_on, revision, is_suspect, fetched_at, "
      "payload_sha256) select gen_random_uuid(), 'ecb', 'EUR', r.quote, r.rate, current_date - 1, 1, false, now(), '\\x00' "
      "from (values ('HUF', 351.87), ('TWD', 36)) as r(quote, rate) on conflict do nothing");
  const auto reason = [&](std::string_view currency) {
    const auto id = s.earner(10'000);
    const auto made = s.app.post(
        "/api/partners/" + id.str() + "/payout-methods",
        fmt::format(R"({{"rail":"paypal","currency":"{}","holder_name":"P","account":"p@example.com",)"
                    R"("takes_others":true}})",
                    currency));
    EXPECT_EQ(made.status, 201) << made.body;
    s.cool_down(id);
    const auto run = s.as(s.anna).post("/api/payout-runs", s.request({id}));
    return member(s.app.get("/api/payout-candidates?currency=USD&partner_id=" + id.str()).body, "reason") +
           " " + std::to_string(run.status);
  };
  EXPECT_EQ(reason("HUF"), " 201");
  EXPECT_EQ(reason("TWD"), "not_whole 409");
}

TEST_F(PayoutExchanges, WhatIsSentStandsOnThePayoutWithItsRate) {
  const auto partner = payee(10'000, "UZS");
  const auto candidate = s.app.get("/api/payout-candidates?currency=USD&partner_id=" + partner.str()).body;
  EXPECT_NE(candidate.find(R"("reason":null)"), std::string::npos) << candidate;
  EXPECT_NE(candidate.find(R"("payout_currency":"UZS")"), std::string::npos) << candidate;
  const auto run = s.sent({partner});
  const auto body = payout(partner);
  EXPECT_NE(body.find(R"("amount":10000,"currency":"USD")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("sent_amount":117948800,"sent_currency":"UZS")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("source": "cbu")"), std::string::npos) << body;
  EXPECT_EQ(standing("fx.clearing", "UZS"), "0") << "nothing is exchanged before it is paid";
  const auto csv = s.as(s.anna).get(run + "/bank.csv").body;
  EXPECT_NE(csv.find(R"("1179488.00","UZS")"), std::string::npos) << csv;
  const auto paper =
      test::pdf_text(s.app.get("/api/payouts/" + s.payout_of(partner) + "/statement.pdf").body);
  EXPECT_NE(paper.find("1 USD = 11,794.88 UZS (CBU"), std::string::npos) << paper;
  EXPECT_NE(paper.find("1,179,488.00"), std::string::npos) << paper;
  const auto why = s.app.get("/api/explain/payout/" + s.payout_of(partner)).body;
  EXPECT_NE(why.find("Sent as 1,179,488.00\u00A0UZS: 1 USD = 11,794.88 UZS (CBU"), std::string::npos) << why;

  pay(partner);
  EXPECT_EQ(standing("fx.clearing", "USD"), "-10000");
  EXPECT_EQ(standing("fx.clearing", "UZS"), "117948800");
  EXPECT_EQ(standing("asset.bank", "USD"), "0");
  EXPECT_EQ(standing("asset.bank", "UZS"), "-117948800");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutExchanges, AreClosedAtTheBankWithTheDifference) {
  const auto partner = payee(10'000, "UZS");
  s.sent({partner});
  const std::string path = "/api/payouts/" + s.payout_of(partner) + "/exchange-closing";
  const auto charged = [&](std::string_view amount, std::string_view currency) {
    return fmt::format(R"({{"charged":{{"amount":{},"currency":"{}"}}}})", amount, currency);
  };
  EXPECT_EQ(s.as(s.boris).post(path, charged("10010", "USD")).code(), "state") << "it is not paid yet";
  pay(partner);
  test::expect_refused(s.app,
                       {{Method::post, path, charged("10010", "UZS"), 422, "invalid", "/charged/currency"},
                        {Method::post, path, charged("-1", "USD"), 422, "invalid", "/charged/amount"}});
  const auto closed = s.app.post(path, charged("10010", "USD"));
  EXPECT_EQ(closed.status, 200) << closed.body;
  EXPECT_NE(closed.body.find(R"("charged":10010)"), std::string::npos) << closed.body;
  EXPECT_EQ(s.app.post(path, charged("10010", "USD")).code(), "state");
  for (const auto* currency : {"USD", "UZS"}) EXPECT_EQ(standing("fx.clearing", currency), "0") << currency;
  EXPECT_EQ(standing("fx.gain_loss", "USD"), "10") << "a loss is a debit";
  EXPECT_EQ(standing("asset.bank", "USD"), "-10010") << "what the bank took";
  EXPECT_EQ(standing("asset.bank", "UZS"), "0") << "bought and sent";
  EXPECT_EQ(s.differences(), "");
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/return", R"({"reason":"Closed"})");
  EXPECT_EQ(standing("asset.bank", "UZS"), "117948800") << "the som are there, the dollars are due again";
  EXPECT_EQ(s.balance("liab.commission_payable", partner), 10'000);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutExchanges, ThatComeBackLeaveNothing) {
  const auto partner = payee(12'345, "JPY");
  s.sent({partner});
  EXPECT_NE(payout(partner).find(R"("sent_amount":13741,"sent_currency":"JPY")"), std::string::npos)
      << payout(partner);  // 123.45 / 1.1729 × 130.55
  pay(partner);
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/return", R"({"reason":"Closed"})");
  for (const auto* currency : {"USD", "JPY"}) {
    EXPECT_EQ(standing("fx.clearing", currency), "0") << currency;
    EXPECT_EQ(standing("asset.bank", currency), "0") << currency;
  }
  EXPECT_EQ(s.states(partner), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutExchanges, AreNotMadeWithoutARateOrAMethodThatTakesThem) {
  const auto unknown = payee(10'000, "KES"), little = payee(1, "EUR");
  const auto own = payee(10'000, "UZS");
  s.method(own);  // in dollars: what has a method of its own is not converted
  s.cool_down(own);
  const auto without = s.earner(10'000);
  s.app.post("/api/partners/" + without.str() + "/payout-methods",
             R"({"rail":"bank","currency":"EUR","holder_name":"P","account":"1234567890"})");
  const auto reason = [&](PartnerId id) {
    return member(s.app.get("/api/payout-candidates?currency=USD&partner_id=" + id.str()).body, "reason");
  };
  EXPECT_EQ(reason(unknown), "not_convertible");
  EXPECT_EQ(
      test::items(
          s.app.get("/api/payout-candidates?currency=USD&payable=true&partner_id=" + unknown.str()).body),
      0);
  EXPECT_EQ(reason(without), "no_method");
  EXPECT_EQ(s.as(s.anna).post("/api/payout-runs", s.request({unknown, without})).code(), "nothing_payable");
  s.draft({own, little});
  EXPECT_NE(payout(own).find(R"("sent_amount":null)"), std::string::npos) << payout(own);
  EXPECT_NE(payout(little).find(R"("sent_amount":1,)"), std::string::npos) << payout(little);
}

TEST_F(PayoutExchanges, OneMethodTakesOthersAndAnOldRateIsRenewed) {
  const auto partner = payee(10'000, "UZS");
  const std::string made =
      s.app
          .post("/api/partners/" + partner.str() + "/payout-methods",
                R"({"rail":"bank","currency":"EUR","holder_name":"P","account":"1234567890",)"
                R"("takes_others":true})")
          .body;
  EXPECT_NE(made.find(R"("takes_others":true)"), std::string::npos) << made;
  EXPECT_EQ(
      s.cell(
          "select string_agg(currency, ' ') from app.payout_methods where organization_id = $1 and state = "
          "'active' and takes_others"),
      "EUR");
  const auto other = payee(10'000, "UZS");
  const std::string path = "/api/payout-runs/" + member(s.draft({other}).body, "id");
  s.database.admin().exec(
      "update app.payouts set exchange = jsonb_set(exchange, '{on}', to_jsonb((current_date - 20)::text)) where id = '" +
      s.payout_of(other) + "'");
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").code(), "draft_stale");
  EXPECT_EQ(s.as(s.anna).post(path + "/refresh").status, 200);
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").status, 200);
}

}  // namespace
}  // namespace tandem::payouts
