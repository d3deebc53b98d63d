#include "payouts/runs.hpp"

#include <gtest/gtest.h>

#include "earnings/api.hpp"
#include "payouts/module.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct Runs : testing::Test {
  test::PayoutStory s;
};

TEST_F(Runs, GoFromADraftByTwoPeopleToPaid) {
  const auto partner = s.payee(12'345);
  const auto run = s.draft({partner});
  EXPECT_EQ(member(run.body, "state"), "draft") << run.body;
  EXPECT_NE(run.body.find(R"("payouts":1,"amount":12345)"), std::string::npos) << run.body;
  const std::string path = "/api/payout-runs/" + member(run.body, "id");
  EXPECT_EQ(s.balance("liab.payout_in_transit", partner), 12'345);
  EXPECT_EQ(s.balance("liab.commission_payable", partner), 0);

  EXPECT_EQ(s.as(s.anna).post(path + "/approval").code(), "same_person");
  const auto approved = s.as(s.boris).post(path + "/approval");
  EXPECT_EQ(member(approved.body, "state"), "approved") << approved.body;
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").code(), "state");
  const auto sent = s.as(s.anna).post(path + "/submission");
  EXPECT_EQ(member(sent.body, "state"), "submitted") << sent.body;

  const std::string payout = "/api/payouts/" + s.payout_of(partner);
  EXPECT_EQ(s.as(s.anna).post(payout + "/payment", R"({"reference":"B-1"})").code(), "same_person");
  const auto paid =
      s.as(s.boris).post(payout + "/payment", R"({"reference":"B-1","executed_on":"2026-04-01"})");
  EXPECT_EQ(member(paid.body, "state"), "paid") << paid.body;
  EXPECT_EQ(member(s.app.get(path).body, "state"), "settled");
  EXPECT_EQ(s.balance("liab.payout_in_transit", partner), 0);
  EXPECT_EQ(s.states(partner), "paid");
  EXPECT_EQ(test::items(s.app.get(payout + "/items").body), 1);
  EXPECT_NE(s.app.get("/api/earnings?partner_id=" + partner.str()).body.find(s.payout_of(partner)),
            std::string::npos)
      << "the earning shows its payout";

  const auto returned = s.as(s.boris).post(payout + "/return", R"({"reason":"Account closed"})");
  EXPECT_EQ(member(returned.body, "state"), "returned") << returned.body;
  EXPECT_EQ(member(s.app.get(path).body, "state"), "failed");
  EXPECT_EQ(s.balance("liab.commission_payable", partner), 12'345);
  EXPECT_EQ(s.states(partner), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, ALargeRunIsApprovedByTwo) {
  s.set(R"({"payout_approval_limits":[{"amount":10000,"currency":"USD"}]})");
  const auto partner = s.payee(10'001);
  const std::string path = "/api/payout-runs/" + member(s.draft({partner}).body, "id");
  EXPECT_EQ(member(s.as(s.boris).post(path + "/approval").body, "state"), "draft");
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").code(), "same_person");
  const auto other = s.payee(500);
  EXPECT_EQ(s.as(s.anna).post(path + "/inclusion", s.about(other)).status, 200);
  EXPECT_NE(s.app.get(path).body.find(R"("approvals":0)"), std::string::npos)
      << "a change ends the approvals";
  EXPECT_EQ(member(s.as(s.boris).post(path + "/approval").body, "state"), "draft");
  EXPECT_EQ(member(s.as(s.carla).post(path + "/approval").body, "state"), "approved");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, AKeyApprovesNothing) {
  const std::string path = "/api/payout-runs/" + member(s.draft({s.payee(100)}).body, "id");
  s.as(s.boris);
  s.app.principal.kind = http::Principal::Kind::api_key;
  EXPECT_EQ(s.app.post(path + "/approval").code(), "forbidden");
}

TEST_F(Runs, SayWhySomebodyIsNotPaid) {
  s.set(R"({"payout_minimums":[{"amount":1000,"currency":"USD"}]})");
  const auto fine = s.payee(1'000), small = s.payee(999);
  const auto nowhere = s.earner(5'000);
  const auto cooling = s.earner(5'000);
  s.method(cooling);
  const auto owing = s.payee(2'000);
  s.owe_back(owing, 2'500);
  const auto candidate = [&](PartnerId id) {
    return s.app.get("/api/payout-candidates?currency=USD&partner_id=" + id.str()).body;
  };
  EXPECT_NE(candidate(fine).find(R"("reason":null)"), std::string::npos) << candidate(fine);
  EXPECT_EQ(member(candidate(small), "reason"), "below_minimum");
  EXPECT_EQ(member(candidate(nowhere), "reason"), "no_method");
  EXPECT_EQ(member(candidate(cooling), "reason"), "cooling_down");
  EXPECT_EQ(member(candidate(owing), "reason"), "negative");
  const auto early = s.app.get(
      "/api/payout-candidates?currency=USD&cutoff_at=2020-01-01T00:00:00Z&partner_id=" + fine.str());
  EXPECT_EQ(member(early.body, "reason"), "after_cutoff");
  EXPECT_EQ(s.as(s.anna).post("/api/payout-runs", s.request({small, nowhere})).code(), "nothing_payable");
  s.set(R"({"payouts_need_payee_form":true})");
  EXPECT_EQ(member(candidate(fine), "reason"), "payee_form");
  s.approve_form(fine);
  EXPECT_NE(candidate(fine).find(R"("reason":null)"), std::string::npos) << candidate(fine);
  EXPECT_EQ(test::items(s.app.get("/api/payout-candidates?currency=USD&payable=true").body), 1);
}

TEST_F(Runs, OfEverybodyAreCollectedByAJob) {
  std::vector<PartnerId> partners;
  for (int i = 0; i < 5; ++i) partners.push_back(s.payee(100 + i));
  s.earner(100);  // no method
  const auto begun = s.as(s.anna).post("/api/payout-runs", R"({"currency":"USD"})");
  EXPECT_EQ(member(begun.body, "state"), "collecting") << begun.body;
  s.work();
  const auto run = s.app.get("/api/payout-runs/" + member(begun.body, "id"));
  EXPECT_EQ(member(run.body, "state"), "draft");
  EXPECT_NE(run.body.find(R"("payouts":5,"amount":510)"), std::string::npos) << run.body;
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, ADraftTakesInWhatIsOwedBackSince) {
  const auto one = s.payee(1'000), two = s.payee(2'000), three = s.payee(3'000);
  const std::string path = "/api/payout-runs/" + member(s.draft({one, two, three}).body, "id");
  s.owe_back(one, 300);
  s.owe_back(two, 2'500);
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").code(), "draft_stale");
  const auto fresh = s.as(s.anna).post(path + "/refresh");
  EXPECT_NE(fresh.body.find(R"("revision":2,"payouts":2,"amount":3700)"), std::string::npos) << fresh.body;
  EXPECT_EQ(s.states(two), "due due") << "out again, with what is owed back";
  EXPECT_EQ(member(s.as(s.boris).post(path + "/approval").body, "state"), "approved");
  s.owe_back(three, 100);
  EXPECT_EQ(s.balance("asset.clawback_receivable", three), 100) << "after the approval it is carried forward";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, PartnersAreExcludedAndIncluded) {
  const auto one = s.payee(1'000), two = s.payee(2'000);
  const std::string path = "/api/payout-runs/" + member(s.draft({one, two}).body, "id");
  const auto without = s.as(s.anna).post(path + "/exclusion", s.about(one));
  EXPECT_NE(without.body.find(R"("payouts":1,"amount":2000)"), std::string::npos) << without.body;
  EXPECT_EQ(s.states(one), "due");
  EXPECT_EQ(s.as(s.anna).post(path + "/exclusion", s.about(one)).status, 422);
  EXPECT_EQ(s.as(s.anna).post(path + "/inclusion", s.about(two)).code(), "nothing_payable");
  EXPECT_EQ(s.as(s.anna).post(path + "/inclusion", s.about(one)).status, 200);
  const auto given_up = s.as(s.anna).post(path + "/cancellation");
  EXPECT_EQ(member(given_up.body, "state"), "cancelled");
  EXPECT_EQ(s.states(one), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, AMethodThatWasChangedIsNotPaid) {
  const auto partner = s.payee(1'000);
  const std::string path = "/api/payout-runs/" + member(s.draft({partner}).body, "id");
  s.method(partner);  // a new one
  EXPECT_EQ(s.as(s.boris).post(path + "/approval").code(), "draft_stale");
  const auto fresh = s.as(s.anna).post(path + "/refresh");
  EXPECT_NE(fresh.body.find(R"("payouts":0)"), std::string::npos) << fresh.body;

  const auto other = s.payee(1'000);
  const std::string second = "/api/payout-runs/" + member(s.draft({other}).body, "id");
  s.as(s.boris).post(second + "/approval");
  s.method(other);
  EXPECT_EQ(member(s.as(s.anna).post(second + "/submission").body, "state"), "failed");
  EXPECT_EQ(member(s.app.get("/api/payouts/" + s.payout_of(other)).body, "reason"), "method_changed");
  EXPECT_EQ(s.states(other), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Runs, ARepeatedCallHasOneEffect) {
  const auto partner = s.payee(1'000);
  s.as(s.anna);
  const http::Pairs headers{{"content-type", "application/json"}, {"idempotency-key", "run-1"}};
  const auto first = s.app.call(Method::post, "/api/payout-runs", s.request({partner}), headers);
  const auto again = s.app.call(Method::post, "/api/payout-runs", s.request({partner}), headers);
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(s.as(s.anna).post("/api/payout-runs", s.request({partner})).code(), "nothing_payable")
      << "what is in a payout is in no other";
}

TEST_F(Runs, PartnersSeeTheirOwnPayouts) {
  const auto mine = s.payee(1'000), other = s.payee(2'000);
  const std::string path = "/api/payout-runs/" + member(s.draft({mine, other}).body, "id");
  s.app.principal.scope = s.partner(mine);
  EXPECT_EQ(test::items(s.app.get("/api/payouts").body), 1);
  EXPECT_EQ(s.app.get("/api/payouts/" + s.payout_of(mine)).status, 200);
  EXPECT_EQ(s.app.get("/api/payouts/" + s.payout_of(other)).status, 404);
  EXPECT_EQ(s.app.get("/api/payouts/" + s.payout_of(other) + "/items").status, 404);
  EXPECT_EQ(test::items(s.app.get("/api/payouts?format=csv").body), 0);
  EXPECT_EQ(s.app.get(path).status, 403);
}

TEST_F(Runs, BadInputIsNamed) {
  s.as(s.anna);
  const std::string nobody = new_uuid().str();
  test::expect_refused(
      s.app,
      {
          {Method::post, "/api/payout-runs", R"({"currency":"XXQ"})", 422, "invalid", "/currency"},
          {Method::post, "/api/payout-runs", R"({"currency":"USD","partner_ids":[]})", 422, "invalid",
           "/partner_ids"},
          {Method::post, "/api/payout-runs", R"({"currency":"USD","cutoff_at":"2999-01-01T00:00:00Z"})", 422,
           "invalid", "/cutoff_at"},
          {Method::post, "/api/payout-runs", s.request({PartnerId{new_uuid()}}), 409, "nothing_payable"},
          {Method::post, "/api/payout-runs/" + nobody + "/approval", "", 404, "not_found"},
          {Method::post, "/api/payout-runs/" + nobody + "/refresh", "", 404, "not_found"},
          {Method::post, "/api/payout-runs/" + nobody + "/submission", "", 404, "not_found"},
          {Method::post, "/api/payouts/" + nobody + "/payment", R"({"reference":"B"})", 404, "not_found"},
          {Method::post, "/api/payouts/" + nobody + "/payment", R"({"reference":""})", 422, "invalid",
           "/reference"},
      });
}

}  // namespace
}  // namespace tandem::payouts
