#include <gtest/gtest.h>

#include "identity/module.hpp"
#include "identity/platform.hpp"
#include "mail/mail.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

constexpr auto kPath = "/api/platform/organizations";

struct PlatformOrganizations : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare, http::Hooks{{}, audit}};
  UserId op{new_uuid()};
  std::string slug = "made-" + f.slug;

  PlatformOrganizations() {
    jobs::Kinds::instance().clear();
    jobs::Kinds::instance().add(mail::send_job());
    register_jobs();
    act_as(MemberRole::owner);
  }
  void act_as(MemberRole role) {
    app.principal.kind = http::Principal::Kind::user;
    app.principal.scope = platform_scope(op);
    app.principal.permissions = permissions_of(Side::platform, role).value();
  }
  std::string wanted(const std::string& rest = "") const {
    return fmt::format(
        R"({{"slug":"{0}","name":"Made","currency":"EUR","owner_email":"boss@{0}.example"{1}}})", slug, rest);
  }
  std::string id_of(const std::string& of_slug) {
    return f.peek("select organization_id from app.organizations where slug = $1", {of_slug}).value_or("");
  }
};

TEST_F(PlatformOrganizations, AreMadeWithAnInvitationOfTheFirstOwner) {
  const auto made = app.post(kPath, wanted(R"(,"plan":"starter","time_zone":"Asia/Tashkent","locale":"uz")"));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto id = id_of(slug);
  EXPECT_EQ(member(made.body, "id"), id);
  EXPECT_EQ(member(made.body, "plan"), "starter");
  EXPECT_EQ(member(made.body, "status"), "active");
  EXPECT_EQ(member(made.body, "time_zone"), "Asia/Tashkent");
  EXPECT_EQ(f.peek("select email || ' ' || role || ' ' || locale || ' ' || state from app.invitations "
                   "where organization_id = $1",
                   {id}),
            fmt::format("boss@{}.example owner uz open", slug));
  EXPECT_EQ(f.peek("select count(*) from app.mails where organization_id = $1", {id}), "1");
  EXPECT_EQ(f.peek("select string_agg(m->>'currency' || ' ' || (m->>'amount'), ', ') from app.organizations, "
                   "jsonb_array_elements(settings->'payout_minimums') m where organization_id = $1 and "
                   "m->>'currency' in ('USD', 'JPY', 'UZS')",
                   {id}),
            "USD 1000, JPY 1500, UZS 12000000")
      << "what is usual, until it says otherwise";
  EXPECT_EQ(f.peek("select settings->>'locale' from app.organizations where organization_id = $1", {id}),
            "uz");
  EXPECT_EQ(f.peek("select actor_kind || ' ' || actor_id from app.audit where organization_id = $1 and "
                   "action = 'create_organization'",
                   {id}),
            "platform " + op.str());
}

TEST_F(PlatformOrganizations, AreMadeOnceByTheSameCall) {
  const auto first = app.post(kPath, wanted());
  ASSERT_EQ(first.status, 201) << first.body;
  const auto again = app.post(kPath, wanted());
  EXPECT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(member(again.body, "id"), member(first.body, "id"));
  EXPECT_EQ(f.peek("select count(*) from app.mails where organization_id = $1", {id_of(slug)}), "1");
  EXPECT_EQ(app.post(kPath, wanted(R"(,"plan":"enterprise")")).code(), "slug_taken");
  const auto of_another =
      fmt::format(R"({{"slug":"{}","name":"Made","currency":"EUR","owner_email":"other@x.example"}})", slug);
  EXPECT_EQ(app.post(kPath, of_another).code(), "slug_taken");
}

TEST_F(PlatformOrganizations, AreListedAndFound) {
  for (const auto* end : {"-a", "-b", "-c"}) {
    slug = "list" + f.slug + end;
    ASSERT_EQ(app.post(kPath, wanted()).status, 201);
  }
  const auto query = fmt::format("{}?q=LIST{}&limit=2", kPath, f.slug);
  const auto page = app.get(query);
  EXPECT_EQ(test::items(page.body), 2) << page.body;
  const auto rest = app.get(query + "&cursor=" + member(page.body, "next_cursor"));
  EXPECT_EQ(test::items(rest.body), 1) << rest.body;
  EXPECT_NE(rest.body.find(R"(-c","name":"Made")"), std::string::npos) << rest.body;
  EXPECT_NE(rest.body.find(R"("next_cursor":null)"), std::string::npos) << rest.body;
  EXPECT_EQ(test::items(app.get(query + "&status=cancelled").body), 0);
  EXPECT_EQ(test::items(app.get(std::string(kPath) + "?q=tandem-platform").body), 0)
      << "not the platform itself";
  EXPECT_EQ(member(app.get(fmt::format("{}/{}", kPath, f.organization_id.str())).body, "slug"), f.slug);
  EXPECT_EQ(app.get(fmt::format("{}/{}", kPath, new_uuid().str())).status, 404);
  EXPECT_EQ(app.get(fmt::format("{}/{}", kPath, kPlatform.str())).status, 404);
}

TEST_F(PlatformOrganizations, AreMovedForAReasonThatStandsInTheirAudit) {
  const auto target = fmt::format("{}/{}/moves", kPath, f.organization_id.str());
  const auto moved = app.post(target, R"({"status":"suspended","reason":"two invoices are open"})");
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(member(moved.body, "status"), "suspended");
  EXPECT_EQ(member(moved.body, "plan"), "free");
  EXPECT_EQ(member(app.post(target, R"({"plan":"enterprise","reason":"signed on paper"})").body, "plan"),
            "enterprise");
  EXPECT_EQ(
      f.peek(
          "select string_agg(actor_kind || ': ' || (body->>'reason'), '; ' order by at, id) from app.audit "
          "where organization_id = $1 and action = 'move_organization'",
          {f.organization_id.str()}),
      "platform: two invoices are open; platform: signed on paper");
  test::expect_refused(
      app, {{Method::post, target, R"({"reason":"for no change"})", 422, "invalid", "/status", "required"},
            {Method::post, target, R"({"status":"active","reason":"short"})", 422, "invalid", "/reason"},
            {Method::post, target, R"({"status":"paused","reason":"there is no such"})", 422, "invalid",
             "/status"},
            {Method::post, fmt::format("{}/{}/moves", kPath, new_uuid().str()),
             R"({"status":"active","reason":"there is none"})", 404, "not_found"},
            {Method::post, fmt::format("{}/{}/moves", kPath, kPlatform.str()),
             R"({"status":"cancelled","reason":"the platform itself"})", 404, "not_found"},
            {Method::post, kPath,
             R"({"slug":"Not A Slug","name":"x","currency":"EUR","owner_email":"a@b.example"})", 422,
             "invalid", "/slug"},
            {Method::post, kPath, R"({"slug":"fine","name":"x","currency":"EUR"})", 422, "invalid",
             "/owner_email", "required"}});
}

TEST_F(PlatformOrganizations, AreForOperatorsAlone) {
  app.principal.scope = f.staff;
  app.principal.permissions = http::Permissions::all();
  const auto target = fmt::format("{}/{}", kPath, f.organization_id.str());
  for (const auto kind : {http::Principal::Kind::user, http::Principal::Kind::api_key}) {
    app.principal.kind = kind;
    EXPECT_EQ(app.get(kPath).code(), "forbidden");
    EXPECT_EQ(app.get(target).code(), "forbidden");
    EXPECT_EQ(app.post(kPath, wanted()).code(), "forbidden");
    EXPECT_EQ(app.post(target + "/moves", R"({"status":"active","reason":"our own wish"})").code(),
              "forbidden");
  }
  EXPECT_EQ(id_of(slug), "");
}

}  // namespace
}  // namespace tandem::identity
