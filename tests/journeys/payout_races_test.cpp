// Payouts racing refunds and disputes (opened while runs are drafted, won or lost while they are settled):
// every call is answered as the rules say, nothing deadlocks, and the books agree afterwards. TANDEM_RACE
// sets how many payouts (40 unless told); sixteen clients on four threads with four connections each.
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "attribution/api.hpp"
#include "support/payout_story.hpp"

namespace tandem::test {
namespace {

int race_size() {
  const char* told = std::getenv("TANDEM_RACE");
  return told == nullptr ? 40 : std::atoi(told);
}

struct Race : testing::Test {
  PayoutStory s;
  std::string asking = s.staff_key(), settling = s.staff_key();  // who asks for a run does not settle it
  std::vector<PartnerId> partners;

  static http::Request request(const std::string& key, const std::string& target, const std::string& body) {
    return TestApp::request(http::Method::post, target, body,
                            {{"content-type", "application/json"},
                             {"authorization", "Bearer " + key},
                             {"idempotency-key", new_uuid().str()}});
  }
  http::Request refund(PartnerId partner, int percent) {
    const auto conversion = s.peek(
        "select conversion_id::text from app.earnings where organization_id = $1 and partner_id = $2::uuid limit 1",
        {s.organization_id.str(), partner.str()});
    return request(
        asking, "/api/conversions/" + conversion.value() + "/reversals",
        fmt::format(R"({{"external_id":"{}","kind":"refund","amount":{{"amount":{},"currency":"USD"}},)"
                    R"("occurred_at":"2026-03-06T10:00:00Z"}})",
                    new_uuid().str(), 100 * percent));
  }
  /// Says of every fourth sale what became of its dispute, on a thread and connections of its own.
  std::jthread dispute(bool is_open) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < partners.size(); i += 4)
      names.push_back(s.cell(
          "select c.external_id from app.conversions c where c.organization_id = $1 and c.partner_id = '" +
          partners[i].str() + "'"));
    return std::jthread([this, is_open, names = std::move(names)] {
      boost::asio::io_context loop{1};
      db::Pool own(loop.get_executor(), s.database.pool_options());
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto state = is_open      ? attribution::DisputeState::open
                           : i % 2 == 0 ? attribution::DisputeState::won
                                        : attribution::DisputeState::lost;
        const attribution::DisputeFacts facts{"api", "d-" + names[i], names[i], state,
                                              *Timestamp::parse("2026-03-07T10:00:00Z")};
        db::run_blocking(loop, db::run_tx(own, s.system, db::Role::money, [&](db::Tx& tx) -> Task<> {
                           co_await attribution::record_dispute(tx, facts);
                         }));
      }
    });
  }
  std::int64_t deadlocks() {
    return std::stoll(s.database.admin()
                          .value("select deadlocks from pg_stat_database where datname = current_database()")
                          .value());
  }
  void expect_answers(const std::vector<Answer>& answers) {
    for (const auto& answer : answers)
      EXPECT_TRUE(answer.status / 100 == 2 || answer.code() == "state" ||
                  answer.code() == "nothing_payable" ||
                  answer.code() == "refund_exceeds")  // a lost dispute took all
          << answer.status << " " << answer.body;
  }
};

TEST_F(Race, RefundsDoNotDisturbPayouts) {
  for (int i = 0; i < race_size(); ++i) partners.push_back(s.payee(10'000));
  const auto before = deadlocks();
  std::vector<http::Request> drafting;
  for (const auto& partner : partners) {
    drafting.push_back(request(asking, "/api/payout-runs", s.request({partner})));
    drafting.push_back(refund(partner, 10));
    drafting.push_back(request(asking, "/api/payout-runs", s.request({partner})));
    drafting.push_back(refund(partner, 5));
  }
  {
    const auto disputes = dispute(true);
    expect_answers(s.storm(drafting, 4, 4));
  }
  EXPECT_EQ(s.differences(), "");

  std::vector<http::Request> ends;
  for (const auto& partner : partners) {
    if (s.payout_of(partner).empty()) {  // its dispute came first
      EXPECT_NE(s.states(partner).find("held"), std::string::npos);
      continue;
    }
    const auto run =
        s.peek("select payout_run_id::text from app.payouts where organization_id = $1 and id = $2::uuid",
               {s.organization_id.str(), s.payout_of(partner)});
    const std::string path = "/api/payout-runs/" + run.value();
    EXPECT_EQ(s.as(s.anna).post(path + "/refresh").status, 200);
    EXPECT_EQ(s.as(s.boris).post(path + "/approval").status, 200);
    EXPECT_EQ(s.as(s.boris).post(path + "/submission").status, 200);
    const auto payout = s.payout_of(partner);  // a refresh makes a new one
    ends.push_back(refund(partner, 20));
    ends.push_back(request(settling, "/api/payouts/" + payout + "/payment", R"({"reference":"B"})"));
    ends.push_back(request(settling, "/api/payouts/" + payout + "/failure", R"({"reason":"AC04"})"));
    ends.push_back(request(settling, "/api/payouts/" + payout + "/return", R"({"reason":"closed"})"));
    ends.push_back(refund(partner, 5));
  }
  {
    const auto disputes = dispute(false);
    expect_answers(s.storm(ends, 4, 4));
  }
  EXPECT_EQ(s.differences(), "");
  EXPECT_EQ(deadlocks(), before);
  EXPECT_EQ(s.cell("select count(*) from app.payouts where organization_id = $1 and state not in "
                   "('paid', 'failed', 'returned', 'removed')"),
            "0");
  EXPECT_EQ(s.cell("select coalesce(sum(balance), 0) from app.accounts where organization_id = $1 and "
                   "code = 'liab.payout_in_transit'"),
            "0");
}

}  // namespace
}  // namespace tandem::test
