#include "partners/materials.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "partners/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

using http::Method;
using test::member;

// One pixel.
constexpr std::string_view kPng =
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489000000"
    "0d4944415478da6364f8cf500f00038601805a347d6b0000000049454e44ae426082";

struct Materials : testing::Test {
  test::FeatureFixture f;
  PartnerId id = f.partner(), other_id = f.partner();
  test::TestApp app{f, declare}, partner{f, declare}, other{f, declare};

  Materials() {
    partner.principal.scope = f.partner(id);
    other.principal.scope = f.partner(other_id);
  }
  std::string make(const std::string& fields) {
    const auto made = app.post("/api/materials", "{" + fields + "}");
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  test::Answer put_file(test::TestApp& who, const std::string& material, std::string body,
                        const std::string& type = "image/png") {
    return who.call(Method::put, "/api/materials/" + material + "/content", std::move(body),
                    {{"content-type", type}, {"idempotency-key", new_uuid().str()}});
  }
  static int count(test::TestApp& who) {
    return static_cast<int>(test::items(who.get("/api/materials").body));
  }
};

TEST_F(Materials, AreSeenByAllPartnersOrByThoseOfTheirDeals) {
  const auto deal = f.deal(id, RatePpm{50'000}).str();
  const auto for_all =
      make(R"("kind": "text", "name": "Post", "body": "Buy at {link}\n{coupon} by {partner}")");
  const auto for_one =
      make(R"("kind": "link", "name": "Sale", "destination": "https://shop.example/sale", "deal_ids": [")" +
           deal + "\"]");
  EXPECT_EQ(count(partner), 2);
  EXPECT_EQ(count(other), 1);
  EXPECT_EQ(other.get("/api/materials/" + for_one).status, 404);
  const auto seen = partner.get("/api/materials/" + for_one);
  EXPECT_EQ(member(seen.body, "destination"), "https://shop.example/sale");
  EXPECT_NE(seen.body.find(R"("deal_ids":null)"), std::string::npos)
      << "whose else it is, a partner is not told";
  EXPECT_NE(app.get("/api/materials/" + for_one).body.find(deal), std::string::npos);
  // From now on all see the one, and nobody the other.
  EXPECT_EQ(app.send(Method::patch, "/api/materials/" + for_one, R"({"deal_ids": null})").status, 200);
  EXPECT_EQ(app.send(Method::patch, "/api/materials/" + for_all, R"({"state": "archived"})").status, 200);
  EXPECT_EQ(count(other), 1);
  EXPECT_EQ(other.get("/api/materials/" + for_all).status, 404);
  EXPECT_EQ(test::items(app.get("/api/materials?state=archived").body), 1);
  EXPECT_EQ(app.send(Method::patch, "/api/materials/" + for_one, R"({"deal_ids": [")" + deal + "\"]}").status,
            200);
  EXPECT_EQ(count(other), 0);
}

TEST_F(Materials, PicturesAreMadeAnewAndShownOnceTheyHaveAFile) {
  const auto logo = make(R"("kind": "logo", "name": "Our logo")");
  const auto content = "/api/materials/" + logo + "/content";
  EXPECT_EQ(count(partner), 0) << "without its file there is nothing to use";
  EXPECT_EQ(app.get(content).status, 404);
  const auto png = from_hex(kPng).value();
  const auto put = put_file(app, logo, png + "<script>alert(1)</script>");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(member(put.body, "content_type"), "image/png");
  EXPECT_EQ(count(partner), 1);
  const auto file = partner.get(content);
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.content_type, "image/png");
  EXPECT_EQ(file.body.find("script"), std::string::npos);
  EXPECT_TRUE(file.header("Content-Disposition").starts_with("attachment"));
  EXPECT_EQ(put_file(app, logo, "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").status, 415);
  EXPECT_EQ(put_file(app, logo, "<svg/>", "image/svg+xml").status, 415);
  EXPECT_EQ(put_file(app, logo, std::string((5U << 20U) + 1, 'x')).status, 413);
  EXPECT_EQ(put_file(app, make(R"("kind": "text", "name": "T", "body": "x")"), png).code(), "state");
}

TEST_F(Materials, BelongToTheStaffOfTheirOrganization) {
  const auto text = make(R"("kind": "text", "name": "T", "body": "x")");
  EXPECT_EQ(partner.post("/api/materials", R"({"kind": "text", "name": "T", "body": "x"})").code(),
            "forbidden");
  EXPECT_EQ(partner.send(Method::patch, "/api/materials/" + text, R"({"name": "Mine"})").code(), "forbidden");
  EXPECT_EQ(put_file(partner, text, from_hex(kPng).value()).code(), "forbidden");
  test::FeatureFixture elsewhere;
  test::TestApp stranger{elsewhere, declare};
  EXPECT_EQ(count(stranger), 0);
  EXPECT_EQ(stranger.get("/api/materials/" + text).status, 404);
  EXPECT_EQ(stranger.send(Method::patch, "/api/materials/" + text, R"({"name": "Mine"})").status, 404);
  EXPECT_EQ(put_file(stranger, text, from_hex(kPng).value()).status, 404);
}

TEST_F(Materials, RefuseWhatTheirKindDoesNotHave) {
  test::FeatureFixture elsewhere;
  const auto foreign = elsewhere.deal(elsewhere.partner(), RatePpm{1}).str();
  const auto all = "/api/materials";
  const auto text = all + std::string("/") + make(R"("kind": "text", "name": "T", "body": "x")");
  test::expect_refused(
      app,
      {{Method::post, all, "{}", 422, "invalid", "/kind", "required"},
       {Method::post, all, R"({"kind": "svg", "name": "x"})", 422, "invalid", "/kind"},
       {Method::post, all, R"({"kind": "text", "name": "x"})", 422, "invalid", "/body", "required"},
       {Method::post, all, R"({"kind": "link", "name": "x"})", 422, "invalid", "/destination", "required"},
       {Method::post, all, R"({"kind": "link", "name": "x", "destination": "javascript:void 0"})", 422,
        "invalid", "/destination"},
       {Method::post, all, R"({"kind": "logo", "name": "x", "body": "y"})", 422, "invalid", "/body",
        "out_of_range"},
       {Method::post, all, R"({"kind": "text", "name": "x", "body": "y", "deal_ids": []})", 422, "invalid",
        "/deal_ids", "out_of_range"},
       {Method::post, all, R"({"kind": "text", "name": "x", "body": "y", "deal_ids": [")" + foreign + "\"]}",
        422, "invalid", "/deal_ids/0", "out_of_range"},
       {Method::patch, text, R"({"destination": "https://shop.example/"})", 422, "invalid", "/destination"},
       {Method::patch, text, R"({"name": ""})", 422, "invalid", "/name"},
       {Method::patch, text, R"({"kind": "link"})", 422, "invalid", "/kind", "unknown_field"},
       {Method::patch, all + std::string("/") + new_uuid().str(), R"({"name": "x"})", 404, "not_found"}});
}

}  // namespace
}  // namespace tandem::partners
