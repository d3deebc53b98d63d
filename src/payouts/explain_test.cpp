#include "payouts/explain.hpp"

#include <gtest/gtest.h>

#include <set>

#include "payouts/explain_words.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct PayoutExplanations : testing::Test {
  test::PayoutStory s;

  std::string explain(PartnerId partner, const std::string& query = {}) {
    const auto answer = s.app.get("/api/explain/payout/" + s.payout_of(partner) + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  static void has(const std::string& body, std::string_view what) {
    EXPECT_NE(body.find(what), std::string::npos) << what << " in " << body;
  }
  static void lacks(const std::string& body, std::string_view what) {
    EXPECT_EQ(body.find(what), std::string::npos) << what << " in " << body;
  }
};

TEST(PayoutWords, AreThereInFourLanguagesWithTheSameMarkers) {
  const auto markers = [](std::string_view text) {
    std::set<std::string> out;
    for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
      out.insert(std::string(text.substr(at, text.find('}', at) - at)));
    return out;
  };
  for (const auto key : explanation_keys()) {
    const auto english = say(Language::en, key).text;
    for (const auto language : {Language::id, Language::uz, Language::ru}) {
      const auto other = say(language, key).text;
      EXPECT_FALSE(other.empty()) << key;
      EXPECT_EQ(markers(other), markers(english)) << key << ": " << other;
    }
  }
}

TEST_F(PayoutExplanations, SayWhatIsInItAndWhatIsLeftOut) {
  const auto partner = s.payee(10'000);
  s.owe_back(partner, 1'500);
  const auto run = "/api/payout-runs/" + member(s.draft({partner}).body, "id");
  s.earn(partner, 700);
  const auto draft = explain(partner);
  has(draft, R"("key":"payout_draft")");
  has(draft, "85.00\u00A0USD is drafted");
  has(draft, "2 earnings: 100.00\u00A0USD earned, 15.00\u00A0USD taken back.");
  has(draft, R"("key":"left_due")");
  has(draft, "Earnings that came due later: 1, 7.00\u00A0USD together");
  has(draft, "0 of 1 approvals.");
  has(draft, R"("key":"payout_next_approval")");
  has(draft, R"("left_out":[{"key":"left_due","earnings":1,"amount":700}])");

  s.as(s.boris).post(run + "/approval");
  has(explain(partner), "1 of 1 approvals.");
  has(explain(partner), R"("key":"payout_next_sending")");
  s.as(s.anna).post(run + "/submission");
  has(explain(partner, "?language=ru"), "Выплата 85,00\u00A0USD отправлена.");
  has(explain(partner, "?language=ru"), ", банковский перевод, ");
  has(explain(partner), R"({"name":"rail","value":"bank"})");
  has(explain(partner), R"("key":"payout_next_bank")");
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B-1"})");
  has(explain(partner), R"("key":"payout_next_nothing")");
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/return", R"({"reason":"Account closed"})");
  const auto returned = explain(partner);
  has(returned, "Not paid because: Account closed");
  has(returned, R"("key":"payout_next_again")");
  has(returned, "2 earnings: 100.00\u00A0USD earned");
}

TEST_F(PayoutExplanations, OfAPartnerAreItsOwnWithoutItsRun) {
  const auto mine = s.payee(1'000), other = s.payee(2'000);
  s.sent({mine, other});
  s.app.principal.scope = s.partner(mine);
  const auto own = explain(mine);
  has(own, R"("key":"payout_of")");
  has(own, R"({"kind":"earning","id":)");
  lacks(own, "approvals");
  lacks(own, "cutoff");
  EXPECT_EQ(s.app.get("/api/explain/payout/" + s.payout_of(other)).status, 404);
  test::expect_refused(s.app, {{Method::get, "/api/explain/payout/" + new_uuid().str(), {}, 404, "not_found"},
                               {Method::get,
                                "/api/explain/payout/" + s.payout_of(mine) + "?language=xx",
                                {},
                                422,
                                "invalid",
                                "?language"}});
}

}  // namespace
}  // namespace tandem::payouts
