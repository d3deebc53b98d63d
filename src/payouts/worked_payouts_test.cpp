// The worked cases of published programmes that end in a payout, whole: earned, taken back, waited for and
// paid. Where the shared file is there, what it expects is what comes out, word for word.
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/csv.hpp"
#include "earnings/api.hpp"
#include "support/payout_story.hpp"
#include "support/shared_data.hpp"

namespace tandem::payouts {
namespace {

using test::member;

struct WorkedPayouts : testing::Test {
  test::PayoutStory s;

  /// What the file expects of a case.
  static std::string expected(std::string_view text, std::string_view name) {
    CsvReader reader(text_source(text));
    while (reader.next() == CsvReader::Step::row)
      if (reader.row().size() == 6 && reader.row()[0] == name) return std::string(reader.row()[4]);
    return "no such case";
  }
  std::string candidate(PartnerId partner) {
    return s.app.get("/api/payout-candidates?currency=USD&partner_id=" + partner.str()).body;
  }
  std::int64_t payable(PartnerId partner) {
    const auto body = candidate(partner);
    if (test::items(body) == 0 || body.find(R"("reason":null)") == std::string::npos) return 0;
    const auto at = body.find(R"("amount":)");
    return std::stoll(body.substr(at + 9));
  }
  std::int64_t open(PartnerId partner) {
    return std::stoll(
        s.cell("select coalesce(sum(amount), 0) from app.earnings where organization_id = $1 and state in "
               "('pending', 'due') and partner_id = '" +
               partner.str() + "'"));
  }
  void pay(PartnerId partner) {
    s.sent({partner});
    s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B"})");
    EXPECT_EQ(s.payout_state(partner), "paid");
    s.as(s.anna);
  }
  static std::string dollars(std::int64_t cents) {
    return to_text(Money{cents, Currency::parse("USD").value()});
  }
};

TEST_F(WorkedPayouts, minimum_payout) {
  s.set(R"({"payout_minimums":[{"amount":10000,"currency":"USD"}]})");
  const auto partner = s.payee(6'000);
  const auto first = payable(partner);
  EXPECT_EQ(member(candidate(partner), "reason"), "below_minimum");
  s.earn(partner, 5'000);
  const auto second = payable(partner);
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 11'000);
  pay(partner);
  EXPECT_EQ(open(partner), 0);
  TANDEM_SHARED_FILE(text, "data/affiliate-examples/worked_examples.csv");
  EXPECT_EQ(expected(text, "minimum payout"),
            "nothing payable after the first; " + dollars(second) + " payable after the second");
}

TEST_F(WorkedPayouts, refund_before_payout) {
  const auto partner = s.payee(2'000);
  const auto before = open(partner);
  s.owe_back(partner, 2'000);
  EXPECT_EQ(open(partner), 0);
  EXPECT_EQ(payable(partner), 0);
  TANDEM_SHARED_FILE(text, "data/affiliate-examples/worked_examples.csv");
  EXPECT_EQ(expected(text, "refund before payout"),
            "open earnings fall by " + dollars(before - open(partner)));
}

TEST_F(WorkedPayouts, refund_after_payout) {
  const auto partner = s.payee(2'000);
  pay(partner);
  s.owe_back(partner, 2'000);
  const auto entry = open(partner);
  EXPECT_EQ(entry, -2'000);
  EXPECT_EQ(s.balance("asset.clawback_receivable", partner), 2'000);
  EXPECT_EQ(payable(partner), 0);
  s.earn(partner, 5'000);
  const auto next = payable(partner);
  EXPECT_EQ(next, 3'000);
  pay(partner);
  EXPECT_EQ(s.balance("asset.clawback_receivable", partner), 0);
  EXPECT_EQ(s.differences(), "");
  TANDEM_SHARED_FILE(text, "data/affiliate-examples/worked_examples.csv");
  EXPECT_EQ(expected(text, "refund after payout"),
            "entry of " + dollars(entry) + "; the next payout is " + dollars(5'000 - next) + " lower");
}

TEST_F(WorkedPayouts, holding_period) {
  s.set(R"({"new_partner_days":0})");
  const auto partner = s.partner();
  auto term = test::FeatureFixture::percentage(RatePpm{200'000});
  term.hold_days = 30;
  s.deal(partner, {term});
  s.method(partner);
  s.cool_down(partner);
  const auto sale = [&](int days_ago) {
    const auto at = Clock::now() - std::chrono::hours{24 * days_ago};
    const auto made = s.app.post(
        "/api/conversions",
        fmt::format(R"({{"external_id":"day-{}","kind":"sale","amount":{{"amount":10000,"currency":"USD"}},)"
                    R"("partner_id":"{}","occurred_at":"{}"}})",
                    days_ago, partner.str(), at.str()));
    EXPECT_EQ(made.status, 201) << made.body;
    s.tx(s.system, db::Role::money, [](db::Tx& tx) -> Task<> { co_await earnings::end_holds(tx, 1000); });
  };
  sale(29);
  EXPECT_EQ(payable(partner), 0);
  EXPECT_EQ(s.states(partner), "pending");
  sale(31);
  EXPECT_EQ(payable(partner), 2'000);
}

}  // namespace
}  // namespace tandem::payouts
