#include "partners/deals.hpp"

#include <gtest/gtest.h>

#include "partners/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kFivePercent =
    R"({"name": "Five", "terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 50000}]})";

struct Deals : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare};
  std::string partner = f.partner().str();
  std::string create(std::string_view body = kFivePercent) {
    const auto answer = app.post("/api/partners/" + partner + "/deals", std::string(body));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return member(answer.body, "id");
  }
  std::string in(const std::chrono::hours time) { return (Clock::now() + time).str(); }
};

TEST_F(Deals, DraftsWithDefaults) {
  const auto made = app.post("/api/partners/" + partner + "/deals", std::string(kFivePercent));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "state"), "draft");
  EXPECT_EQ(member(made.body, "base"), "gross");
  EXPECT_EQ(member(made.body, "model"), "last");
  EXPECT_EQ(member(made.body, "duration"), "lifetime");
  EXPECT_NE(made.body.find(R"("hold_days":30)"), std::string::npos);
  EXPECT_NE(made.body.find(R"("window_days":90)"), std::string::npos);
  EXPECT_NE(made.body.find(R"("rate_ppm":50000)"), std::string::npos);
  EXPECT_EQ(app.get("/api/deals/" + member(made.body, "id")).body, made.body);
  const auto list = app.get("/api/deals?state=draft&partner_id=" + partner);
  EXPECT_EQ(test::items(list.body), 1) << list.body;
}

TEST_F(Deals, ANewVersionLeavesTheOldOneAsItWas) {
  const auto id = create();
  app.post("/api/deals/" + id + "/activation");
  const std::string terms = R"("terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 70000}]})";
  const auto later = app.post("/api/deals/" + id + "/versions",
                              R"({"valid_from": ")" + in(std::chrono::hours{24}) + "\", " + terms);
  ASSERT_EQ(later.status, 201) << later.body;
  EXPECT_NE(later.body.find(R"("version":2)"), std::string::npos);
  EXPECT_NE(later.body.find(R"("rate_ppm":50000)"), std::string::npos);
  EXPECT_NE(later.body.find(R"("rate_ppm":70000)"), std::string::npos);
  const auto past =
      app.post("/api/deals/" + id + "/versions", R"({"valid_from": "2020-01-01T00:00:00Z", )" + terms);
  EXPECT_EQ(past.status, 422);
  EXPECT_TRUE(past.names("/valid_from", "out_of_range"));
  const auto between = app.post("/api/deals/" + id + "/versions",
                                R"({"valid_from": ")" + in(std::chrono::hours{1}) + "\", " + terms);
  EXPECT_EQ(between.status, 422) << "before the latest version";
  f.tx(db::Role::read, [&](db::Tx& tx) -> Task<> {
    const auto now = co_await terms_in_force(tx, {PartnerId::parse(partner).value()}, tx.now());
    EXPECT_EQ(now.at(0).rate.ppm(), 50'000);
    const auto then =
        co_await terms_in_force(tx, {PartnerId::parse(partner).value()}, tx.now() + std::chrono::hours{25});
    EXPECT_EQ(then.size(), 1U);
    EXPECT_EQ(then.at(0).rate.ppm(), 70'000);
  });
}

TEST_F(Deals, ADraftTakesHistory) {
  const auto id = create(
      R"({"name": "H", "valid_from": "2019-01-01T00:00:00Z",
          "terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 10000}]})");
  const auto second = app.post(
      "/api/deals/" + id + "/versions",
      R"({"valid_from": "2020-01-01T00:00:00Z", "terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 20000}]})");
  EXPECT_EQ(second.status, 201) << second.body;
  app.post("/api/deals/" + id + "/activation");
  f.tx(db::Role::read, [&](db::Tx& tx) -> Task<> {
    const PartnerId who = PartnerId::parse(partner).value();
    const auto all = co_await all_terms(tx, {who});
    const auto at = [&](std::string_view day) { return in_force(all, who, Timestamp::parse(day).value()); };
    EXPECT_EQ(at("2019-12-31T23:59:59Z").at(0)->rate.ppm(), 10'000);
    EXPECT_EQ(at("2020-01-01T00:00:00Z").at(0)->rate.ppm(), 20'000);
  });
}

TEST_F(Deals, FollowsItsLifecycle) {
  const auto id = create();
  const auto move = [&](const std::string& name) { return app.post("/api/deals/" + id + "/" + name); };
  EXPECT_EQ(move("pause").code(), "state");
  EXPECT_EQ(member(move("activation").body, "state"), "active");
  EXPECT_EQ(move("archiving").status, 409);
  EXPECT_EQ(member(move("pause").body, "state"), "paused");
  EXPECT_EQ(member(move("activation").body, "state"), "active");
  EXPECT_EQ(member(move("pause").body, "state"), "paused");
  EXPECT_EQ(member(move("archiving").body, "state"), "archived");
  const auto again = move("activation");
  EXPECT_NE(again.body.find("The deal is archived; activation goes from draft or paused to active."),
            std::string::npos);
  EXPECT_EQ(app.post("/api/deals/" + id + "/versions",
                     R"({"terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 1}]})")
                .code(),
            "state");
}

TEST_F(Deals, NeedAnActivePartnerToBeActive) {
  partner = f.applied_partner().str();
  const auto id = create();
  const auto answer = app.post("/api/deals/" + id + "/activation");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "partner_not_active");
  EXPECT_EQ(member(app.get("/api/deals/" + id).body, "state"), "draft");
}

TEST_F(Deals, APartnerSeesItsOwn) {
  const auto mine = create();
  const auto other = f.partner();
  const auto theirs = f.deal(other, RatePpm{1});
  app.principal.scope = f.partner(PartnerId::parse(partner).value());
  EXPECT_EQ(app.get("/api/deals/" + mine).status, 200);
  EXPECT_EQ(app.get("/api/deals/" + theirs.str()).status, 404);
  EXPECT_EQ(test::items(app.get("/api/deals").body), 1);
  EXPECT_EQ(test::items(app.get("/api/deals?partner_id=" + other.str()).body), 0);
  EXPECT_EQ(app.post("/api/partners/" + partner + "/deals", std::string(kFivePercent)).status, 403);
}

constexpr std::string_view kSevenPercent =
    R"({"terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 70000}]})";

TEST_F(Deals, ADraftIsComparedAndPublished) {
  const auto id = create();
  const std::string deal = "/api/deals/" + id, draft = deal + "/draft";
  app.post(deal + "/activation");
  EXPECT_EQ(app.get(draft).status, 404);
  EXPECT_EQ(app.post(draft + "/publication", "{}").code(), "state");
  const auto written = app.send(Method::put, draft, std::string(kSevenPercent));
  ASSERT_EQ(written.status, 200) << written.body;
  EXPECT_NE(written.body.find(R"("fields":[{"field":"rate_ppm","before":"5 %","after":"7 %"}])"),
            std::string::npos)
      << written.body;
  EXPECT_NE(written.body.find(R"("compared_with":1)"), std::string::npos);
  EXPECT_EQ(app.get(deal).body.find("70000"), std::string::npos) << "nobody earns by a draft";
  EXPECT_TRUE(app.send(Method::put, draft, R"({"terms": []})").names("/terms", "out_of_range"));
  EXPECT_EQ(app.post(draft + "/publication", R"({"valid_from": "2020-01-01T00:00:00Z"})").status, 422);
  EXPECT_EQ(app.get(draft).status, 200) << "a refused publication keeps the draft";
  const auto published =
      app.post(draft + "/publication", R"({"valid_from": ")" + in(std::chrono::hours{24}) + "\"}");
  ASSERT_EQ(published.status, 201) << published.body;
  EXPECT_NE(published.body.find(R"("version":2)"), std::string::npos);
  EXPECT_EQ(app.get(draft).status, 404);
  app.send(Method::put, draft, std::string(kSevenPercent));
  EXPECT_NE(app.get(draft).body.find(R"("compared_with":1)"), std::string::npos)
      << "version 2 begins tomorrow";
  EXPECT_EQ(app.send(Method::delete_, draft).status, 204);
  EXPECT_EQ(app.send(Method::delete_, draft).status, 404);
  test::FeatureFixture other;
  test::TestApp theirs(other, declare);
  EXPECT_EQ(theirs.send(Method::put, draft, std::string(kSevenPercent)).status, 404);
  app.principal.scope = f.partner(PartnerId::parse(partner).value());
  EXPECT_EQ(app.get(draft).status, 403);
}

TEST_F(Deals, AreMadeFromTemplates) {
  const auto id = create();
  const auto saved = app.post("/api/deals/" + id + "/template", R"({"name": "Standard"})");
  ASSERT_EQ(saved.status, 201) << saved.body;
  EXPECT_NE(saved.body.find(R"("rate_ppm":50000)"), std::string::npos);
  EXPECT_EQ(app.post("/api/deals/" + id + "/template", R"({"name": "Standard"})").code(),
            "template_name_taken");
  const std::string path = "/api/deal-templates/" + member(saved.body, "id");
  const auto made = app.post(path + "/deals", R"({"partner_id": ")" + f.partner().str() + "\"}");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "name"), "Standard");
  EXPECT_EQ(member(made.body, "state"), "draft");
  const auto changed = app.send(Method::patch, path, std::string(kSevenPercent));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_NE(app.get("/api/deals/" + member(made.body, "id")).body.find("50000"), std::string::npos);
  test::FeatureFixture other;
  EXPECT_EQ(app.post(path + "/deals", R"({"partner_id": ")" + other.partner().str() + "\"}").status, 404);
  test::TestApp theirs(other, declare);
  EXPECT_EQ(theirs.get(path).status, 404);
  EXPECT_EQ(theirs.post(path + "/deals", R"({"partner_id": ")" + other.partner().str() + "\"}").status, 404);
  EXPECT_EQ(app.send(Method::delete_, path).status, 204);
  EXPECT_EQ(test::items(app.get("/api/deal-templates").body), 0);
}

TEST_F(Deals, WhoBecomesActiveGetsTheDefault) {
  const std::string terms = R"("terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 30000}]})";
  app.post("/api/deal-templates", R"({"name": "Old", "is_default": true, )" + terms);
  app.post("/api/deal-templates", R"({"name": "New", "is_default": true, )" + terms);
  const auto applied = f.applied_partner().str();
  EXPECT_EQ(test::items(app.get("/api/deals?partner_id=" + applied).body), 0);
  app.post("/api/partners/" + applied + "/approval");
  const auto deals = app.get("/api/deals?partner_id=" + applied);
  EXPECT_EQ(test::items(deals.body), 1);
  EXPECT_EQ(member(deals.body, "name"), "New");
  EXPECT_EQ(member(deals.body, "state"), "active");
  const auto made = app.post("/api/partners", R"({"name": "P", "approved": true})");
  EXPECT_EQ(test::items(app.get("/api/deals?partner_id=" + member(made.body, "id")).body), 1);
}

TEST_F(Deals, RefuseBadInput) {
  const auto target = "/api/partners/" + partner + "/deals";
  const auto id = create();
  const auto term = [](std::string_view fields) {
    return fmt::format(R"({{"name": "D", "terms": [{}]}})", fields);
  };
  test::FeatureFixture other;
  const auto foreign = other.partner().str();
  test::expect_refused(
      app,
      {{Method::post, target, R"({"name": "D"})", 422, "invalid", "/terms", "required"},
       {Method::post, target, R"({"name": "D", "terms": []})", 422, "invalid", "/terms", "out_of_range"},
       {Method::post, target, R"({"name": "D", "terms": {}})", 422, "invalid", "/terms", "wrong_type"},
       {Method::post, target, term("{}"), 422, "invalid", "/terms/0/trigger", "required"},
       {Method::post, target, term(R"({"trigger": "sale", "method": "percentage"})"), 422, "invalid",
        "/terms/0/rate_ppm", "required"},
       {Method::post, target, term(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1000001})"),
        422, "invalid", "/terms/0/rate_ppm", "out_of_range"},
       {Method::post, target, term(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 1.5})"), 422,
        "invalid", "/terms/0/rate_ppm"},
       {Method::post, target,
        term(R"({"trigger": "sale", "method": "fixed", "amount": 0, "currency": "USD"})"), 422, "invalid",
        "/terms/0/amount", "out_of_range"},
       {Method::post, target,
        term(R"({"trigger": "sale", "method": "fixed", "amount": 5, "currency": "usd"})"), 422, "invalid",
        "/terms/0/currency"},
       {Method::post, target,
        term(R"({"trigger": "sale", "method": "percentage", "rate_ppm": 5, "rate": 5})"), 422, "invalid",
        "/terms/0/rate", "unknown_field"},
       {Method::post, target,
        R"({"name": "D", "valid_from": "2026-02-30T00:00:00Z", "terms": [{"trigger": "lead", "method": "percentage", "rate_ppm": 1}]})",
        422, "invalid", "/valid_from"},
       {Method::post, "/api/partners/" + foreign + "/deals", std::string(kFivePercent), 404, "not_found"},
       {Method::post, "/api/partners/nobody/deals", std::string(kFivePercent), 404, "not_found"},
       {Method::post, "/api/deals/" + foreign + "/versions",
        R"({"terms": [{"trigger": "sale", "method": "percentage", "rate_ppm": 1}]})", 404, "not_found"},
       {Method::post, "/api/deals/" + id + "/versions", "{}", 422, "invalid", "/terms", "required"},
       {Method::patch, "/api/deals/" + id, R"({"state": "active"})", 422, "invalid", "/state",
        "unknown_field"},
       {Method::post, "/api/deals/" + foreign + "/activation", "", 404, "not_found"},
       {Method::get, "/api/deals?partner_id=1", "", 422, "invalid", "?partner_id"}});
}

}  // namespace
}  // namespace tandem::partners
