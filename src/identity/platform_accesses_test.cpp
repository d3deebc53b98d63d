#include <gtest/gtest.h>

#include <thread>

#include "identity/api.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

struct PlatformAccesses : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare, http::Hooks{authenticate, audit}};
  std::string slug = "tenant-" + f.slug, cookie, csrf, platform_membership;
  OrganizationId tenant;

  PlatformAccesses() {
    LogInLimits::instance().clear();
    tenant = f.run(create_organization(f.pool, {.slug = Slug::parse(slug).value(),
                                                .name = Text<1, 120>::parse("Tenant").value(),
                                                .currency = Currency::parse("USD").value()}));
    sign_in("op", kPlatform);
  }
  void sign_in(const std::string& name, OrganizationId organization) {
    const std::string email = fmt::format("{}@{}.example", name, f.slug);
    f.run(make_login(f.pool, organization,
                     {.email = Email::parse(email).value(),
                      .name = Text<1, 120>::parse("Op").value(),
                      .role = MemberRole::owner,
                      .partner_id = {}},
                     Secret("the quiet words of op")));
    const auto made = app.post("/api/session",
                               fmt::format(R"({{"email":"{}","password":"the quiet words of op"}})", email));
    const auto set = made.header("Set-Cookie");
    cookie = set.substr(0, set.find(';'));
    csrf = member(made.body, "csrf_token");
    const auto at = made.body.find(R"("memberships":[{"id":")");
    platform_membership = made.body.substr(at + 22, 36);
  }
  test::Answer send(Method method, const std::string& target, std::string body,
                    const std::string& membership) {
    return app.send(method, target, std::move(body),
                    {{"cookie", cookie}, {"x-csrf-token", csrf}, {"x-membership", membership}});
  }
  test::Answer open(const std::string& rest = "") {
    return send(Method::post, "/api/platform/accesses",
                fmt::format(R"({{"organization":"{}","reason":"ticket 4711: wrong total"{}}})", slug, rest),
                platform_membership);
  }
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds{600}); }
};

TEST_F(PlatformAccesses, AnOperatorSeesNothingWithoutOne) {
  EXPECT_EQ(send(Method::get, "/api/api-keys", {}, platform_membership).code(), "forbidden");
  EXPECT_EQ(send(Method::get, "/api/organizations/" + tenant.str(), {}, platform_membership).status, 404);
}

TEST_F(PlatformAccesses, OneIsForAReasonAndSomeHoursAndStandsInTheAudit) {
  const auto made = open(R"(,"hours":2)");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "role"), "observer");
  const auto access = member(made.body, "id");
  EXPECT_EQ(send(Method::get, "/api/organizations/" + tenant.str(), {}, access).status, 200);
  EXPECT_EQ(send(Method::patch, "/api/organizations/" + tenant.str(), R"({"name":"Mine"})", access).code(),
            "forbidden");
  EXPECT_EQ(
      f.peek(
          "select actor_kind || ' ' || (body->>'reason') from app.audit where organization_id = $1 and action = "
          "'platform_access'",
          {tenant.str()}),
      "platform ticket 4711: wrong total");
  EXPECT_NE(send(Method::get, "/api/members", {}, access).body.find("ticket 4711"), std::string::npos)
      << "the organization sees who looks in";
  EXPECT_EQ(open().code(), "access_open");
  Clock::freeze(Clock::now() + std::chrono::minutes{121});
  wait();
  EXPECT_EQ(send(Method::get, "/api/organizations/" + tenant.str(), {}, access).status, 401)
      << "idle, and over";
  Clock::freeze(std::nullopt);
}

TEST_F(PlatformAccesses, WritingIsAskedForAndGivesNoKeys) {
  const auto made = open(R"(,"mode":"write")");
  const auto access = member(made.body, "id");
  EXPECT_EQ(send(Method::patch, "/api/organizations/" + tenant.str(), R"({"name":"Mended"})", access).status,
            200);
  EXPECT_EQ(send(Method::post, "/api/api-keys", R"({"name":"x","kind":"staff"})", access).code(),
            "forbidden");
  EXPECT_EQ(send(Method::delete_, "/api/platform/accesses/" + access, {}, platform_membership).status, 204);
  wait();
  EXPECT_EQ(send(Method::get, "/api/organizations/" + tenant.str(), {}, access).code(), "forbidden");
  EXPECT_EQ(send(Method::delete_, "/api/platform/accesses/" + access, {}, platform_membership).status, 404);
  EXPECT_EQ(open().status, 201) << "and anew";
}

TEST_F(PlatformAccesses, AreForOperatorsAlone) {
  for (const auto& bad : {R"(,"hours":9)", R"(,"hours":0)"}) EXPECT_TRUE(open(bad).names("/hours")) << bad;
  EXPECT_EQ(send(Method::post, "/api/platform/accesses", R"({"organization":"x","reason":"because"})",
                 platform_membership)
                .status,
            422);
  EXPECT_TRUE(send(Method::post, "/api/platform/accesses",
                   R"({"organization":"tandem-platform","reason":"to see it all"})", platform_membership)
                  .names("/organization"));
  sign_in("owner", tenant);
  EXPECT_EQ(open().code(), "forbidden") << "a tenant's owner";
  EXPECT_EQ(app.send(Method::post, "/api/platform/accesses",
                     fmt::format(R"({{"organization":"{}","reason":"ticket 4711: wrong total"}})", slug),
                     {{"authorization", "Bearer " + f.staff_key()}})
                .code(),
            "forbidden");
}

}  // namespace
}  // namespace tandem::identity
