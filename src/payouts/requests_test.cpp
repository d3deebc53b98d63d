#include "payouts/requests.hpp"

#include <gtest/gtest.h>

#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct PayoutRequests : testing::Test {
  test::PayoutStory s;

  void as_partner(PartnerId partner, ActorId who = ActorId{new_uuid()}) {
    s.as(who);
    s.app.principal.scope = s.partner(partner);
    s.app.principal.scope.actor_id = who;
  }
  test::Answer ask(PartnerId partner, const std::string& currency = "USD") {
    return s.app.post("/api/partners/" + partner.str() + "/payout-requests",
                      R"({"currency":")" + currency + R"("})");
  }
  std::string run_of(PartnerId partner) {
    return "/api/payout-runs/" +
           s.cell("select payout_run_id from app.payouts where organization_id = $1 and id = '" +
                  s.payout_of(partner) + "'");
  }
};

TEST_F(PayoutRequests, AreTakenIntoOneRunThatOthersApprove) {
  const auto one = s.payee(10'000), two = s.payee(20'000);
  const ActorId person{new_uuid()};
  as_partner(one, person);
  const auto asked = ask(one);
  EXPECT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(member(asked.body, "state"), "waiting");
  EXPECT_EQ(ask(one).code(), "request_waits");
  as_partner(two);
  EXPECT_EQ(ask(two).status, 201);
  s.work();
  s.as(s.boris);
  const std::string run = run_of(one);
  EXPECT_EQ(run_of(two), run) << "the second joins the first";
  const auto draft = s.app.get(run).body;
  EXPECT_NE(draft.find(R"("payouts":2,"amount":30000)"), std::string::npos) << draft;
  EXPECT_NE(draft.find(R"("requested_by":null)"), std::string::npos) << draft;
  const auto taken = s.app.get("/api/payout-requests/" + member(asked.body, "id")).body;
  EXPECT_EQ(member(taken, "state"), "drafted");
  EXPECT_EQ(member(taken, "payout_id"), s.payout_of(one));

  EXPECT_EQ(s.as(person).post(run + "/approval").code(), "same_person")
      << "also where who asked works on both sides";
  EXPECT_EQ(member(s.as(s.boris).post(run + "/approval").body, "state"), "approved");
  EXPECT_EQ(s.as(s.anna).post(run + "/submission").status, 200);
  const std::string payment = "/api/payouts/" + s.payout_of(one) + "/payment";
  EXPECT_EQ(s.as(person).post(payment, R"({"reference":"B"})").code(), "same_person");
  EXPECT_EQ(s.as(s.boris).post(payment, R"({"reference":"B"})").status, 200);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutRequests, OfAnybodyOfTheStaffAreApprovedBySomebodyElse) {
  const auto partner = s.payee(10'000);
  s.as(s.anna);
  EXPECT_EQ(ask(partner).status, 201);
  s.work();
  EXPECT_EQ(s.as(s.anna).post(run_of(partner) + "/approval").code(), "same_person");
  EXPECT_EQ(s.as(s.boris).post(run_of(partner) + "/approval").status, 200);
}

TEST_F(PayoutRequests, TakeAlongWhatCameDueSince) {
  const auto partner = s.payee(10'000);
  as_partner(partner);
  ask(partner);
  s.work();
  s.as(s.anna);
  s.earn(partner, 5'000);
  as_partner(partner);
  EXPECT_EQ(ask(partner).status, 201);
  s.work();
  s.as(s.boris);
  const auto draft = s.app.get(run_of(partner)).body;
  EXPECT_NE(draft.find(R"("payouts":1,"amount":15000)"), std::string::npos) << draft;
  EXPECT_EQ(s.states(partner), "in_payout in_payout");
  s.earn(partner, 700);
  const auto included = s.as(s.boris).post(run_of(partner) + "/inclusion", s.about(partner));
  EXPECT_NE(included.body.find(R"("payouts":1,"amount":15700)"), std::string::npos) << included.body;
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutRequests, SayWhyNothingIsPaid) {
  s.set(R"({"payout_minimums":[{"amount":1000,"currency":"USD"}]})");
  const auto small = s.payee(999), cooling = s.earner(5'000), nowhere = s.earner(5'000);
  s.method(cooling);
  const auto detail = [&](PartnerId partner) { return member(ask(partner).body, "detail"); };
  EXPECT_EQ(ask(cooling).code(), "cooling_down");
  EXPECT_EQ(ask(small).code(), "not_payable");
  EXPECT_EQ(detail(small), "below_minimum");
  EXPECT_EQ(detail(nowhere), "no_method");
  EXPECT_EQ(member(ask(small, "EUR").body, "detail"), "nothing_due");
}

TEST_F(PayoutRequests, AreRefusedWhenSomethingChangedMeanwhile) {
  const auto partner = s.payee(10'000);
  const auto asked = ask(partner);
  s.draft({partner});  // the monthly run came first
  s.work();
  const auto request = s.app.get("/api/payout-requests/" + member(asked.body, "id")).body;
  EXPECT_EQ(member(request, "state"), "refused");
  EXPECT_EQ(member(request, "reason"), "nothing_due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutRequests, OfOthersAreNotThere) {
  const auto mine = s.payee(10'000), other = s.payee(20'000);
  const auto theirs = ask(other);
  as_partner(mine);
  test::expect_refused(
      s.app, {{Method::post, "/api/partners/" + other.str() + "/payout-requests", R"({"currency":"USD"})",
               404, "not_found"},
              {Method::get, "/api/payout-requests/" + member(theirs.body, "id"), {}, 404, "not_found"},
              {Method::post, "/api/partners/" + mine.str() + "/payout-requests", R"({"currency":"XXQ"})", 422,
               "invalid", "/currency"}});
  EXPECT_EQ(test::items(s.app.get("/api/payout-requests").body), 0);
  s.app.principal.permissions = http::Permissions{http::Permission::payouts_read};
  EXPECT_EQ(ask(mine).status, 403);
}

}  // namespace
}  // namespace tandem::payouts
