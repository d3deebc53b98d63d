// Whatever keeps an earning from being paid, its explanation says so, and what happens next.
#include <gtest/gtest.h>

#include "earnings/api.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct UnpaidEarnings : testing::Test {
  test::PayoutStory s;

  std::string earning(PartnerId partner, std::string_view where = "amount > 0") {
    return s.cell(
        fmt::format("select id from app.earnings where organization_id = $1 and partner_id = '{}' and {} "
                    "order by id limit 1",
                    partner.str(), where));
  }
  std::string explain(PartnerId partner, std::string_view where = "amount > 0", std::string_view query = "") {
    const auto answer = s.app.get(fmt::format("/api/explain/earning/{}{}", earning(partner, where), query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  /// Says why, with these keys and no other; and what comes next begins with `next`.
  static void says(const std::string& body, std::vector<std::string> why, std::string_view next) {
    const auto keys = [&](std::string_view list, std::string_view then) {
      std::vector<std::string> out;
      const auto from = body.find(fmt::format(R"("{}":[)", list));
      const auto to = body.find(fmt::format(R"("{}":[)", then), from);
      for (auto at = body.find(R"("key":")", from); at < to; at = body.find(R"("key":")", at + 1))
        out.push_back(body.substr(at + 7, body.find('"', at + 7) - at - 7));
      return out;
    };
    if (!why.empty()) EXPECT_EQ(keys("not_payable", "next"), why) << body;
    const auto then = keys("next", "see");
    ASSERT_FALSE(then.empty()) << body;
    EXPECT_EQ(then.front(), next) << body;
  }
  PartnerId pending() {
    const auto partner = s.partner();
    s.deal(partner, [&] {
      auto term = test::FeatureFixture::percentage(RatePpm{100'000});
      term.hold_days = 30;
      return std::vector{term};
    }());
    s.sale(partner, "p" + partner.str(), 10'000, "2099-01-01T00:00:00Z");
    return partner;
  }
  void suspend(PartnerId partner) {
    ASSERT_EQ(s.app.post("/api/partners/" + partner.str() + "/suspension", R"({"reason": "Why"})").status,
              200);
  }
};

TEST_F(UnpaidEarnings, PendingOrHeldOrCancelled) {
  const auto partner = pending();
  says(explain(partner), {"not_payable_hold"}, "next_hold_ends");
  ASSERT_EQ(s.app.post("/api/earnings/" + earning(partner) + "/hold", R"({"note": "Why"})").status / 100, 2);
  says(explain(partner), {"not_payable_review"}, "next_decision");
  suspend(partner);
  says(explain(partner), {"not_payable_partner", "not_payable_review"}, "next_decision");
  const auto other = pending();
  s.refund(
      s.cell(fmt::format("select id from app.conversions where organization_id = $1 and partner_id = '{}'",
                         other.str())),
      "r", 10'000);
  says(explain(other), {"not_payable_cancelled"}, "next_nothing");
}

TEST_F(UnpaidEarnings, ThatAreDueNameEveryReason) {
  const auto partner = s.earner(5'000);
  says(explain(partner), {"not_payable_no_method"}, "next_add_method");
  s.set(R"({"payout_minimums": [{"amount": 6000, "currency": "USD"}], "payouts_need_payee_form": true})");
  says(explain(partner), {"not_payable_minimum", "not_payable_form_missing", "not_payable_no_method"},
       "next_add_method");
  s.method(partner);
  s.approve_form(partner);
  const auto cooling = explain(partner);
  says(cooling, {"not_payable_minimum", "not_payable_cooling_down"}, "next_method_usable");
  s.cool_down(partner);
  says(explain(partner), {"not_payable_minimum"}, "next_payout");
  s.earn(partner, 2'000);
  const auto payable = explain(partner, "amount = 5000");
  EXPECT_NE(payable.find(R"("not_payable":[])"), std::string::npos) << payable;
  suspend(partner);
  says(explain(partner), {"not_payable_partner"}, "next_payout");
}

TEST_F(UnpaidEarnings, WaitForTheFormToBeDecidedOrSentAgain) {
  const auto partner = s.payee(5'000);
  s.set(R"({"payouts_need_payee_form": true})");
  s.cell(fmt::format(
      "insert into app.payee_forms (organization_id, id, partner_id, kind, legal_name, country, tax_form, "
      "submitted_by, submitted_at) values ($1, gen_random_uuid(), '{}', 'individual', 'Ada', 'GB', 'local', "
      "gen_random_uuid(), now()) returning 1",
      partner.str()));
  says(explain(partner), {"not_payable_form_pending"}, "next_form_decided");
  s.cell(
      "update app.payee_forms set state = 'approved', expires_on = '2020-01-01' where organization_id = $1 returning 1");
  says(explain(partner), {"not_payable_form_expired"}, "next_form_sent");
  s.cell(
      "update app.payee_forms set state = 'rejected', expires_on = null where organization_id = $1 returning 1");
  says(explain(partner), {"not_payable_form_missing"}, "next_form_sent");
}

TEST_F(UnpaidEarnings, AreNettedWithWhatIsOwedBack) {
  const auto partner = s.payee(1'000);
  s.owe_back(partner, 3'000);
  says(explain(partner, "amount = 1000"), {"not_payable_owed_back"}, "next_payout");
  says(explain(partner, "amount < 0"), {"not_payable_taken_back"}, "next_payout");
}

TEST_F(UnpaidEarnings, InAPayoutSayHowFarItIs) {
  const auto partner = s.payee(10'000);
  const auto run = "/api/payout-runs/" + member(s.draft({partner}).body, "id");
  says(explain(partner), {"not_payable_draft"}, "payout_next_approval");
  s.as(s.boris).post(run + "/approval");
  says(explain(partner), {"not_payable_approved"}, "payout_next_sending");
  s.as(s.anna).post(run + "/submission");
  const auto sent = explain(partner);
  says(sent, {"not_payable_on_its_way"}, "payout_next_bank");
  EXPECT_NE(sent.find(s.payout_of(partner)), std::string::npos) << sent;
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B-1"})");
  const auto paid = explain(partner);
  EXPECT_NE(paid.find(R"("not_payable":[])"), std::string::npos) << paid;
  says(paid, {}, "next_nothing");
}

TEST_F(UnpaidEarnings, AreExplainedToTheirPartnerAlone) {
  const auto mine = s.earner(1'000), other = s.earner(2'000);
  const auto id = earning(other);
  s.app.principal.scope = s.partner(mine);
  const auto own = explain(mine, "true", "?language=ru");
  EXPECT_NE(own.find("нет способа выплаты, принимающего USD"), std::string::npos) << own;
  EXPECT_EQ(s.app.get("/api/explain/earning/" + id).status, 404);
  EXPECT_EQ(s.app.get("/api/explain/earning/" + new_uuid().str()).status, 404);
}

}  // namespace
}  // namespace tandem::payouts
