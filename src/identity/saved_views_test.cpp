// Saved views: one's own, shared ones, and whose they are.
#include "identity/saved_views.hpp"

#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"
#include "support/test_app.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kViews = "/api/saved-views";

struct SavedViews : testing::Test {
  /// A person of the staff, or of a partner's team.
  http::Principal person(std::optional<PartnerId> partner = {}) const {
    http::Principal out;
    out.kind = http::Principal::Kind::user;
    out.permissions = http::Permissions::all();
    out.scope = {f.organization_id, partner ? db::ActorKind::partner : db::ActorKind::staff,
                 ActorId{new_uuid()}, partner};
    return out;
  }
  static http::Principal viewer(http::Principal of) {
    of.permissions = {http::Permission::settings_read};
    return of;
  }
  test::Answer save(const std::string& name, bool is_shared = false, const std::string& page = "deals") {
    return app.post(kViews,
                    fmt::format(R"({{"page":"{}","name":"{}","query":"state=active","is_shared":{}}})", page,
                                name, is_shared));
  }
  std::string one(const std::string& id) const { return std::string(kViews) + "/" + id; }
  bool sees(const std::string& id) {
    return app.get(std::string(kViews) + "?page=deals").body.find(id) != std::string::npos;
  }

  test::FeatureFixture f;
  test::TestApp app{f, declare_saved_views};
};

TEST_F(SavedViews, AreOnesOwnUntilShared) {
  const auto owner = person(), colleague = person();
  app.principal = owner;
  const auto made = save("Active");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto id = member(made.body, "id");
  EXPECT_EQ(member(made.body, "query"), "state=active");
  EXPECT_TRUE(sees(id));
  EXPECT_EQ(app.get(std::string(kViews) + "?page=links").body.find(id), std::string::npos);
  app.principal = colleague;
  EXPECT_FALSE(sees(id));
  EXPECT_EQ(app.send(Method::patch, one(id), R"({"name":"Mine"})").status, 404);
  EXPECT_EQ(app.send(Method::delete_, one(id)).status, 404);
  app.principal = owner;
  EXPECT_EQ(app.send(Method::patch, one(id), R"({"is_shared":true})").status, 200);
  app.principal = viewer(colleague);
  EXPECT_TRUE(sees(id));
  EXPECT_NE(app.get(kViews).body.find(R"("is_own":false)"), std::string::npos);
}

TEST_F(SavedViews, WhatIsSharedIsChangedByWhoMayShare) {
  app.principal = person();
  const auto id = member(save("Everybody's", true).body, "id");
  app.principal = viewer(person());
  EXPECT_EQ(app.send(Method::patch, one(id), R"({"name":"Mine"})").code(), "forbidden");
  EXPECT_EQ(app.send(Method::delete_, one(id)).code(), "forbidden");
  EXPECT_EQ(save("To all", true).code(), "forbidden");
  const auto own = save("My own");
  ASSERT_EQ(own.status, 201) << "anybody keeps views";
  EXPECT_EQ(app.send(Method::patch, one(member(own.body, "id")), R"({"is_shared":true})").code(),
            "forbidden");
  app.principal = person();
  const auto renamed = app.send(Method::patch, one(id), R"({"name":"Ours","query":""})");
  EXPECT_EQ(member(renamed.body, "name"), "Ours") << renamed.body;
  EXPECT_EQ(member(renamed.body, "query"), "");
  EXPECT_EQ(app.send(Method::delete_, one(id)).status, 204);
  EXPECT_FALSE(sees(id));
}

TEST_F(SavedViews, APartnersTeamHasItsOwn) {
  const auto first = f.partner(), second = f.partner();
  const auto staff = person(), of_first = person(first);
  app.principal = of_first;
  const auto id = member(save("Ours", true).body, "id");
  ASSERT_FALSE(id.empty());
  app.principal = person(first);
  EXPECT_TRUE(sees(id));
  app.principal = person(second);
  EXPECT_FALSE(sees(id));
  EXPECT_EQ(app.send(Method::delete_, one(id)).status, 404);
  app.principal = staff;
  EXPECT_FALSE(sees(id)) << "the console shows the organization's";
  EXPECT_EQ(app.send(Method::delete_, one(id)).status, 404);
  const auto of_staff = member(save("Of the staff", true).body, "id");
  app.principal = of_first;
  EXPECT_FALSE(sees(of_staff));
  EXPECT_EQ(app.send(Method::patch, one(of_staff), R"({"name":"x"})").status, 404);
}

TEST_F(SavedViews, RefuseWhatIsWrong) {
  app.principal = person();
  ASSERT_EQ(save("Active").status, 201);
  EXPECT_EQ(save("Active").code(), "view_name_taken");
  EXPECT_EQ(save("Active", false, "links").status, 201) << "another page's";
  EXPECT_TRUE(app.post(kViews, R"({"page":"a b","name":"x","query":""})").names("/page"));
  EXPECT_TRUE(app.post(kViews, R"({"page":"deals","name":"","query":""})").names("/name"));
  EXPECT_TRUE(
      app.post(kViews, fmt::format(R"({{"page":"deals","name":"x","query":"{}"}})", std::string(2001, 'q')))
          .names("/query"));
  EXPECT_EQ(app.get(std::string(kViews) + "?page=A%20B").status, 422);
  EXPECT_EQ(app.send(Method::delete_, one(new_uuid().str())).status, 404);
  const http::Pairs key{{"content-type", "application/json"}, {"idempotency-key", new_uuid().str()}};
  const std::string body = R"({"page":"deals","name":"Twice","query":""})";
  const auto once = app.call(Method::post, kViews, body, key),
             again = app.call(Method::post, kViews, body, key);
  EXPECT_EQ(once.status, 201);
  EXPECT_EQ(once.body, again.body);
  test::FeatureFixture other;
  test::TestApp stranger(other, declare_saved_views);
  EXPECT_EQ(stranger.send(Method::delete_, one(member(once.body, "id"))).status, 404);
}

TEST_F(SavedViews, HaveALimit) {
  app.principal = person();
  f.peek(
      "insert into app.saved_views (organization_id, id, owner_id, page, name, query) "
      "select $1::uuid, gen_random_uuid(), $2::uuid, 'deals', 'v' || n, '' from generate_series(1, 200) n",
      {f.organization_id.str(), app.principal.scope.actor_id.str()});
  EXPECT_EQ(save("One more").code(), "too_many_views");
  app.principal = person();
  EXPECT_EQ(save("Another's first").status, 201);
}

}  // namespace
}  // namespace tandem::identity
