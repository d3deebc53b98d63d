// Clicks whose page nobody saw, links that are paused, forms that a program fills.
#include "attribution/landings.hpp"

#include <gtest/gtest.h>

#include "attribution/leads.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::Answer;
using test::member;

struct Landings : testing::Test {
  test::Story s;
  PartnerId partner = s.partner(), other = s.partner();
  Link link = s.link(partner), late = s.link(other);
  std::string key = s.site_key();

  void SetUp() override {
    s.deal(partner, RatePpm{100'000});
    s.deal(other, RatePpm{100'000});
  }
  void TearDown() override { Clock::freeze(std::nullopt); }
  static void at(std::string_view instant) { Clock::freeze(Timestamp::parse(instant)); }
  /// Follows a link as this visitor; the click id.
  std::string click(const Link& by, std::string_view visitor) {
    const auto answer = s.outside.call(Method::get, "/r/" + by.code.str(), {},
                                       {{"user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"},
                                        {"cookie", fmt::format("tdm_vid={}", visitor)}});
    EXPECT_EQ(answer.status, 302);
    const auto location = answer.header("Location");
    return location.substr(location.find("tdm_click=") + 10);
  }
  Answer told(const std::string& click_id, const std::string& site_key) {
    return s.outside.call(Method::post, "/api/landings",
                          fmt::format(R"({{"site_key": "{}", "click_id": "{}"}})", site_key, click_id),
                          {{"content-type", "text/plain;charset=UTF-8"}, {"origin", "https://shop.example"}});
  }
  std::string landings() { return s.cell("select count(*) from app.landings where organization_id = $1"); }
  std::string owner(const std::string& click_id, std::string_view email = "buyer@example.test") {
    const auto made =
        s.app.post("/api/leads", fmt::format(R"({{"email": "{}", "click_id": "{}"}})", email, click_id));
    EXPECT_EQ(made.status, 201) << made.body;
    return s.cell(
        "select coalesce(partner_id::text, 'nobody') from app.leads where organization_id = $1 and id = '" +
        member(made.body, "lead_id") + "'");
  }
};

TEST_F(Landings, AreStoredOnceAClick) {
  const auto one = click(link, "11111111-1111-4111-8111-111111111111");
  const auto answer = told(one, key);
  EXPECT_EQ(answer.status, 204) << answer.body;
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(told(one, key).status, 204);
  EXPECT_EQ(landings(), "1");
  EXPECT_EQ(s.cell("select host from app.landings where organization_id = $1"), "shop.example");
}

TEST_F(Landings, WhatIsForgedOrAnothersIsIgnored) {
  auto one = click(link, "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(told(one, "pk_live_aaaaaaaaaaaaaaaaaaaaaaaa").status, 204);
  EXPECT_EQ(told(one, test::Story().site_key()).status, 204) << "another organization's";
  one[0] = one[0] == 'A' ? 'B' : 'A';
  EXPECT_EQ(told(one, key).status, 204);
  EXPECT_EQ(landings(), "0");
  test::expect_refused(
      s.outside,
      {{Method::post, "/api/landings", "{", 400, "bad_json"},
       {Method::post, "/api/landings", R"({"site_key": "pk"})", 422, "invalid", "/click_id", "required"},
       {Method::post, "/api/landings", R"({"site_key": "pk", "click_id": "a", "visit_id": "b"})", 422,
        "invalid", "/visit_id", "unknown_field"}});
}

TEST_F(Landings, AClickThatNobodySawThePageOfLosesWhereSuchPagesAreTold) {
  at("2026-03-05T08:00:00Z");
  EXPECT_EQ(owner(click(late, "11111111-1111-4111-8111-111111111111"), "a@x.example"), other.str())
      << "a site that never told is missed nothing";
  told(click(link, "22222222-2222-4222-8222-222222222222"), key);
  at("2026-03-05T09:00:00Z");
  const std::string visitor = "33333333-3333-4333-8333-333333333333";
  told(click(link, visitor), key);
  at("2026-03-05T09:10:00Z");
  const auto stuffed = click(late, visitor);
  at("2026-03-05T10:00:00Z");
  EXPECT_EQ(owner(stuffed, "b@x.example"), partner.str());
  const auto trace =
      s.cell("select trace::text from app.leads where organization_id = $1 order by id desc limit 1");
  EXPECT_NE(trace.find("its page was never seen"), std::string::npos) << trace;
  at("2026-03-05T10:00:01Z");
  EXPECT_EQ(owner(click(late, "44444444-4444-4444-8444-444444444444"), "c@x.example"), "nobody");
}

TEST_F(Landings, ASiteThatWasSilentForADayIsMissedNothing) {
  at("2026-03-05T08:00:00Z");
  told(click(link, "22222222-2222-4222-8222-222222222222"), key);
  at("2026-03-06T08:00:01Z");
  EXPECT_EQ(owner(click(late, "11111111-1111-4111-8111-111111111111")), other.str());
}

TEST_F(Landings, AnotherHostOrTheSettingIsMissedNothing) {
  at("2026-03-05T08:00:00Z");
  told(click(link, "22222222-2222-4222-8222-222222222222"), key);
  at("2026-03-05T09:00:00Z");
  s.cell("update app.links set destination = 'https://app.example/' where organization_id = $1 and id = '" +
         late.id.str() + "' returning 1");
  EXPECT_EQ(owner(click(late, "11111111-1111-4111-8111-111111111111"), "a@x.example"), other.str());
  s.cell("update app.links set destination = 'https://shop.example/' where organization_id = $1 returning 1");
  s.cell(R"(update app.organizations set settings = settings || '{"clicks_need_landing": false}' )"
         "where organization_id = $1 returning 1");
  EXPECT_EQ(owner(click(late, "44444444-4444-4444-8444-444444444444"), "b@x.example"), other.str());
}

TEST_F(Landings, APausedLinkLeadsOnAndDoesNotCount) {
  const auto path = "/api/links/" + link.id.str();
  EXPECT_EQ(s.app.post(path + "/pause", "{}").status, 422);
  EXPECT_EQ(s.app.post("/api/links/" + new_uuid().str() + "/pause", R"({"reason": "Odd."})").status, 404);
  EXPECT_EQ(s.app.post(path + "/resumption").code(), "state");
  const auto paused = s.app.post(path + "/pause", R"({"reason": "Many clicks, no sales."})");
  ASSERT_EQ(paused.status, 200) << paused.body;
  EXPECT_NE(paused.body.find(R"("state":"paused","state_reason":"Many clicks, no sales.")"),
            std::string::npos);
  EXPECT_EQ(s.app.post(path + "/pause", R"({"reason": "Again."})").code(), "state");
  EXPECT_EQ(s.app.send(Method::patch, path, R"({"state": "active"})").code(), "state");
  EXPECT_EQ(s.app.send(Method::patch, path, R"({"state": "paused"})").status, 422);
  const auto led = s.outside.call(Method::get, "/r/" + link.code.str(), {}, {{"user-agent", "Firefox"}});
  EXPECT_EQ(led.status, 302);
  EXPECT_EQ(led.header("Location"), link.destination.str()) << "without a click id";
  EXPECT_EQ(s.cell("select string_agg(status, ' ') from app.visits where organization_id = $1"), "inactive");
  const auto lead = s.app.post(
      "/api/leads", fmt::format(R"({{"email": "a@x.example", "partner_code": "{}"}})", link.code.str()));
  EXPECT_EQ(s.cell("select coalesce(partner_id::text, 'nobody') from app.leads where organization_id = $1"),
            "nobody");
  const auto resumed = s.app.post(path + "/resumption");
  ASSERT_EQ(resumed.status, 200) << resumed.body;
  EXPECT_NE(resumed.body.find(R"("state":"active","state_reason":null)"), std::string::npos);
}

TEST_F(Landings, WhatAProgramFillsIsNoLead) {
  const auto send = [&](std::string_view more) {
    return s.app.post("/api/leads", fmt::format(R"({{"email": "a@x.example", {}}})", more));
  };
  for (const char* filled : {R"("trap": "http://spam.example")", R"("form_ms": 1999)", R"("form_ms": -1)"}) {
    const auto answer = send(filled);
    EXPECT_EQ(answer.status, 202) << filled;
    EXPECT_NE(answer.body.find(R"("lead_id":null,"duplicate":false)"), std::string::npos) << answer.body;
  }
  const auto script = s.outside.call(Method::post, "/api/leads", R"({"email": "a@x.example", "trap": "x"})",
                                     {{"content-type", "application/json"},
                                      {"authorization", "Bearer " + key},
                                      {"origin", "https://shop.example"}});
  EXPECT_EQ(script.status, 202) << script.body;
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "0");
  EXPECT_EQ(send(R"("trap": "", "form_ms": 2000)").status, 201);
}

}  // namespace
}  // namespace tandem::attribution
