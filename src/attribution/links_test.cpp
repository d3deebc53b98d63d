#include "attribution/links.hpp"

#include <gtest/gtest.h>

#include "attribution/coupons.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::member;

void declare_both(http::Routes& routes) {
  declare_links(routes);
  declare_coupons(routes);
}

struct Links : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare_both};
  PartnerId partner = f.partner();
  std::string target = "/api/partners/" + partner.str() + "/links";
  std::string coupons = "/api/partners/" + partner.str() + "/coupons";
  std::string body(std::string_view code) {
    return fmt::format(R"({{"code": "{}", "destination": "https://shop.example/a?b=c"}})", code);
  }
};

TEST_F(Links, CreatesGetsListsAndChanges) {
  const auto code = "Summer-" + f.slug;
  const auto made = app.post(target, body(code));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "code"), code);
  EXPECT_EQ(member(made.body, "state"), "active");
  const auto id = member(made.body, "id");
  EXPECT_EQ(app.get("/api/links/" + id).body, made.body);
  EXPECT_EQ(test::items(app.get("/api/links?code=summer-" + f.slug).body), 1);
  EXPECT_EQ(test::items(app.get("/api/links?partner_id=" + partner.str() + "&state=active").body), 1);
  const auto changed = app.send(Method::patch, "/api/links/" + id,
                                R"({"label": "Blog", "destination": "https://new.example/"})");
  EXPECT_EQ(member(changed.body, "label"), "Blog");
  EXPECT_EQ(member(changed.body, "destination"), "https://new.example/");
  EXPECT_EQ(member(app.post("/api/links/" + id + "/archiving").body, "state"), "archived");
  EXPECT_EQ(app.post("/api/links/" + id + "/archiving").code(), "state");
  EXPECT_EQ(test::items(app.get("/api/links?state=active").body), 0);
  const auto found = f.run(identity::resolve_code(f.pool, identity::CodeKind::link, "summer-" + f.slug));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->target_id.str(), id);
}

TEST_F(Links, AnEditSaysOfWhichVersionItIsAndMayClearTheLabel) {
  const auto made = app.post(target, R"({"destination": "https://shop.example/", "label": "Blog"})");
  const auto link = "/api/links/" + member(made.body, "id");
  const auto edit = [&](std::string_view body, http::Pairs headers) {
    headers.emplace_back("content-type", "application/json");
    headers.emplace_back("idempotency-key", new_uuid().str());
    return app.call(Method::patch, link, std::string(body), std::move(headers));
  };
  const auto etag = app.get(link).header("ETag");
  EXPECT_EQ(edit(R"({"label": "x"})", {}).status, 428);
  EXPECT_EQ(member(edit(R"({"destination": "https://b.example/"})", {{"if-match", etag}}).body, "label"),
            "Blog");
  EXPECT_EQ(edit(R"({"label": "x"})", {{"if-match", etag}}).status, 412) << "somebody was faster";
  EXPECT_NE(edit(R"({"label": null})", {{"if-match", "*"}}).body.find(R"("label":null)"), std::string::npos);
}

TEST_F(Links, CodesAreUniqueOverAllOrganizations) {
  test::FeatureFixture other;
  test::TestApp theirs(other, declare_both);
  const auto code = "one-" + f.slug;
  EXPECT_EQ(app.post(target, body(code)).status, 201);
  std::string upper = code;
  upper[0] = 'O';
  EXPECT_EQ(app.post(target, body(upper)).code(), "code_taken");
  EXPECT_EQ(theirs.post("/api/partners/" + other.partner().str() + "/links", body(code)).code(),
            "code_taken");
  const auto made_up = app.post(target, R"({"destination": "https://shop.example/"})");
  EXPECT_EQ(member(made_up.body, "code").size(), 8U) << made_up.body;
}

TEST_F(Links, APartnerKeepsItsOwn) {
  const auto other = f.partner();
  const auto theirs = f.link(other);
  app.principal.scope = f.partner(partner);
  const auto made = app.post(target, body("mine-" + f.slug));
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(app.post(target, body("mine-" + f.slug)).code(), "code_taken");
  EXPECT_EQ(test::items(app.get("/api/links").body), 1);
  EXPECT_EQ(test::items(app.get("/api/links?partner_id=" + other.str()).body), 0);
  const auto foreign = app.get("/api/links/" + theirs.id.str());
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(test::without_request_id(foreign), test::without_request_id(app.get("/api/links/none")));
  EXPECT_EQ(app.send(Method::patch, "/api/links/" + theirs.id.str(), R"({"label": "x"})").status, 404);
  EXPECT_EQ(app.post("/api/links/" + theirs.id.str() + "/archiving").status, 404);
  EXPECT_EQ(app.post("/api/partners/" + other.str() + "/links", body("t-" + f.slug)).status, 404);
  EXPECT_EQ(app.send(Method::patch, "/api/links/" + member(made.body, "id"), R"({"label": "x"})").status,
            200);
}

TEST_F(Links, NeedAnActivePartner) {
  const auto applied = f.applied_partner();
  const auto answer = app.post("/api/partners/" + applied.str() + "/links", body("a-" + f.slug));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "partner_not_active");
  EXPECT_EQ(app.post("/api/partners/" + applied.str() + "/coupons", R"({"code": "A"})").code(),
            "partner_not_active");
}

TEST_F(Links, RefuseBadInput) {
  test::FeatureFixture other;
  const auto foreign = other.partner().str();
  test::expect_refused(
      app, {{Method::post, target, "{}", 422, "invalid", "/destination", "required"},
            {Method::post, target, R"({"destination": "javascript:1"})", 422, "invalid", "/destination"},
            {Method::post, target, R"({"destination": "https://u:p@shop.example"})", 422, "invalid",
             "/destination"},
            {Method::post, target, R"({"destination": "https://a.example", "code": "a b"})", 422, "invalid",
             "/code"},
            {Method::post, target, R"({"destination": "https://a.example", "partner_id": "x"})", 422,
             "invalid", "/partner_id", "unknown_field"},
            {Method::post, "/api/partners/" + foreign + "/links", body("x"), 404, "not_found"},
            {Method::get, "/api/links/" + foreign, "", 404, "not_found"},
            {Method::get, "/api/links?sort=destination", "", 422, "invalid", "?sort"},
            {Method::patch, "/api/links/" + foreign, R"({"code": "new"})", 422, "invalid", "/code",
             "unknown_field"},
            {Method::post, coupons, "{}", 422, "invalid", "/code", "required"},
            {Method::post, "/api/coupons/" + foreign + "/archiving", "", 404, "not_found"}});
}

TEST_F(Links, CouponsAreUniqueInTheOrganization) {
  test::FeatureFixture other;
  test::TestApp theirs(other, declare_both);
  const auto made = app.post(coupons, R"({"code": "SUMMER10"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(app.post(coupons, R"({"code": "summer10"})").code(), "code_taken");
  EXPECT_EQ(
      theirs.post("/api/partners/" + other.partner().str() + "/coupons", R"({"code": "SUMMER10"})").status,
      201);
  EXPECT_EQ(test::items(app.get("/api/coupons?code=Summer10").body), 1);
  const auto target_coupon = "/api/coupons/" + member(made.body, "id");
  EXPECT_EQ(app.get(target_coupon).body, made.body);
  EXPECT_EQ(member(app.post(target_coupon + "/archiving").body, "state"), "archived");
  EXPECT_EQ(app.post(target_coupon + "/archiving").code(), "state");
  app.principal.scope = f.partner(partner);
  EXPECT_EQ(app.get(target_coupon).status, 200);
  EXPECT_EQ(app.post(coupons, R"({"code": "MINE"})").status, 403);
}

}  // namespace
}  // namespace tandem::attribution
