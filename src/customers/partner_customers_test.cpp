#include "customers/partner_customers.hpp"

#include <gtest/gtest.h>

#include "customers/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::customers {
namespace {

using http::Method;
using test::member;

struct PartnerCustomers : testing::Test {
  test::FeatureFixture f;
  PartnerId one = f.partner(), two = f.partner();
  test::TestApp staff{f, declare}, app{f, declare}, other{f, declare};

  PartnerCustomers() {
    jobs::Kinds::instance().clear();
    register_jobs();
    app.principal.scope = f.partner(one);
    other.principal.scope = f.partner(two);
  }
  std::string path(PartnerId partner) const { return "/api/partners/" + partner.str() + "/customers"; }
  std::string aziza(test::TestApp& who, PartnerId partner) {
    const auto made =
        who.post(path(partner),
                 R"({"first_name": "Aziza", "last_name": "Karimova", "email": "Aziza@Example.com",
                                   "notes": "Window seat", "tags": ["VIP", "tour"]})");
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  void run_jobs() {
    std::vector<jobs::Job> jobs;
    for (int i = 0;; ++i) {
      const auto payload = f.peek(
          "select payload::text from app.jobs where organization_id = $1 and state = 'due' order by id offset " +
              std::to_string(i) + " limit 1",
          {f.organization_id.str()});
      if (!payload) break;
      jobs.push_back({jobs::JobId{new_uuid()}, *payload, 1});
    }
    f.tx(f.system, db::Role::write,
         [&](db::Tx& tx) -> Task<> { co_await link_customers_job().run(tx, jobs); });
  }
};

TEST_F(PartnerCustomers, EachPartnerHasItsOwnRelationToAPerson) {
  const auto mine = aziza(app, one), theirs = aziza(other, two);
  const std::string at = "/api/partner-customers/";
  EXPECT_EQ(member(app.get(at + mine).body, "notes"), "Window seat");
  EXPECT_EQ(app.get(at + theirs).status, 404);
  EXPECT_EQ(app.send(Method::patch, at + theirs, R"({"notes": "x"})").status, 404);
  EXPECT_EQ(app.send(Method::delete_, at + theirs).status, 404);
  EXPECT_EQ(app.post(path(two), R"({"email": "x@example.com"})").status, 404);
  EXPECT_EQ(test::items(app.get("/api/partner-customers").body), 1);
  EXPECT_EQ(test::items(app.get("/api/partner-customers?partner_id=" + two.str()).body), 0);
  EXPECT_EQ(test::items(staff.get("/api/partner-customers").body), 2);
  run_jobs();
  EXPECT_EQ(f.peek("select count(distinct contact_id) from app.partner_customers where organization_id = $1",
                   {f.organization_id.str()}),
            "1")
      << "the same person behind both";
  const auto contacts = staff.get("/api/contacts?q=aziza@");
  EXPECT_EQ(test::items(contacts.body), 1);
  EXPECT_NE(contacts.body.find(R"("name":null)"), std::string::npos) << "what a partner calls it stays there";
  EXPECT_EQ(app.get("/api/contacts").status, 403);
}

TEST_F(PartnerCustomers, AreFoundByWordsAndTags) {
  aziza(app, one);
  app.post(path(one), R"({"first_name": "Jahongir", "phone": "+998 90 222-22-22", "tags": ["tour"]})");
  const auto count = [&](const std::string& query) {
    return test::items(app.get("/api/partner-customers?" + query).body);
  };
  EXPECT_EQ(count("q=azi"), 1);
  EXPECT_EQ(count("q=karim%20azi"), 1);
  EXPECT_EQ(count("q=%2B99890222"), 1);
  EXPECT_EQ(count("tag=tour"), 2);
  EXPECT_EQ(count("tag=Tour&q=jah"), 1);
  EXPECT_EQ(count("tag=to"), 0) << "a whole tag";
  EXPECT_EQ(count("q=nobody"), 0);
  EXPECT_EQ(test::items(other.get("/api/partner-customers?q=azi").body), 0);
}

TEST_F(PartnerCustomers, AreOneForEachAddressOfAPartner) {
  const auto id = aziza(app, one);
  EXPECT_EQ(app.post(path(one), R"({"email": "AZIZA@example.com"})").code(), "customer_exists");
  const std::string at = "/api/partner-customers/" + id;
  EXPECT_TRUE(app.send(Method::patch, at, R"({"email": null})").names("/email", "required"));
  const auto changed =
      app.send(Method::patch, at, R"({"email": null, "phone": "+44 20 7946 0000", "notes": null})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member(changed.body, "phone"), "+442079460000");
  EXPECT_NE(changed.body.find(R"("notes":null)"), std::string::npos);
  EXPECT_EQ(app.send(Method::delete_, at).status, 204);
  EXPECT_EQ(app.get(at).status, 404);
  EXPECT_EQ(test::items(app.get("/api/partner-customers?q=karimova").body), 0);
}

TEST_F(PartnerCustomers, RefuseBadInput) {
  test::expect_refused(
      app, {{Method::post, path(one), "{}", 422, "invalid", "/email", "required"},
            {Method::post, path(one), R"({"email": "a@b"})", 422, "invalid", "/email"},
            {Method::post, path(one), R"({"phone": "901234567"})", 422, "invalid", "/phone"},
            {Method::post, path(one), R"({"email": "a@b.example", "contact_id": "x"})", 422, "invalid",
             "/contact_id", "unknown_field"},
            {Method::get, "/api/partner-customers?partner_id=1", "", 422, "invalid", "?partner_id"},
            {Method::get, "/api/partner-customers/x", "", 404, "not_found"}});
}

}  // namespace
}  // namespace tandem::customers
