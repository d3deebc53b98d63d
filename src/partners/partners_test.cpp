#include "partners/partners.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

#include "partners/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

using http::Method;
using test::member;

const std::string kWhy = R"({"reason": "Because"})";

struct Partners : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare};
  std::string create(std::string body) {
    const auto answer = app.post("/api/partners", std::move(body));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return member(answer.body, "id");
  }
};

TEST_F(Partners, CreatesGetsAndLists) {
  const auto made =
      app.post("/api/partners",
               R"({"name": "Grand Travel Tour", "contact_email": "Ann@Grand.example", "country": "GB",
                                 "metadata": {"tier": "gold"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "slug"), "grand-travel-tour");
  EXPECT_EQ(member(made.body, "state"), "applied");
  EXPECT_EQ(member(made.body, "kind"), "affiliate");
  EXPECT_NE(made.body.find(R"("tier": "gold")"), std::string::npos) << made.body;
  EXPECT_EQ(app.get("/api/partners/" + member(made.body, "id")).body, made.body);
  EXPECT_EQ(test::items(app.get("/api/partners").body), 1);
  for (const auto* q : {"grand", "GRAND tr", "travel", "tour", "grand-t", "ann@g"})
    EXPECT_EQ(test::items(
                  app.get(std::string("/api/partners?q=") + (std::string(q) == "GRAND tr" ? "GRAND%20tr" : q))
                      .body),
              1)
        << q;
  EXPECT_EQ(test::items(app.get("/api/partners?q=rand").body), 0);
  EXPECT_EQ(test::items(app.get("/api/partners?q=%25").body), 0);
  EXPECT_EQ(test::items(app.get("/api/partners?state=active").body), 0);
  EXPECT_EQ(test::items(app.get("/api/partners?country=GB&kind=affiliate").body), 1);
}

TEST_F(Partners, PagesAndSorts) {
  for (const auto* name : {"Cora", "Abel", "Bert"}) create(fmt::format(R"({{"name": "{}"}})", name));
  const auto first = app.get("/api/partners?sort=name&limit=2");
  EXPECT_LT(first.body.find("Abel"), first.body.find("Bert"));
  EXPECT_EQ(test::items(first.body), 2);
  const auto second = app.get("/api/partners?sort=name&limit=2&cursor=" + member(first.body, "next_cursor"));
  EXPECT_EQ(test::items(second.body), 1);
  EXPECT_NE(second.body.find("Cora"), std::string::npos);
  const auto csv = app.get("/api/partners?format=csv&sort=-name");
  EXPECT_EQ(csv.status, 200);
  EXPECT_LT(csv.body.find("Cora"), csv.body.find("Abel"));
}

TEST_F(Partners, SlugsAreUnique) {
  const auto one = create(R"({"name": "Same"})");
  const auto two = app.post("/api/partners", R"({"name": "Same"})");
  EXPECT_EQ(two.status, 201);
  EXPECT_NE(member(two.body, "slug"), "same");
  const auto taken = app.post("/api/partners", R"({"name": "Other", "slug": "same"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.code(), "slug_taken");
  create(R"({"name": "A", "external_id": "42"})");
  EXPECT_EQ(app.post("/api/partners", R"({"name": "B", "external_id": "42"})").code(), "external_id_taken");
}

TEST_F(Partners, ChangesWhatIsGiven) {
  const auto id = create(R"({"name": "Old", "website": "https://old.example"})");
  const auto changed =
      app.send(Method::patch, "/api/partners/" + id, R"({"name": "New", "currency": "EUR"})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member(changed.body, "name"), "New");
  EXPECT_EQ(member(changed.body, "currency"), "EUR");
  EXPECT_EQ(member(changed.body, "website"), "https://old.example");
  const auto cleared =
      app.send(Method::patch, "/api/partners/" + id, R"({"website": null, "currency": null})");
  EXPECT_NE(cleared.body.find(R"("website":null)"), std::string::npos) << cleared.body;
  EXPECT_NE(cleared.body.find(R"("currency":null)"), std::string::npos) << cleared.body;
  EXPECT_EQ(member(cleared.body, "name"), "New");
}

constexpr std::string_view kWhole = R"({"name": "Grand Travel Tour", "legal_name": "MCHJ Grand Travel",
  "kind": "school", "tax_id": "305 123 456", "registration_number": "R-1", "contact_name": "Aziza Karimova",
  "contact_email": "info@grandtravel.uz", "contact_phone": "+998 (90) 123-45-67",
  "website": "https://grandtravel.uz", "country": "UZ", "currency": "UZS", "locale": "uz",
  "time_zone": "Asia/Tashkent", "settings": {"auto_email_customers": false},
  "address": {"street": "1 Amir Temur\nOffice 2", "city": "Toshkent", "postal_code": "100000"}})";

TEST_F(Partners, KeepTheWholeProfile) {
  const auto made = app.post("/api/partners", std::string(kWhole));
  ASSERT_EQ(made.status, 201) << made.body;
  for (const auto& [name, value] : std::map<std::string, std::string>{{"legal_name", "MCHJ Grand Travel"},
                                                                      {"kind", "school"},
                                                                      {"tax_id", "305 123 456"},
                                                                      {"contact_name", "Aziza Karimova"},
                                                                      {"contact_phone", "+998901234567"},
                                                                      {"locale", "uz"},
                                                                      {"time_zone", "Asia/Tashkent"},
                                                                      {"city", "Toshkent"}})
    EXPECT_EQ(member(made.body, name), value) << name;
  EXPECT_NE(made.body.find(R"("auto_email_customers":false)"), std::string::npos);
  EXPECT_EQ(app.get("/api/partners/" + member(made.body, "id")).body, made.body);
  for (const auto* q : {"mchj", "aziza%20grand", "info@grandtravel.uz", "karim%20travel%20tour"})
    EXPECT_EQ(test::items(app.get(std::string("/api/partners?q=") + q).body), 1) << q;
  EXPECT_EQ(test::items(app.get("/api/partners?q=aziza%20nobody").body), 0);
}

TEST_F(Partners, AreFoundByWhatTheyAreCalledNow) {
  const auto id = create(R"({"name": "Before", "slug": "first-slug"})");
  app.send(Method::patch, "/api/partners/" + id, R"({"name": "Янги ном"})");
  EXPECT_EQ(test::items(app.get("/api/partners?q=befo").body), 0);
  EXPECT_EQ(test::items(app.get("/api/partners?q=%D0%AF%D0%BD").body), 1) << "in any alphabet, in any case";
}

TEST_F(Partners, OfTwoEditorsTheSecondIsTold) {
  const auto id = create(R"({"name": "P"})");
  const std::string path = "/api/partners/" + id;
  const auto edit = [&](const std::string& tag, std::string body) {
    return app.send(Method::patch, path, std::move(body), {{"if-match", tag}});
  };
  const auto read = app.get(path);
  ASSERT_NE(read.header("ETag"), "");
  const auto first = edit(read.header("ETag"), R"({"name": "First"})");
  EXPECT_EQ(first.status, 200) << first.body;
  const auto second = edit(read.header("ETag"), R"({"name": "Second"})");
  EXPECT_EQ(second.status, 412);
  EXPECT_EQ(second.code(), "precondition_failed");
  EXPECT_EQ(member(app.get(path).body, "name"), "First");
  EXPECT_EQ(edit(first.header("ETag"), R"({"name": "Third"})").status, 200);
  const auto missing = app.call(Method::patch, path, R"({"name": "Fourth"})",
                                {{"content-type", "application/json"}, {"idempotency-key", "k"}});
  EXPECT_EQ(missing.status, 428);
  EXPECT_EQ(edit("\"x\"", R"({"name": "Fifth"})").status, 412);
  test::FeatureFixture other;
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + other.partner().str(), R"({"name": "Mine"})",
                     {{"if-match", read.header("ETag")}})
                .status,
            404);
}

TEST_F(Partners, NotesAreForStaff) {
  const auto id = f.partner();
  const std::string notes = "/api/partners/" + id.str() + "/notes";
  const auto made = app.post(notes, R"({"body": "Called on Monday.\nPays late."})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string note = "/api/partner-notes/" + member(made.body, "id");
  EXPECT_EQ(app.send(Method::patch, note, R"({"body": "Pays."})").status, 200);
  EXPECT_EQ(member(app.get(notes).body, "body"), "Pays.");
  EXPECT_EQ(app.get("/api/partners/" + new_uuid().str() + "/notes").status, 404);
  test::FeatureFixture other;
  test::TestApp theirs(other, declare);
  EXPECT_EQ(theirs.send(Method::patch, note, R"({"body": "x"})").status, 404);
  EXPECT_EQ(theirs.send(Method::delete_, note).status, 404);
  test::TestApp partner(f, declare);
  partner.principal.scope = f.partner(id);
  EXPECT_EQ(partner.get(notes).status, 403);
  EXPECT_EQ(app.send(Method::delete_, note).status, 204);
  EXPECT_EQ(test::items(app.get(notes).body), 0);
}

TEST_F(Partners, AreFoundByTheirTags) {
  const auto one = f.partner().str(), two = f.partner().str();
  const auto put = [&](const std::string& id, std::string body) {
    return app.send(Method::put, "/api/partners/" + id + "/tags", std::move(body));
  };
  EXPECT_EQ(put(one, R"({"tags": ["VIP", "tour", "vip"]})").body, R"({"tags":["tour","vip"]})");
  EXPECT_EQ(put(two, R"({"tags": ["tour"]})").status, 200);
  EXPECT_EQ(test::items(app.get("/api/partners?tag=tour").body), 2);
  EXPECT_EQ(test::items(app.get("/api/partners?tag=vip&q=partner").body), 1);
  EXPECT_EQ(test::items(app.get("/api/partners?tag=vip&q=nobody").body), 0);
  EXPECT_NE(app.get("/api/partner-tags").body.find(R"({"tag":"tour","partners":2})"), std::string::npos);
  EXPECT_EQ(put(one, R"({"tags": []})").body, R"({"tags":[]})");
  EXPECT_EQ(test::items(app.get("/api/partners?tag=tour").body), 1);
  EXPECT_TRUE(put(one, R"({"tags": [""]})").names("/tags/0"));
}

TEST_F(Partners, FollowsItsLifecycle) {
  const auto id = create(R"({"name": "P"})");
  const auto move = [&](const std::string& name) {
    return app.post("/api/partners/" + id + "/" + name,
                    name == "suspension" ? R"({"reason": "Fake clicks"})" : "");
  };
  EXPECT_EQ(move("suspension").code(), "state");
  EXPECT_EQ(member(move("approval").body, "state"), "active");
  const auto again = move("approval");
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.body.find("The partner is active; approval goes from applied to active."),
            std::string::npos);
  EXPECT_EQ(move("archiving").status, 409);
  const auto suspended = move("suspension");
  EXPECT_EQ(member(suspended.body, "state"), "suspended");
  EXPECT_EQ(member(suspended.body, "state_reason"), "Fake clicks");
  const auto reactivated = move("reactivation");
  EXPECT_EQ(member(reactivated.body, "state"), "active");
  EXPECT_NE(reactivated.body.find(R"("state_reason":null)"), std::string::npos);
  EXPECT_EQ(member(move("suspension").body, "state"), "suspended");
  EXPECT_EQ(member(move("archiving").body, "state"), "archived");
  EXPECT_EQ(move("reactivation").status, 409);
  const auto rejected = create(R"({"name": "R"})");
  EXPECT_TRUE(app.post("/api/partners/" + rejected + "/rejection", "{}").names("/reason", "required"));
  EXPECT_EQ(member(app.post("/api/partners/" + rejected + "/rejection", R"({"reason": "No website"})").body,
                   "state"),
            "rejected");
  EXPECT_EQ(app.post("/api/partners/" + rejected + "/approval").status, 409);
}

TEST_F(Partners, ArchivingRevokesItsKeys) {
  const auto id = f.partner();
  f.partner_key(id);
  app.post("/api/partners/" + id.str() + "/suspension", kWhy);
  EXPECT_EQ(app.post("/api/partners/" + id.str() + "/archiving").status, 200);
  EXPECT_EQ(f.peek("select count(*) from app.api_keys where revoked_at is not null and partner_id = $1",
                   {id.str()}),
            "1");
}

TEST_F(Partners, ASuspendedPartnerOnlyReads) {
  const auto id = f.partner();
  test::TestApp partner(f, declare, {nullptr, nullptr, admit});
  partner.principal.scope = f.partner(id);
  const std::string self = "/api/partners/" + id.str();
  EXPECT_EQ(partner.send(Method::patch, self, R"({"name": "Me"})").status, 200);
  app.post(self + "/suspension", kWhy);
  const auto refused = partner.send(Method::patch, self, R"({"name": "Still me"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "partner_suspended");
  EXPECT_EQ(partner.get(self).status, 200);
  app.post(self + "/reactivation");
  EXPECT_EQ(partner.send(Method::patch, self, R"({"name": "Again"})").status, 200);
  app.post(self + "/suspension", kWhy);
  app.post(self + "/archiving");
  EXPECT_EQ(partner.get(self).status, 403);
}

TEST_F(Partners, WhatAnotherServerArchivedChangesNothingAtOnceAndReadsNothingWithinASecond) {
  const auto id = f.partner();
  test::TestApp partner(f, declare, {nullptr, nullptr, admit});
  partner.principal.scope = f.partner(id);
  const std::string self = "/api/partners/" + id.str();
  EXPECT_EQ(partner.get(self).status, 200);
  f.peek("update app.partners set status = 'archived' where id = $1 returning slug", {id.str()});
  EXPECT_EQ(partner.send(Method::patch, self, R"({"name": "Me"})").code(), "forbidden");
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(partner.get(self).code(), "forbidden");
}

TEST_F(Partners, AreActiveAtOnceWhenTheOrganizationSaysSo) {
  f.peek(
      "update app.organizations set settings = '{\"approves_partners\": true}' where organization_id = $1 returning slug",
      {f.organization_id.str()});
  EXPECT_EQ(member(app.post("/api/partners", R"({"name": "P"})").body, "state"), "active");
  EXPECT_EQ(member(app.post("/api/partners", R"({"name": "Q", "approved": false})").body, "state"),
            "applied");
}

TEST_F(Partners, ARepeatedCallHasOneEffect) {
  const http::Pairs headers{{"content-type", "application/json"}, {"idempotency-key", "once"}};
  const auto first = app.call(Method::post, "/api/partners", R"({"name": "Once"})", headers);
  const auto second = app.call(Method::post, "/api/partners", R"({ "name": "Once" })", headers);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(test::items(app.get("/api/partners").body), 1);
  EXPECT_EQ(app.call(Method::post, "/api/partners", R"({"name": "Else"})", headers).code(), "key_reused");
}

TEST_F(Partners, APartnerSeesItselfOnly) {
  const auto mine = f.partner(), other = f.partner();
  app.principal.scope = f.partner(mine);
  EXPECT_EQ(app.get("/api/partners/" + mine.str()).status, 200);
  const auto foreign = app.get("/api/partners/" + other.str());
  const auto unknown = app.get("/api/partners/" + new_uuid().str());
  const auto malformed = app.get("/api/partners/7");
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(test::without_request_id(foreign), test::without_request_id(unknown));
  EXPECT_EQ(test::without_request_id(foreign), test::without_request_id(malformed));
  EXPECT_EQ(app.get("/api/partners").status, 403);
  EXPECT_EQ(app.post("/api/partners/" + mine.str() + "/suspension", kWhy).status, 403);
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + mine.str(), R"({"name": "Me"})").status, 200);
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + mine.str(), R"({"currency": "EUR"})").status, 403);
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + other.str(), R"({"name": "You"})").status, 404);
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + other.str(), R"({"currency": "EUR"})").status, 404);
}

TEST_F(Partners, AnotherOrganizationSeesNothing) {
  test::FeatureFixture other;
  const auto theirs = other.partner();
  EXPECT_EQ(app.get("/api/partners/" + theirs.str()).status, 404);
  EXPECT_EQ(app.send(Method::patch, "/api/partners/" + theirs.str(), R"({"name": "Mine"})").status, 404);
  EXPECT_EQ(app.post("/api/partners/" + theirs.str() + "/suspension", kWhy).status, 404);
  EXPECT_EQ(test::items(app.get("/api/partners").body), 0);
}

TEST_F(Partners, RefuseBadInput) {
  const auto id = f.partner().str();
  test::expect_refused(
      app,
      {{Method::post, "/api/partners", "{}", 422, "invalid", "/name", "required"},
       {Method::post, "/api/partners", R"({"name": ""})", 422, "invalid", "/name"},
       {Method::post, "/api/partners", R"({"name": 7})", 422, "invalid", "/name", "wrong_type"},
       {Method::post, "/api/partners", R"({"name": "a", "status": "active"})", 422, "invalid", "/status",
        "unknown_field"},
       {Method::post, "/api/partners", R"({"name": "a", "kind": "super"})", 422, "invalid", "/kind"},
       {Method::post, "/api/partners", R"({"name": "a", "slug": "A b"})", 422, "invalid", "/slug"},
       {Method::post, "/api/partners", R"({"name": "a", "website": "javascript:1"})", 422, "invalid",
        "/website"},
       {Method::post, "/api/partners", R"({"name": "a", "contact_email": "a@b"})", 422, "invalid",
        "/contact_email"},
       {Method::post, "/api/partners", R"({"name": "a", "currency": "XXQ"})", 422, "invalid", "/currency"},
       {Method::post, "/api/partners", R"({"name": "a", "metadata": []})", 422, "invalid", "/metadata"},
       {Method::post, "/api/partners", "{", 400, "bad_json"},
       {Method::post, "/api/partners", R"({"name": "a", "contact_phone": "0901234567"})", 422, "invalid",
        "/contact_phone"},
       {Method::post, "/api/partners", R"({"name": "a", "locale": "english"})", 422, "invalid", "/locale"},
       {Method::post, "/api/partners", R"({"name": "a", "address": {"town": "b"}})", 422, "invalid",
        "/address/town", "unknown_field"},
       {Method::post, "/api/partners/" + id + "/suspension", R"({"reason": ""})", 422, "invalid", "/reason"},
       {Method::post, "/api/partners/" + id + "/notes", R"({"body": ""})", 422, "invalid", "/body"},
       {Method::patch, "/api/partners/" + id, R"({"state": "active"})", 422, "invalid", "/state",
        "unknown_field"},
       {Method::patch, "/api/partners/x", "{}", 404, "not_found"},
       {Method::get, "/api/partners?limit=0", "", 422, "invalid", "?limit"},
       {Method::get, "/api/partners?limit=201", "", 422, "invalid", "?limit"},
       {Method::get, "/api/partners?cursor=zzz", "", 422, "invalid", "?cursor"},
       {Method::get, "/api/partners?sort=secret", "", 422, "invalid", "?sort"},
       {Method::get, "/api/partners?state=gone", "", 422, "invalid", "?state"},
       {Method::get, "/api/partners?nothing=1", "", 422, "invalid", "?nothing", "unknown_field"}});
}

}  // namespace
}  // namespace tandem::partners
