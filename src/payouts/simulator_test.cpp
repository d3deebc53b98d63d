// Payouts played to their end without a provider: every outcome that the simulator has.
#include <gtest/gtest.h>

#include "payouts/rails.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

struct Simulated : testing::Test {
  test::PayoutStory s;

  void SetUp() override {
    set_rail_urls({"simulator", "simulator", "simulator"});
    for (const char* body : {R"({"rail": "paypal", "client_id": "any", "secret": "any secret"})",
                             R"({"rail": "stripe", "secret": "any secret"})"}) {
      const auto answer = s.as(s.anna).post("/api/rail-accounts", body);
      ASSERT_EQ(answer.status, 200) << answer.body;
    }
  }
  void TearDown() override { set_rail_urls({}); }
  /// What a payout to this account becomes after one round of jobs, and after the next.
  std::string becomes(const std::string& rail, const std::string& account) {
    const auto partner = s.payee(10'000, rail, account);
    s.sent({partner});
    s.work();
    const auto first = s.payout_state(partner);
    s.work_later();
    return first + " " + s.payout_state(partner) + " " + s.states(partner);
  }
};

TEST_F(Simulated, PaysWhoIsNotOtherwiseTold) {
  EXPECT_EQ(becomes("paypal", "ann@mail.example"), "paid paid paid");
  EXPECT_EQ(becomes("stripe", "acct_123"), "paid paid paid");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Simulated, RefusesReturnsAndWaits) {
  EXPECT_EQ(becomes("paypal", "ann+failed@mail.example"), "failed failed due");
  EXPECT_EQ(becomes("paypal", "ann+returned@mail.example"), "submitted returned due");
  EXPECT_EQ(becomes("paypal", "ann+unclaimed@mail.example"), "unclaimed returned due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Simulated, AnswersLateOrNotAtAllAndPaysOnce) {
  EXPECT_EQ(becomes("paypal", "ann+slow@mail.example"), "submitted paid paid");
  EXPECT_EQ(becomes("stripe", "acct_lost"), "submitting paid paid");
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem::payouts
