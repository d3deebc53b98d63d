#include "identity/organizations.hpp"

#include <gtest/gtest.h>

#include "identity/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

struct Organizations : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare};
  std::string target = "/api/organizations/" + f.organization_id.str();
};

TEST_F(Organizations, AnOrganizationSeesItself) {
  test::FeatureFixture other;
  EXPECT_EQ(test::items(app.get("/api/organizations").body), 1);
  EXPECT_EQ(member(app.get(target).body, "slug"), f.slug);
  const auto foreign = app.get("/api/organizations/" + other.organization_id.str());
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(test::without_request_id(foreign),
            test::without_request_id(app.get("/api/organizations/" + new_uuid().str())));
  EXPECT_EQ(
      app.send(Method::patch, "/api/organizations/" + other.organization_id.str(), R"({"name": "Mine"})")
          .status,
      404);
}

TEST_F(Organizations, ChangesWhatIsGiven) {
  const auto changed = app.send(
      Method::patch, target, R"({"time_zone": "Asia/Tashkent", "currency": "UZS", "default_hold_days": 45})");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member(changed.body, "time_zone"), "Asia/Tashkent");
  EXPECT_NE(changed.body.find(R"("default_hold_days":45)"), std::string::npos);
  EXPECT_NE(changed.body.find(R"("default_window_days":90)"), std::string::npos);
  const auto second = app.send(Method::patch, target, R"({"approves_partners": true})");
  EXPECT_NE(second.body.find(R"("default_hold_days":45)"), std::string::npos);
  EXPECT_NE(second.body.find(R"("approves_partners":true)"), std::string::npos);
  const auto defaults = f.tx(db::Role::read, [](db::Tx& tx) { return organization_defaults(tx); });
  EXPECT_EQ(defaults.currency.code(), "UZS");
  EXPECT_EQ(defaults.default_hold_days, 45);
}

TEST_F(Organizations, SettingsHaveTheirTypes) {
  const auto set =
      app.send(Method::patch, target, R"({"locale": "uz", "currencies": ["UZS", "EUR"], "payout_day": 28,
      "payout_minimums": [{"amount": 5000, "currency": "USD"}, {"amount": 60000000, "currency": "UZS"}],
      "new_partner_hold_days": 75, "brand_accent": "#2f52d9"})");
  ASSERT_EQ(set.status, 200) << set.body;
  const auto body = app.get(target).body;
  EXPECT_EQ(member(body, "locale"), "uz");
  EXPECT_EQ(member(body, "plan"), "free");
  EXPECT_NE(body.find(R"("currencies":["UZS","EUR"])"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("payout_minimums":[{"amount":5000,"currency":"USD"},)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("default_hold_days":30)"), std::string::npos) << "what is not set has its default";
  test::expect_refused(
      app, {{Method::patch, target, R"({"payout_day": 29})", 422, "invalid", "/payout_day"},
            {Method::patch, target, R"({"payout_day": 0})", 422, "invalid", "/payout_day"},
            {Method::patch, target, R"({"payout_cutoff_day": 29})", 422, "invalid", "/payout_cutoff_day"},
            {Method::patch, target, R"({"payout_approval_limits": [{"amount": -1, "currency": "USD"}]})", 422,
             "invalid", "/payout_approval_limits/0/amount"},
            {Method::patch, target, R"({"locale": "de"})", 422, "invalid", "/locale"},
            {Method::patch, target, R"({"currencies": ["XXQ"]})", 422, "invalid", "/currencies/0"},
            {Method::patch, target, R"({"new_partner_days": 366})", 422, "invalid", "/new_partner_days"},
            {Method::patch, target, R"({"brand_accent": "#12345g"})", 422, "invalid", "/brand_accent"},
            {Method::patch, target,
             R"({"payout_minimums": [{"amount": 1, "currency": "USD"}, {"amount": 2, "currency": "USD"}]})",
             422, "invalid", "/payout_minimums/1/currency"},
            {Method::patch, target, R"({"status": "active"})", 422, "invalid", "/status", "unknown_field"},
            {Method::patch, target, R"({"plan": "enterprise"})", 422, "invalid", "/plan", "unknown_field"}});
  EXPECT_EQ(app.get(target).body, body) << "a refusal changes nothing";
}

TEST_F(Organizations, AnEditSaysOfWhichVersionItIs) {
  const auto etag = app.get(target).header("ETag");
  ASSERT_FALSE(etag.empty());
  const auto edit = [&](http::Pairs headers) {
    headers.emplace_back("content-type", "application/json");
    headers.emplace_back("idempotency-key", new_uuid().str());
    return app.call(Method::patch, target, R"({"payout_day": 7})", std::move(headers));
  };
  EXPECT_EQ(edit({}).status, 428);
  EXPECT_EQ(edit({{"if-match", etag}}).status, 200);
  EXPECT_EQ(edit({{"if-match", etag}}).status, 412) << "somebody was faster";
}

TEST_F(Organizations, NullGoesBackToTheDefault) {
  ASSERT_EQ(app.send(Method::patch, target, R"({"payout_day": 7, "brand_accent": "#2f52d9"})").status, 200);
  const auto back = app.send(Method::patch, target, R"({"payout_day": null, "brand_accent": null})");
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_NE(back.body.find(R"("payout_day":5)"), std::string::npos) << back.body;
  EXPECT_NE(back.body.find(R"("brand_accent":null)"), std::string::npos) << back.body;
}

TEST_F(Organizations, AreSuspendedAndResumedWithAReason) {
  const auto move = [&](OrganizationStatus status) {
    return f.tx(db::Role::write,
                [&](db::Tx& tx) { return move_organization(tx, status, Plan::starter, "unpaid"); });
  };
  EXPECT_TRUE(move(OrganizationStatus::suspended));
  EXPECT_EQ(member(app.get(target).body, "status"), "suspended");
  EXPECT_EQ(member(app.get(target).body, "plan"), "starter");
  EXPECT_EQ(
      f.peek(
          "select body->>'reason' from app.audit where organization_id = $1 and action = 'move_organization'",
          {f.organization_id.str()}),
      "unpaid");
  EXPECT_TRUE(move(OrganizationStatus::active));
}

TEST_F(Organizations, AreMadeOnceForASlug) {
  NewOrganization wanted;
  wanted.slug = Slug::parse("shop-" + f.slug).value();
  wanted.name = Text<1, 120>::parse("Shop").value();
  const auto id = f.run(create_organization(f.pool, wanted));
  EXPECT_EQ(f.run(find_organization(f.pool, wanted.slug)), id);
  EXPECT_EQ(f.run(find_organization(f.pool, Slug::parse("nobody").value())), std::nullopt);
  EXPECT_EQ(f.peek("select string_agg(m->>'currency' || ' ' || (m->>'amount'), ', ') from app.organizations, "
                   "jsonb_array_elements(settings->'payout_minimums') m where organization_id = $1 and "
                   "m->>'currency' in ('USD', 'UZS')",
                   {id.str()}),
            "USD 1000, UZS 12000000")
      << "what is usual, until it says otherwise";
  try {
    f.run(create_organization(f.pool, wanted));
    FAIL() << "the slug was taken twice";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.kind().code, "slug_taken");
  }
  EXPECT_EQ(f.peek("select count(*) from app.organizations where slug = $1", {wanted.slug.str()}), "1");
}

TEST_F(Organizations, CodesHaveOneOwner) {
  test::FeatureFixture other;
  const auto code = "c" + f.slug;
  const Uuid target_id = new_uuid();
  EXPECT_EQ(f.run(resolve_code(f.pool, CodeKind::link, code)), std::nullopt);
  const auto claim = [&](test::FeatureFixture& who) {
    return who.tx(db::Role::write,
                  [&](db::Tx& tx) { return claim_code(tx, CodeKind::link, code, target_id); });
  };
  EXPECT_TRUE(claim(f));
  EXPECT_FALSE(claim(f));
  EXPECT_FALSE(claim(other));
  const auto found = f.run(resolve_code(f.pool, CodeKind::link, code));
  ASSERT_TRUE(found) << "what was unknown a moment ago is found once it is claimed";
  EXPECT_EQ(found->organization_id, f.organization_id);
  EXPECT_EQ(found->target_id, target_id);
  EXPECT_EQ(f.run(resolve_code(f.pool, CodeKind::inbound, code)), std::nullopt);
}

TEST_F(Organizations, RefuseBadInput) {
  test::expect_refused(
      app, {{Method::patch, target, R"({"name": ""})", 422, "invalid", "/name"},
            {Method::patch, target, R"({"slug": "other"})", 422, "invalid", "/slug", "unknown_field"},
            {Method::patch, target, R"({"status": "active"})", 422, "invalid", "/status", "unknown_field"},
            {Method::patch, target, R"({"time_zone": "Mars/Base"})", 422, "invalid", "/time_zone"},
            {Method::patch, target, R"({"currency": "usd"})", 422, "invalid", "/currency"},
            {Method::patch, target, R"({"default_hold_days": 366})", 422, "invalid", "/default_hold_days",
             "out_of_range"},
            {Method::patch, target, R"({"default_window_days": -1})", 422, "invalid", "/default_window_days",
             "out_of_range"},
            {Method::patch, target, R"({"default_hold_days": 1.5})", 422, "invalid", "/default_hold_days"},
            {Method::patch, "/api/organizations/mine", "{}", 404, "not_found"}});
}

}  // namespace
}  // namespace tandem::identity
