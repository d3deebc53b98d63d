#include <gtest/gtest.h>

#include <thread>

#include "identity/api_keys.hpp"
#include "identity/module.hpp"
#include "identity/site_keys.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

http::Pairs bearer(const std::string& secret) { return {{"authorization", "Bearer " + secret}}; }

struct Seen {
  std::string kind;
};
BOOST_DESCRIBE_STRUCT(Seen, (), (kind))
Task<Seen> who(db::Tx& tx) { co_return Seen{std::string(json::enum_name(tx.scope().actor_kind))}; }

/// The module's routes, and one of each access that says who calls.
void declare_probe(http::Routes& routes) {
  declare(routes);
  routes.get("/api/probe/staff", who)
      .says("staff")
      .allow(http::Access::staff)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.get("/api/probe/partner", who)
      .says("partner")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.get("/api/probe/site", who)
      .says("site")
      .allow(http::Access::site)
      .needs(http::Permission::leads_manage)
      .as(db::Role::read);
  routes.post("/api/probe/site", who)
      .says("site")
      .allow(http::Access::site)
      .needs(http::Permission::leads_manage)
      .as(db::Role::write);
}

struct Keys : testing::Test {
  test::FeatureFixture f;
  test::TestApp staff{f, declare};  // as the fixture's staff, without keys
  test::TestApp app{f, declare_probe, http::Hooks{authenticate, audit}};
  test::Answer get(const std::string& target, http::Pairs headers) {
    return app.call(Method::get, target, {}, std::move(headers));
  }
};

TEST_F(Keys, RotationKeepsBothSecretsForAWhile) {
  const auto made =
      staff.post("/api/api-keys", R"({"name": "CI", "kind": "staff", "scopes": ["links.read"]})");
  const auto old_secret = member(made.body, "secret"), id = member(made.body, "id");
  const auto rotated = staff.post("/api/api-keys/" + id + "/rotation", R"({"keep_hours": 1})");
  ASSERT_EQ(rotated.status, 201) << rotated.body;
  const auto new_secret = member(rotated.body, "secret");
  EXPECT_NE(rotated.body.find(R"("scopes":["links.read"])"), std::string::npos) << rotated.body;
  EXPECT_EQ(get("/api/probe/staff", bearer(old_secret)).status, 200);
  EXPECT_EQ(get("/api/probe/staff", bearer(new_secret)).status, 200);
  EXPECT_EQ(
      f.peek("select expires_at between now() + interval '59 minutes' and now() + interval '61 minutes' "
             "from app.api_keys where id = $1",
             {id}),
      "t");
  EXPECT_EQ(staff.post("/api/api-keys/" + id + "/rotation", R"({"keep_hours": 169})").status, 422);
  staff.post("/api/api-keys/" + id + "/revocation");
  const auto late = staff.post("/api/api-keys/" + id + "/rotation", "{}");
  EXPECT_EQ(late.status, 409) << late.body;
  EXPECT_EQ(staff.post("/api/api-keys/" + new_uuid().str() + "/rotation", "{}").status, 404);
}

TEST_F(Keys, SayWhenTheyWereLastUsed) {
  const auto made = staff.post("/api/api-keys", R"({"name": "CI", "kind": "staff"})");
  const auto target = "/api/api-keys/" + member(made.body, "id");
  EXPECT_NE(staff.get(target).body.find(R"("last_used_at":null)"), std::string::npos);
  get("/api/probe/staff", bearer(member(made.body, "secret")));
  const auto first = member(staff.get(target).body, "last_used_at");
  EXPECT_NE(first, "");
  std::this_thread::sleep_for(
      std::chrono::milliseconds{600});  // asked of the database again, and not written
  get("/api/probe/staff", bearer(member(made.body, "secret")));
  EXPECT_EQ(member(staff.get(target).body, "last_used_at"), first);
}

TEST_F(Keys, TheSecretIsShownOnceAndStoredNowhere) {
  const http::Pairs headers{{"content-type", "application/json"}, {"idempotency-key", "k"}};
  const std::string body = R"({"name": "CI", "kind": "staff"})";
  const auto made = staff.call(Method::post, "/api/api-keys", body, headers);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto secret = member(made.body, "secret");
  EXPECT_TRUE(secret.starts_with("tdm_live_")) << made.body;
  EXPECT_TRUE(secret.starts_with(member(made.body, "prefix")));
  const auto again = staff.call(Method::post, "/api/api-keys", body, headers);
  EXPECT_EQ(again.status, 201);
  EXPECT_NE(again.body.find(R"("secret":null)"), std::string::npos) << again.body;
  EXPECT_EQ(member(again.body, "id"), member(made.body, "id"));
  const auto list = staff.get("/api/api-keys");
  EXPECT_EQ(test::items(list.body), 1);
  EXPECT_EQ(list.body.find("secret"), std::string::npos);
  EXPECT_EQ(list.body.find("hash"), std::string::npos);
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).body, R"({"kind":"staff"})");
  EXPECT_EQ(f.peek("select count(*) from app.idempotency where body::text like '%' || $1 || '%'", {secret}),
            "0");
}

TEST_F(Keys, EachKindOpensItsOwnRoutes) {
  const auto staff_key = f.staff_key(), partner_key = f.partner_key(f.partner()), site = f.site_key();
  EXPECT_EQ(get("/api/probe/staff", bearer(staff_key)).status, 200);
  EXPECT_EQ(get("/api/probe/partner", bearer(staff_key)).status, 200);
  EXPECT_EQ(get("/api/probe/site", bearer(staff_key)).status, 200);
  EXPECT_EQ(get("/api/probe/staff", bearer(partner_key)).code(), "forbidden");
  EXPECT_EQ(get("/api/probe/partner", bearer(partner_key)).body, R"({"kind":"partner"})");
  EXPECT_EQ(get("/api/probe/site", bearer(partner_key)).status, 403);
  const http::Pairs from_shop{{"x-site-key", site}, {"origin", "https://shop.example"}};
  EXPECT_EQ(get("/api/probe/site", from_shop).body, R"({"kind":"system"})");
  EXPECT_EQ(get("/api/probe/partner", from_shop).status, 403);
  EXPECT_EQ(get("/api/probe/staff", from_shop).status, 403);
}

TEST_F(Keys, ScopesNarrowAKey) {
  const auto make = [&](const std::string& fields) {
    return staff.post("/api/api-keys", R"({"name": "S", )" + fields + "}");
  };
  const auto made = make(R"("kind": "staff", "scopes": ["links.read", "keys.manage"])");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_NE(made.body.find(R"("scopes":["links.read","keys.manage"])"), std::string::npos) << made.body;
  const auto narrow = bearer(member(made.body, "secret"));
  EXPECT_EQ(get("/api/probe/staff", narrow).status, 200);
  EXPECT_EQ(get("/api/probe/site", narrow).code(), "forbidden");
  EXPECT_EQ(get("/api/audit", narrow).code(), "forbidden");
  // Nobody makes a key that may do more than itself.
  const auto wider = app.send(Method::post, "/api/api-keys", R"({"name": "W", "kind": "staff"})", narrow);
  EXPECT_EQ(wider.code(), "forbidden");
  const auto same = app.send(Method::post, "/api/api-keys",
                             R"({"name": "W", "kind": "staff", "scopes": ["links.read"]})", narrow);
  EXPECT_EQ(same.status, 201) << same.body;
  EXPECT_TRUE(make(R"("kind": "staff", "scopes": [])").names("/scopes"));
  EXPECT_TRUE(make(R"("kind": "staff", "scopes": ["links.eat"])").names("/scopes/0"));
  const auto partner = f.partner().str();
  EXPECT_TRUE(make(R"("kind": "partner", "partner_id": ")" + partner + R"(", "scopes": ["audit.read"])")
                  .names("/scopes"));
}

/// A caller of a partner's team in this role.
void act_as(test::TestApp& app, test::FeatureFixture& f, PartnerId partner, MemberRole role) {
  app.principal.scope = f.partner(partner);
  app.principal.permissions = permissions_of(Side::partner, role).value();
}

TEST_F(Keys, APartnerManagesItsOwn) {
  const auto mine = f.partner(), other = f.partner();
  const auto of_other = staff.post(
      "/api/api-keys", R"({"name": "O", "kind": "partner", "partner_id": ")" + other.str() + "\"}");
  const auto of_staff = staff.post("/api/api-keys", R"({"name": "S", "kind": "staff"})");
  test::TestApp team{f, declare};
  act_as(team, f, mine, MemberRole::owner);
  const auto made = team.post("/api/api-keys", R"({"name": "Shop", "kind": "partner", "mode": "test"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "partner_id"), mine.str());
  const auto secret = member(made.body, "secret");
  EXPECT_TRUE(secret.starts_with("tdm_test_"));
  EXPECT_EQ(get("/api/probe/partner", bearer(secret)).body, R"({"kind":"partner"})");
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).code(), "forbidden");
  EXPECT_EQ(test::items(team.get("/api/api-keys").body), 1);
  const auto rotated =
      team.post("/api/api-keys/" + member(made.body, "id") + "/rotation", R"({"keep_hours": 0})");
  ASSERT_EQ(rotated.status, 201) << rotated.body;
  EXPECT_EQ(member(rotated.body, "partner_id"), mine.str());
  EXPECT_EQ(team.post("/api/api-keys/" + member(rotated.body, "id") + "/revocation").status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(get("/api/probe/partner", bearer(member(rotated.body, "secret"))).status, 401);
  // Another partner's key and the organization's do not exist for it.
  for (const auto& foreign : {member(of_other.body, "id"), member(of_staff.body, "id")}) {
    const auto target = "/api/api-keys/" + foreign;
    EXPECT_EQ(team.get(target).status, 404);
    EXPECT_EQ(team.post(target + "/rotation", "{}").status, 404);
    EXPECT_EQ(team.post(target + "/revocation").status, 404);
  }
  EXPECT_EQ(
      team.post("/api/api-keys", R"({"name": "X", "kind": "partner", "partner_id": ")" + other.str() + "\"}")
          .status,
      404);
  EXPECT_TRUE(team.post("/api/api-keys", R"({"name": "X", "kind": "staff"})").names("/kind"));
  EXPECT_TRUE(team.post("/api/api-keys", R"({"name": "X", "kind": "partner", "scopes": ["audit.read"]})")
                  .names("/scopes"));
}

TEST_F(Keys, OfAPartnerDoNoMoreThanTheirMaker) {
  const auto partner = f.partner();
  test::TestApp team{f, declare};
  act_as(team, f, partner, MemberRole::owner);
  const auto wide = team.post("/api/api-keys", R"({"name": "W", "kind": "partner"})");
  ASSERT_EQ(wide.status, 201) << wide.body;
  act_as(team, f, partner, MemberRole::manager);
  const auto make = [&](const std::string& scopes) {
    return team.post("/api/api-keys", R"({"name": "M", "kind": "partner", "scopes": [)" + scopes + "]}");
  };
  EXPECT_EQ(make(R"("links.read", "links.manage")").status, 201);
  EXPECT_EQ(make(R"("payouts.manage")").code(), "forbidden");
  EXPECT_EQ(team.post("/api/api-keys", R"({"name": "M", "kind": "partner"})").code(), "forbidden");
  // Nor does a manager come by the secret of a key that may more.
  EXPECT_EQ(team.post("/api/api-keys/" + member(wide.body, "id") + "/rotation", "{}").code(), "forbidden");
  act_as(team, f, partner, MemberRole::viewer);
  EXPECT_EQ(team.get("/api/api-keys").code(), "forbidden");
  EXPECT_EQ(make(R"("links.read")").code(), "forbidden");
  EXPECT_EQ(team.post("/api/api-keys/" + member(wide.body, "id") + "/revocation").code(), "forbidden");
}

TEST_F(Keys, BadCredentialsGetOneText) {
  const auto good = f.staff_key();
  const auto none = get("/api/probe/staff", {});
  EXPECT_EQ(none.status, 401);
  auto changed = good;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const auto& header :
       {"Bearer " + changed, std::string("Bearer x"), "Basic " + good, std::string("Bearer "),
        "Bearer " + good + "x", std::string("Bearer pk_live_aaaaaaaaaaaaaaaaaaaaaaaa")}) {
    const auto answer = get("/api/probe/staff", {{"authorization", header}});
    EXPECT_EQ(answer.status, 401) << header;
    EXPECT_EQ(test::without_request_id(answer), test::without_request_id(none)) << header;
  }
}

TEST_F(Keys, ARevokedKeyIsRefusedWithinASecond) {
  const auto made = staff.post("/api/api-keys", R"({"name": "CI", "kind": "staff"})");
  const auto secret = member(made.body, "secret");
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).status, 200);
  const auto target = "/api/api-keys/" + member(made.body, "id") + "/revocation";
  EXPECT_EQ(staff.post(target).status, 200);
  EXPECT_EQ(staff.post(target).code(), "state");
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).status, 401);
  EXPECT_EQ(test::items(staff.get("/api/api-keys?revoked=true").body), 1);
  EXPECT_EQ(test::items(staff.get("/api/api-keys?revoked=false").body), 0);
}

TEST_F(Keys, AnExpiredKeyIsRefused) {
  const auto soon = (Clock::now() + std::chrono::hours{1}).str();
  const auto made = staff.post("/api/api-keys",
                               fmt::format(R"({{"name": "T", "kind": "staff", "expires_at": "{}"}})", soon));
  const auto secret = member(made.body, "secret");
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).status, 200);
  Clock::freeze(Clock::now() + std::chrono::hours{2});
  EXPECT_EQ(get("/api/probe/staff", bearer(secret)).status, 401);
  Clock::freeze(std::nullopt);
}

TEST_F(Keys, ASiteKeyComesFromItsOriginsOnly) {
  const auto site = f.site_key({"https://shop.example", "http://localhost:3000"});
  const auto from = [&](const std::string& origin) {
    return get("/api/probe/site", {{"x-site-key", site}, {"origin", origin}});
  };
  EXPECT_EQ(from("https://shop.example").status, 200);
  EXPECT_EQ(from("http://localhost:3000").status, 200);
  EXPECT_EQ(from("https://shop.example.evil.example").code(), "origin_not_allowed");
  EXPECT_EQ(from("http://shop.example").status, 403);
  EXPECT_EQ(from("null").status, 403);
  EXPECT_EQ(get("/api/probe/site", {{"x-site-key", site}}).status, 403);
  EXPECT_EQ(
      get("/api/probe/site", {{"x-site-key", f.site_key({"*"})}, {"origin", "https://any.example"}}).status,
      200);
}

TEST_F(Keys, ASuspendedOrganizationReadsOnly) {
  const auto set = [&](const std::string& status) {
    f.peek("update app.organizations set status = $2 where organization_id = $1 returning slug",
           {f.organization_id.str(), status});
  };
  set("suspended");
  const auto headers = bearer(f.staff_key());
  EXPECT_EQ(get("/api/probe/staff", headers).status, 200);
  EXPECT_EQ(app.send(Method::post, "/api/probe/site", {}, headers).code(), "organization_suspended");
  set("cancelled");
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(get("/api/probe/staff", headers).status, 401);
}

TEST_F(Keys, SiteKeysChangeAndEnd) {
  const auto made =
      staff.post("/api/site-keys", R"({"name": "Shop", "allowed_origins": ["https://shop.example"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(member(made.body, "key").starts_with("pk_"));
  const auto target = "/api/site-keys/" + member(made.body, "id");
  const auto changed =
      staff.send(Method::patch, target, R"({"allowed_origins": ["https://new.example", "*"]})");
  EXPECT_NE(changed.body.find(R"(["https://new.example","*"])"), std::string::npos) << changed.body;
  EXPECT_EQ(member(changed.body, "name"), "Shop");
  EXPECT_EQ(test::items(staff.get("/api/site-keys").body), 1);
  EXPECT_EQ(staff.post(target + "/revocation").status, 200);
  EXPECT_EQ(staff.post(target + "/revocation").status, 409);
}

TEST(Origins, AreExact) {
  for (const auto* good :
       {"*", "https://shop.example", "http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"})
    EXPECT_TRUE(Origin::parse(good)) << good;
  for (const auto* bad :
       {"", "shop.example", "https://", "https://shop.example/", "https://Shop.example",
        "https://shop.example:443", "http://a:80", "https://a:0", "https://a:70000", "ftp://a", "https://a b",
        "https://*.example", "null", "https://[::1", "https://-a"})
    EXPECT_FALSE(Origin::parse(bad)) << bad;
}

TEST_F(Keys, RefuseBadInput) {
  test::FeatureFixture other;
  const auto foreign = other.partner().str();
  const auto keys = "/api/api-keys", sites = "/api/site-keys";
  test::expect_refused(
      staff,
      {{Method::post, keys, "{}", 422, "invalid", "/name", "required"},
       {Method::post, keys, R"({"name": "a"})", 422, "invalid", "/kind", "required"},
       {Method::post, keys, R"({"name": "a", "kind": "root"})", 422, "invalid", "/kind"},
       {Method::post, keys, R"({"name": "a", "kind": "partner"})", 422, "invalid", "/partner_id", "required"},
       {Method::post, keys, R"({"name": "a", "kind": "staff", "partner_id": ")" + foreign + "\"}", 422,
        "invalid", "/partner_id"},
       {Method::post, keys, R"({"name": "a", "kind": "partner", "partner_id": ")" + foreign + "\"}", 404,
        "not_found"},
       {Method::post, keys, R"({"name": "a", "kind": "staff", "expires_at": "2020-01-01T00:00:00Z"})", 422,
        "invalid", "/expires_at"},
       {Method::post, keys, R"({"name": "a", "kind": "staff", "secret": "mine"})", 422, "invalid", "/secret",
        "unknown_field"},
       {Method::post, "/api/api-keys/" + foreign + "/revocation", "", 404, "not_found"},
       {Method::post, "/api/api-keys/x/revocation", "", 404, "not_found"},
       {Method::get, "/api/api-keys?kind=root", "", 422, "invalid", "?kind"},
       {Method::post, sites, R"({"name": "a"})", 422, "invalid", "/allowed_origins", "required"},
       {Method::post, sites, R"({"name": "a", "allowed_origins": []})", 422, "invalid", "/allowed_origins"},
       {Method::post, sites, R"({"name": "a", "allowed_origins": ["shop.example"]})", 422, "invalid",
        "/allowed_origins/0"},
       {Method::patch, "/api/site-keys/" + foreign, R"({"name": "b"})", 404, "not_found"},
       {Method::patch, "/api/site-keys/" + foreign, R"({"key": "b"})", 422, "invalid", "/key",
        "unknown_field"}});
}

}  // namespace
}  // namespace tandem::identity
