#include "attribution/inbound_endpoints.hpp"

#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::member;

struct InboundEndpoints : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare_inbound_endpoints};
  std::optional<LiveEndpoint> live(const std::string& address) {
    return f.run(live_endpoint(f.pool, address));
  }
  ~InboundEndpoints() override { Clock::freeze(std::nullopt); }
};

TEST_F(InboundEndpoints, OursHaveASecretThatIsShownOnce) {
  const auto made = app.post("/api/inbound-endpoints", R"({"provider": "generic", "name": "Billing"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto secret = member(made.body, "secret");
  EXPECT_TRUE(secret.starts_with("whsec_"));
  const auto address = member(made.body, "address");
  EXPECT_GE(address.size(), 24U);
  EXPECT_EQ(member(made.body, "path"), "/api/inbound/" + address);
  const auto id = member(made.body, "id");
  EXPECT_EQ(app.get("/api/inbound-endpoints/" + id).body.find("secret"), std::string::npos);
  EXPECT_EQ(test::items(app.get("/api/inbound-endpoints?provider=generic").body), 1);
  const auto found = live(address);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->organization_id, f.organization_id);
  EXPECT_EQ(found->secrets, std::vector{secret});
  EXPECT_EQ(f.peek("select position($2::text::bytea in secrets) from app.inbound_endpoints where id = $1",
                   {id, secret}),
            "0")
      << "sealed";
}

TEST_F(InboundEndpoints, TheOldSecretLivesForADay) {
  const auto made = app.post("/api/inbound-endpoints",
                             R"({"provider": "stripe", "name": "Stripe", "secret": "whsec_first_secret"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "secret"), "") << "the caller knows it";
  const auto target = "/api/inbound-endpoints/" + member(made.body, "id");
  EXPECT_EQ(app.post(target + "/secrets", R"({"secret": "whsec_second_secret"})").status, 201);
  const auto address = member(made.body, "address");
  EXPECT_EQ(live(address)->secrets, (std::vector<std::string>{"whsec_second_secret", "whsec_first_secret"}));
  Clock::freeze(Clock::now() + std::chrono::hours{25});
  EXPECT_EQ(live(address)->secrets, std::vector<std::string>{"whsec_second_secret"});
}

TEST_F(InboundEndpoints, AnArchivedOneIsGone) {
  const auto made = app.post("/api/inbound-endpoints", R"({"provider": "generic", "name": "B"})");
  const auto target = "/api/inbound-endpoints/" + member(made.body, "id");
  EXPECT_EQ(member(app.post(target + "/archiving").body, "state"), "archived");
  EXPECT_EQ(app.post(target + "/archiving").code(), "state");
  EXPECT_EQ(app.post(target + "/secrets", "{}").code(), "state");
  EXPECT_FALSE(live(member(made.body, "address")));
  EXPECT_FALSE(live("nothing-here"));
}

TEST_F(InboundEndpoints, RefuseBadInput) {
  const auto target = "/api/inbound-endpoints";
  const auto unknown = target + ("/" + new_uuid().str());
  test::expect_refused(
      app, {{Method::post, target, "{}", 422, "invalid", "/provider", "required"},
            {Method::post, target, R"({"provider": "paypal", "name": "a"})", 422, "invalid", "/provider"},
            {Method::post, target, R"({"provider": "stripe", "name": "a"})", 422, "invalid", "/secret",
             "required"},
            {Method::post, target, R"({"provider": "generic", "name": "a", "secret": "whsec_short"})", 422,
             "invalid", "/secret", "malformed"},
            {Method::post, target, R"({"provider": "generic", "name": "a", "address": "mine"})", 422,
             "invalid", "/address", "unknown_field"},
            {Method::get, unknown, "", 404, "not_found"},
            {Method::post, unknown + "/secrets", "{}", 404, "not_found"},
            {Method::post, unknown + "/archiving", "", 404, "not_found"}});
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get(target).status, 403);
}

}  // namespace
}  // namespace tandem::attribution
