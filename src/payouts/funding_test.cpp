// Payouts that Wise pays from a balance in another currency than it sends: the ledger's bank account loses
// what Wise took, and the rest is exchange.
#include <gtest/gtest.h>

#include "net/client.hpp"
#include "payouts/rails.hpp"
#include "support/payout_emulators.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using test::member;

struct Funding : testing::Test {
  test::PayoutStory s;
  test::WiseEmulator wise{s.io.get_executor()};

  void SetUp() override {
    net::Policy policy;
    policy.allowed = {net::Network::parse("127.0.0.0/8").value()};
    net::set_policy(std::move(policy));
    set_rail_urls({.wise = wise.base_url()});
    s.database.admin().exec(
        "insert into app.exchange_rates (id, source, base, quote, rate, effective_on, revision, is_suspect, fetched_at, "
        "payload_sha256) select gen_random_uuid(), 'ecb', 'EUR', r.quote, r.rate, current_date - 1, 1, false, now(), '\\x00' "
        "from (values ('USD', 1.1729), ('GBP', 0.8)) as r(quote, rate) on conflict do nothing");
  }
  void TearDown() override {
    net::set_policy({});
    set_rail_urls({});
  }
  /// A partner who is owed 100.00 USD and paid by Wise, from a balance in `source`.
  PartnerId payee(const std::string& source, const std::string& currency) {
    const auto set = s.as(s.anna).post(
        "/api/rail-accounts",
        fmt::format(R"({{"rail":"wise","secret":"wise-token","profile":"101","source_currency":"{}"}})",
                    source));
    EXPECT_EQ(set.status, 200) << set.body;
    const auto id = s.earner(10'000);
    const auto made = s.app.post(
        "/api/partners/" + id.str() + "/payout-methods",
        fmt::format(
            R"({{"rail":"wise","currency":"{}","holder_name":"P","account":"FR1420041010050500013M02606",)"
            R"("takes_others":true}})",
            currency));
    EXPECT_EQ(made.status, 201) << made.body;
    s.cool_down(id);
    return id;
  }
  void pay(PartnerId partner) {
    s.sent({partner});
    s.work();
    become("outgoing_payment_sent");
    ASSERT_EQ(s.payout_state(partner), "paid");
  }
  void become(const std::string& status) {
    wise.set_status(wise.transfers.begin()->second.id, status);
    s.work_later();
  }
  /// Debits above credits of an account, by currency: "EUR 1 USD -2"; nothing of what is even.
  std::string standing(const std::string& account) {
    return s
        .peek(
            "select coalesce(string_agg(currency || ' ' || standing, ' ' order by currency), '') from ("
            "select a.currency, sum(case when t.debit_id = a.id then t.amount else -t.amount end) as standing "
            "from app.accounts a join app.transfers t on t.organization_id = $1 and a.id in (t.debit_id, "
            "t.credit_id) where a.organization_id = $1 and a.code = $2 group by a.currency) x where standing <> 0",
            {s.organization_id.str(), account})
        .value();
  }
};

TEST_F(Funding, WhatWasTakenFromAnotherBalanceIsWhatTheBankLost) {
  wise.source_amount = "87.00";
  const auto partner = payee("EUR", "USD");
  pay(partner);
  const auto shown = s.app.get("/api/payouts/" + s.payout_of(partner)).body;
  EXPECT_NE(shown.find(R"("source_amount":8700,"source_currency":"EUR")"), std::string::npos) << shown;
  EXPECT_EQ(standing("asset.bank"), "EUR -8700");
  EXPECT_EQ(standing("fx.clearing"), "EUR 8526 USD -10000") << "100.00 USD at 1.1729 are 85.26 EUR";
  EXPECT_EQ(standing("fx.gain_loss"), "EUR 174");
  EXPECT_EQ(s.differences(), "");
  EXPECT_EQ(s.as(s.boris)
                .post("/api/payouts/" + s.payout_of(partner) + "/exchange-closing",
                      R"({"charged":{"amount":1,"currency":"USD"}})")
                .code(),
            "state");
}

TEST_F(Funding, WhatWasTakenInThePayoutsCurrencyClosesItsExchange) {
  wise.source_amount = "99.00";
  const auto partner = payee("USD", "GBP");
  pay(partner);
  const auto shown = s.app.get("/api/payouts/" + s.payout_of(partner)).body;
  EXPECT_NE(shown.find(R"("sent_amount":6821,"sent_currency":"GBP")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("charged":9900)"), std::string::npos) << shown;
  EXPECT_EQ(standing("asset.bank"), "USD -9900");
  EXPECT_EQ(standing("fx.clearing"), "");
  EXPECT_EQ(standing("fx.gain_loss"), "USD -100") << "a gain";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Funding, WhatComesBackLeavesNothing) {
  const auto partner = payee("EUR", "GBP");
  pay(partner);
  EXPECT_EQ(standing("asset.bank"), "EUR -11103");
  EXPECT_EQ(standing("fx.clearing"), "EUR 8526 USD -10000");
  EXPECT_EQ(s.differences(), "");
  const auto marked =
      s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/return", R"({"reason":"bounced"})");
  EXPECT_EQ(member(marked.body, "state"), "returned");
  for (const auto* account : {"asset.bank", "fx.clearing", "fx.gain_loss"})
    EXPECT_EQ(standing(account), "") << account;
  EXPECT_EQ(s.states(partner), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Funding, AQuoteThatCannotBeReadIsAskedForAgain) {
  wise.source_amount = "none";
  const auto partner = payee("EUR", "USD");
  s.sent({partner});
  s.work();
  become("outgoing_payment_sent");
  EXPECT_EQ(s.payout_state(partner), "submitted");
  wise.source_amount = "87.00";
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(standing("asset.bank"), "EUR -8700");
}

}  // namespace
}  // namespace tandem::payouts
