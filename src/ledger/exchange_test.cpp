#include "ledger/exchange.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/clock.hpp"
#include "identity/ids.hpp"
#include "jobs/worker.hpp"
#include "ledger/api.hpp"
#include "ledger/module.hpp"
#include "net/client.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"
#include "support/rates_emulator.hpp"
#include "support/shared_data.hpp"

namespace tandem::ledger {
namespace {

using db::Role;
using http::Method;

Currency currency(std::string_view code) { return Currency::parse(code).value(); }
Day day(std::string_view text) { return Day::parse(text).value(); }
std::string file(std::string_view name) {
  std::ifstream in(fmt::format("{}/tests/data/fx/{}", TANDEM_SOURCE_DIR, name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Exchange rates are the whole installation's, so these tests agree on what each bank says: days of the
/// files for ECB and NBU, days of the future for what is fetched.
struct Exchanges : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare_rates};
  std::int64_t bring(std::string_view text, BroughtBy by = BroughtBy::person) {
    const auto read = read_rates(text);
    EXPECT_TRUE(read) << (read ? "" : read.error());
    return f.run(store_rates(f.pool, *read, text, by));
  }
  std::string converted(std::int64_t amount, std::string_view from, std::string_view to,
                        std::string_view on) {
    return f.tx(Role::read, [&](db::Tx& tx) -> Task<std::string> {
      try {
        const auto exchange = co_await exchange_at(tx, currency(from), currency(to), day(on));
        const auto out = convert({amount, currency(from)}, exchange);
        co_return out ? to_text(*out) : "too much";
      } catch (const Problem& problem) {
        co_return std::string(problem.kind().code);
      }
    });
  }
};

TEST_F(Exchanges, TheDaysOfTheFiles) {
  bring(file("ecb.csv"));
  bring(file("nbu.csv"));
  // Friday's rate on Saturday and Sunday: 1.1729 USD for one euro.
  EXPECT_EQ(converted(100'00, "USD", "EUR", "2017-07-28"), "85.26 EUR");
  EXPECT_EQ(converted(100'00, "USD", "EUR", "2017-07-29"), "85.26 EUR");
  EXPECT_EQ(converted(100'00, "USD", "EUR", "2017-07-30"), "85.26 EUR");
  EXPECT_EQ(converted(85'26, "EUR", "USD", "2017-07-29"), "100.00 USD");
  EXPECT_EQ(converted(14'25, "USD", "UZS", "2018-06-01"), "113731.41 UZS");
  // 130.37 / 1.1729 yen for a dollar; a yen has no minor digits.
  EXPECT_EQ(converted(100'00, "USD", "JPY", "2017-07-28"), "11115 JPY");
  EXPECT_EQ(converted(11'115, "JPY", "USD", "2017-07-28"), "100.00 USD");
  EXPECT_EQ(converted(-100'00, "USD", "EUR", "2017-07-29"), "-85.26 EUR");
  EXPECT_EQ(converted(5'00, "USD", "USD", "1999-01-01"), "5.00 USD");
  // The yen in dollars by one bank, the dollars in som by the other: neither knows both.
  EXPECT_EQ(converted(1'000, "JPY", "UZS", "2018-06-01"), "72907.52 UZS");
}

TEST_F(Exchanges, ADayWithoutARateUsesTheLastBeforeForTenDays) {
  bring(file("ecb.csv"));
  EXPECT_EQ(converted(100, "USD", "EUR", "2017-08-12").substr(0, 2), "0.") << "rates end on 2 August";
  EXPECT_EQ(converted(100, "USD", "EUR", "2017-08-13"), "no_rate");
  EXPECT_EQ(converted(100, "USD", "EUR", "1998-12-31"), "no_rate");
  EXPECT_EQ(converted(100, "EUR", "RUB", "2022-03-01"), "117.20 RUB");
  EXPECT_EQ(converted(100, "EUR", "RUB", "2022-03-02"), "no_rate") << "the bank no longer quotes the rouble";
  EXPECT_EQ(converted(100, "EUR", "KWD", "2022-03-01"), "no_rate");
  EXPECT_EQ(converted(1'000'000'000, "USD", "KRW", "2017-07-28"), "11233864780 KRW");
  EXPECT_EQ(converted(kMaxAmount, "EUR", "IDR", "2017-07-28"), "too much");
}

TEST_F(Exchanges, TheWholeFilesAgree) {
  TANDEM_SHARED_FILE(ecb, "data/fx/ecb_reference_1999-01-04_2023-12-29.csv.gz");
  const auto read = read_rates(ecb);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source, RateSource::ecb);
  EXPECT_GT(read->rates.size(), 150'000U);
  EXPECT_GT(read->unknown, 10'000) << "currencies that the euro replaced";
  EXPECT_EQ(read->rates.front().effective_on, day("1999-01-04"));
  EXPECT_EQ(read->rates.front().rate, Decimal::parse("1.1789").value());
}

TEST(Exchange, RoundsHalfAwayFromZeroOnceAtTheEnd) {
  const auto at = [](std::string_view rate, RateUse use, std::string_view from, std::string_view to) {
    return along(currency(from), currency(to), day("2026-03-10"),
                 {{ExchangeRateId{}, use, RateSource::cbu, currency("USD"), currency("UZS"),
                   Decimal::parse(rate).value(), day("2026-03-10"), Timestamp{}}});
  };
  const auto text = [](std::int64_t amount, const Exchange& exchange) {
    return to_text(convert({amount, exchange.from}, exchange).value());
  };
  const auto som = at("11794.88", RateUse::multiply, "USD", "UZS");
  EXPECT_EQ(text(75, som), "8846.16 UZS");
  EXPECT_EQ(text(1425, som), "168077.04 UZS");
  EXPECT_EQ(text(1, at("0.5", RateUse::multiply, "USD", "UZS")), "0.01 UZS");
  EXPECT_EQ(text(-1, at("0.5", RateUse::multiply, "USD", "UZS")), "-0.01 UZS");
  EXPECT_EQ(text(1, at("2.000000000001", RateUse::divide, "UZS", "USD")), "0.00 USD");
  EXPECT_EQ(text(3, at("2", RateUse::divide, "UZS", "USD")), "0.02 USD");
  EXPECT_EQ(text(1000, at("1", RateUse::multiply, "USD", "KWD")), "10.000 KWD");
  EXPECT_EQ(text(15, at("1", RateUse::multiply, "KWD", "USD")), "0.02 USD");
  EXPECT_FALSE(convert({1, currency("EUR")}, som)) << "another currency";
}

TEST(Exchange, LongRatesKeepSeventeenDigits) {
  RateStep step{ExchangeRateId{},  RateUse::multiply, RateSource::cbu,
                currency("USD"),   currency("UZS"),   Decimal::parse("11794.880000000001").value(),
                day("2026-03-10"), Timestamp{}};
  RateStep back = step;
  back.use = RateUse::divide;
  const auto exchange = along(currency("USD"), currency("USD"), day("2026-03-10"), {step, step, back, back});
  EXPECT_EQ(convert({kMaxAmount, currency("USD")}, exchange)->amount, kMaxAmount);
}

TEST(RateFiles, ReadsEachBanksForms) {
  const auto xml = read_rates(
      "<?xml version=\"1.0\"?>\n<gesmes:Envelope><Cube>\n<Cube time='2026-03-10'>"
      "<Cube currency='USD' rate='1.0876'/><Cube currency=\"IDR\" rate=\"17650.50\"/></Cube></Cube></gesmes:Envelope>");
  ASSERT_TRUE(xml) << xml.error();
  ASSERT_EQ(xml->rates.size(), 2U);
  EXPECT_EQ(xml->rates[1].quote, currency("IDR"));
  EXPECT_EQ(xml->rates[1].rate.str(), "17650.5");
  const auto csv = read_rates("Date, USD, JPY, IDR, \n10 March 2026, 1.0876, 162.35, 17650.50, \n");
  ASSERT_TRUE(csv) << csv.error();
  EXPECT_EQ(csv->rates.size(), 3U);
  EXPECT_EQ(csv->rates[0].effective_on, day("2026-03-10"));
  const auto json = read_rates(
      R"( [{"Ccy":"USD","CcyNm_RU":"Доллар","Nominal":"1","Rate":"11794.88","Date":"10.03.2026"},
           {"Ccy":"VND","Nominal":"10","Rate":"4.47","Date":"10.03.2026"}])");
  ASSERT_TRUE(json) << json.error();
  EXPECT_EQ(json->rates[1].rate.str(), "0.447");
  EXPECT_EQ(json->rates[1].base, currency("VND"));
}

TEST(RateFiles, RefusesWhatIsNotWhole) {
  const std::string xml =
      "<gesmes:Envelope><Cube><Cube time='2026-03-10'><Cube currency='USD' rate='{}'/></Cube></Cube></gesmes:Envelope>";
  for (const auto* bad : {"0", "-1.2", "1,2", "1e3", ""})
    EXPECT_FALSE(read_rates(fmt::format(fmt::runtime(xml), bad))) << bad;
  for (const auto* bad :
       {"", "<!DOCTYPE html><html></html>", "<gesmes:Envelope><Cube><Cube time='2026-03-10'>",
        "<gesmes:Envelope><Cube></Cube></gesmes:Envelope>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><gesmes:Envelope><Cube time='2026-03-10'/></gesmes:Envelope>",
        R"([{"Ccy":"USD","Nominal":"1","Rate":"11794.88"}])",
        R"([{"Ccy":"USD","Nominal":"0","Rate":"1","Date":"10.03.2026"}])", R"({"Ccy":"USD"})", "a,b\n1,2\n",
        "Date,USD\n2026-02-30,1\n", "Date,USD\n2026-03-10,x\n"})
    EXPECT_FALSE(read_rates(bad)) << bad;
}

TEST_F(Exchanges, ACorrectionIsAFurtherRevisionAndAJumpWaitsForAPerson) {
  const auto table = [](std::string_view date, std::string_view rate) {
    return fmt::format("Date,CHF\n{},{}\n", date, rate);
  };
  EXPECT_EQ(bring(table("2031-05-05", "0.95"), BroughtBy::machine), 1);
  EXPECT_EQ(bring(table("2031-05-05", "0.95"), BroughtBy::machine), 0) << "known";
  EXPECT_EQ(bring(table("2031-05-05", "0.96"), BroughtBy::machine), 1) << "corrected";
  EXPECT_EQ(converted(100'00, "EUR", "CHF", "2031-05-05"), "96.00 CHF");
  EXPECT_EQ(bring(table("2031-05-06", "9.6"), BroughtBy::machine), 1);
  EXPECT_EQ(converted(100'00, "EUR", "CHF", "2031-05-06"), "96.00 CHF") << "ten times as much is suspect";
  EXPECT_EQ(bring(table("2031-05-06", "9.6"), BroughtBy::machine), 0);
  EXPECT_EQ(bring(table("2031-05-06", "9.6"), BroughtBy::person), 1) << "a person says that it is so";
  EXPECT_EQ(converted(100'00, "EUR", "CHF", "2031-05-06"), "960.00 CHF");
  EXPECT_THROW(f.peek("update app.exchange_rates set rate = 1 where effective_on = '2031-05-06' returning 1"),
               db::DbError);
}

TEST_F(Exchanges, IsShownWithItsPath) {
  bring(file("ecb.csv"));
  const auto answer = app.get("/api/rates?from=USD&to=JPY&date=2017-07-29");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("rate":"111.151845852161")"), std::string::npos) << answer.body;
  EXPECT_NE(
      answer.body.find(
          R"("use":"divide","source":"ecb","base":"EUR","quote":"USD","rate":"1.1729","effective_on":"2017-07-28")"),
      std::string::npos)
      << answer.body;
  test::expect_refused(
      app, {{Method::get, "/api/rates?from=USD&to=JPY&date=1990-01-01", {}, 409, "no_rate"},
            {Method::get, "/api/rates?from=usd&to=JPY", {}, 422, "invalid", "?from"},
            {Method::get, "/api/rates?from=USD", {}, 422, "invalid", "?to"},
            {Method::get, "/api/rates?from=USD&to=EUR&date=2017-02-30", {}, 422, "invalid", "?date"}});
}

TEST(RateDays, AreKnownOnWorkingDaysFromTheHourOfPublication) {
  const auto at = [](std::string_view text) { return Timestamp::parse(text).value(); };
  EXPECT_EQ(published_by(RateSource::ecb, at("2026-03-10T15:19:00Z")), day("2026-03-09"));  // a Tuesday
  EXPECT_EQ(published_by(RateSource::ecb, at("2026-03-10T15:21:00Z")), day("2026-03-10"));
  EXPECT_EQ(published_by(RateSource::ecb, at("2026-03-15T20:00:00Z")), day("2026-03-13"));
  EXPECT_EQ(published_by(RateSource::cbu, at("2026-03-10T02:59:00Z")), day("2026-03-09"));
  EXPECT_EQ(published_by(RateSource::cbu, at("2026-03-10T03:01:00Z")), day("2026-03-10"));
}

struct FetchedRates : Exchanges {
  FetchedRates() {
    net::set_policy({.allowed = {net::Network::parse("127.0.0.0/8").value()}});
    jobs::Kinds::instance().clear();
    register_jobs();
    // No other test speaks of this year.
    Clock::freeze(Timestamp::parse("2036-03-10T18:00:00Z").value());
    set_rate_options({.ecb_url = emulator.url(), .cbu_url = emulator.url()});
    emulator.ecb = {{"2036-03-07", {{"USD", "1.0912"}}},
                    {"2036-03-10", {{"USD", "1.0876"}, {"JPY", "162.35"}}}};
    emulator.cbu = {{"USD", "1", "11794.88"}, {"VND", "10", "4.47"}};
    emulator.cbu_date = "10.03.2036";
  }
  ~FetchedRates() override {
    net::set_policy({});
    set_rate_options({});
    jobs::Kinds::instance().clear();
    Clock::freeze(std::nullopt);
  }
  void fetch() {
    f.run(request_rates(f.pool));
    f.run(jobs::Worker::run_due(f.pool, identity::kPlatform));
  }
  void later(std::chrono::microseconds by) { Clock::freeze(Clock::now() + by); }
  test::RatesEmulator emulator{f.io.get_executor()};
};

TEST_F(FetchedRates, EveryDayOnceAndAfterFaultsAgain) {
  emulator.faults = {{.status = 503}, {.is_protection_page = true}};
  fetch();
  EXPECT_EQ(converted(75, "USD", "UZS", "2036-03-10"), "no_rate");
  later(std::chrono::seconds{61});
  emulator.faults = {{.is_truncated = true}};
  f.run(jobs::Worker::run_due(f.pool, identity::kPlatform));
  later(std::chrono::seconds{61});
  f.run(jobs::Worker::run_due(f.pool, identity::kPlatform));
  EXPECT_EQ(converted(75, "USD", "UZS", "2036-03-10"), "8846.16 UZS");
  EXPECT_EQ(converted(100'00, "USD", "JPY", "2036-03-10"), "14927 JPY");
  EXPECT_EQ(converted(100'00, "EUR", "USD", "2036-03-09"), "109.12 USD")
      << "the gap is filled from ninety days";
  const auto asked = emulator.journal.size();
  later(std::chrono::hours{1});
  fetch();
  EXPECT_EQ(emulator.journal.size(), asked) << "both have published today";
  later(std::chrono::hours{24});
  emulator.ecb["2036-03-11"] = {{"USD", "1.09"}};
  emulator.cbu_date = "11.03.2036";
  fetch();
  EXPECT_EQ(emulator.journal.size(), asked + 2);
  EXPECT_EQ(converted(100'00, "EUR", "USD", "2036-03-11"), "109.00 USD");
}

TEST_F(Exchanges, ClearingClosesIntoGainOrLoss) {
  const auto partner = f.partner();
  const auto usd = [](std::int64_t amount) { return Money{amount, currency("USD")}; };
  const auto som = [](std::int64_t amount) { return Money{amount, currency("UZS")}; };
  const auto total = [&](const char* code, const char* in) {
    return f.peek(
        "select coalesce(sum(case when t.debit_id = a.id then t.amount else -t.amount end), 0) from app.accounts a "
        "join app.transfers t on t.organization_id = a.organization_id and a.id in (t.debit_id, t.credit_id) "
        "where a.organization_id = $1 and a.code = $2 and a.currency = $3",
        {f.organization_id.str(), code, in});
  };
  const Uuid payout = new_uuid();
  f.tx(Role::money, [&](db::Tx& tx) -> Task<> {
    post(tx, std::vector{payout_exchanged(payout, partner, usd(10'000), som(117'948'800))});
    co_return;
  });
  EXPECT_EQ(total("fx.clearing", "USD"), "-10000");
  EXPECT_EQ(total("fx.clearing", "UZS"), "117948800");
  // The bank gave 117,900,000 som for what it took: 100.10 dollars.
  f.tx(Role::money, [&](db::Tx& tx) -> Task<> {
    post(tx, std::vector{exchange_closed("close usd", usd(-10'000), 10'010),
                         exchange_closed("close uzs", som(117'948'800), 117'950'000)});
    co_return;
  });
  EXPECT_EQ(total("fx.clearing", "USD"), "0");
  EXPECT_EQ(total("fx.clearing", "UZS"), "0");
  EXPECT_EQ(total("fx.gain_loss", "USD"), "10") << "a loss is a debit";
  EXPECT_EQ(total("fx.gain_loss", "UZS"), "-1200") << "a gain is a credit";
  EXPECT_EQ(total("asset.bank", "USD"), "-10") << "all but the loss was the settlement's";
}

}  // namespace
}  // namespace tandem::ledger
