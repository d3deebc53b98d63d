#include "attribution/visits.hpp"

#include <gtest/gtest.h>

#include "attribution/click.hpp"
#include "attribution/counted_visits.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::Answer;
using test::member;

constexpr std::string_view kBrowser =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";
constexpr std::string_view kCrawler =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

struct Visits : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = s.deal(partner, RatePpm{50'000});
  Link link = s.link(partner);

  static std::string body(std::string_view visitor, std::string_view code) {
    return fmt::format(R"({{"visitor_id": "{}", "partner_code": "{}"}})", visitor, code);
  }
  Answer visit(std::string_view visitor, std::string_view code, std::string_view agent = kBrowser) {
    return s.outside.call(Method::post, "/api/visits", body(visitor, code),
                          {{"content-type", "application/json"}, {"user-agent", std::string(agent)}});
  }
  Answer visit(std::string_view visitor) { return visit(visitor, link.code.str()); }
  Answer follow(const Link& where, http::Pairs headers = {{"user-agent", std::string(kBrowser)}}) {
    return s.outside.call(Method::get, "/r/" + where.code.str(), {}, std::move(headers));
  }
  std::string stored() {
    return s.cell(
        "select coalesce(string_agg(status || ' ' || source, ', ' order by id), '') from app.visits "
        "where organization_id = $1");
  }
  static bool counted(const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.find(R"("counted":true)") != std::string::npos;
  }
  static std::vector<std::string> cookies(const Answer& answer) {
    std::vector<std::string> out;
    for (const auto& [name, value] : answer.headers)
      if (name == "Set-Cookie") out.push_back(value);
    return out;
  }
};

TEST_F(Visits, AnUnknownCodeIsNotFoundAndNothingIsStored) {
  const auto answer = visit("visitor-1", "no-such-code");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.code(), "unknown_code");
  EXPECT_EQ(s.outside.get("/r/no-such-code").status, 404);
  EXPECT_EQ(stored(), "");
}

TEST_F(Visits, OfOneVisitorOnOneLinkCountOnceInHalfAnHour) {
  Clock::freeze(Timestamp::parse("2026-03-01T10:00:00Z"));
  EXPECT_TRUE(counted(visit("visitor-1")));
  Clock::freeze(Timestamp::parse("2026-03-01T10:29:59Z"));
  EXPECT_FALSE(counted(visit("visitor-1")));
  EXPECT_TRUE(counted(visit("visitor-2")));
  const Link other = s.link(partner);
  EXPECT_TRUE(counted(visit("visitor-1", other.code.str())));
  Clock::freeze(Timestamp::parse("2026-03-01T10:30:00Z"));
  EXPECT_TRUE(counted(visit("visitor-1")));
  EXPECT_EQ(stored(), "counted script, duplicate script, counted script, counted script, counted script");
}

TEST_F(Visits, ACodeIsFoundWithoutRegardToCase) {
  std::string upper = link.code.str();
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  EXPECT_TRUE(counted(visit("visitor-1", upper)));
}

TEST_F(Visits, CrawlersAreStoredAndNeverCounted) {
  EXPECT_FALSE(counted(visit("visitor-1", link.code.str(), kCrawler)));
  EXPECT_EQ(follow(link, {{"user-agent", std::string(kCrawler)}}).status, 302);
  EXPECT_TRUE(counted(visit("visitor-1"))) << "a crawler takes nobody's place";
  EXPECT_EQ(stored(), "crawler script, crawler redirect, counted script");
}

TEST_F(Visits, TheSameFromSeveralThreadsAtOnceCountsOnce) {
  std::vector<http::Request> requests;
  for (int visitor = 0; visitor < 20; ++visitor)
    for (int i = 0; i < 8; ++i)
      requests.push_back(test::TestApp::request(
          Method::post, "/api/visits", body(fmt::format("visitor-{}", visitor), link.code.str()),
          {{"content-type", "application/json"}, {"user-agent", std::string(kBrowser)}}));
  int count = 0;
  for (const auto& answer : s.storm(requests, 8)) count += counted(answer);
  EXPECT_EQ(count, 20);
  EXPECT_EQ(s.cell("select count(*) filter (where status = 'counted') || ' of ' || count(*) from app.visits "
                   "where organization_id = $1"),
            "20 of 160");
}

TEST_F(Visits, WhatAnotherServerCountedIsARepeatHere) {
  Clock::freeze(Timestamp::parse("2026-03-01T10:00:00Z"));
  s.cell(fmt::format(
      "insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot) "
      "select $1, gen_random_uuid(), '{}', '{}', v, 'counted', 'script', now(), {} "
      "from unnest(array['visitor-1', 'visitor-3']) v returning 1",
      partner.str(), link.id.str(), Clock::now().unix_seconds() / 1800));
  std::vector<http::Request> requests;
  for (int visitor = 0; visitor < 5; ++visitor)
    requests.push_back(test::TestApp::request(
        Method::post, "/api/visits", body(fmt::format("visitor-{}", visitor), link.code.str()),
        {{"content-type", "application/json"}, {"user-agent", std::string(kBrowser)}}));
  std::vector<bool> count;
  for (const auto& answer : s.storm(requests, 1)) count.push_back(counted(answer));
  EXPECT_EQ(count, (std::vector{true, false, true, false, true})) << "of one batch";
  EXPECT_FALSE(counted(visit("visitor-3"))) << "known by now";
  EXPECT_EQ(s.cell("select count(*) filter (where status = 'counted') || ' of ' || count(*) from app.visits "
                   "where organization_id = $1"),
            "5 of 8");
}

TEST_F(Visits, RepeatsAreMarkedWithoutTheDatabaseOnceTheyAreKnown) {
  const auto at = Timestamp::parse("2026-03-01T10:00:00Z").value();
  const auto later = Timestamp::parse("2026-03-01T10:30:00Z").value();
  const auto facts = [&](std::string visitor, Timestamp when) {
    VisitFacts out;
    out.link_id = link.id;
    out.visitor_id = std::move(visitor);
    out.at = when;
    return out;
  };
  using enum VisitStatus;
  const std::vector<VisitFacts> batch{facts("a", at), facts("a", at), facts("b", at), facts("a", later)};
  CountedVisits known;
  std::vector<VisitStatus> statuses{counted, counted, crawler, counted};
  const auto keys = CountedVisits::keys_of(batch);
  known.mark_repeats(keys, statuses);
  EXPECT_EQ(statuses, (std::vector{counted, duplicate, crawler, counted})) << "nothing is remembered yet";
  known.remember(keys, statuses);
  statuses = {counted, counted, counted, counted};
  known.mark_repeats(keys, statuses);
  EXPECT_EQ(statuses, (std::vector{duplicate, duplicate, counted, duplicate})) << "a crawler took no place";
}

TEST_F(Visits, TextAsABeaconSendsItIsTaken) {
  const auto answer =
      s.outside.call(Method::post, "/api/visits", body("visitor-1", link.code.str()),
                     {{"content-type", "text/plain;charset=UTF-8"}, {"origin", "https://shop.example"}});
  EXPECT_TRUE(counted(answer));
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
}

TEST_F(Visits, RefuseBadInput) {
  const std::string code = link.code.str();
  test::expect_refused(
      s.outside,
      {{Method::post, "/api/visits", "{", 400, "bad_json"},
       {Method::post, "/api/visits", "{}", 422, "invalid", "/visitor_id", "required"},
       {Method::post, "/api/visits", body("a b", code), 422, "invalid", "/visitor_id"},
       {Method::post, "/api/visits", body("", code), 422, "invalid", "/visitor_id"},
       {Method::post, "/api/visits", body(std::string(300, 'v'), code), 422, "invalid", "/visitor_id"},
       {Method::post, "/api/visits",
        R"({"visitor_id": "visitor-1", "partner_code": "a", "status": "counted"})", 422, "invalid", "/status",
        "unknown_field"}});
  EXPECT_EQ(stored(), "");
}

TEST_F(Visits, ARedirectIsStoredSignedAndRemembered) {
  const auto answer = follow(link);
  ASSERT_EQ(answer.status, 302);
  EXPECT_EQ(stored(), "counted redirect") << "on disk before the answer";
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  const auto location = answer.header("Location");
  constexpr std::string_view kStart = "https://shop.example/landing?tdm_click=";
  ASSERT_TRUE(location.starts_with(kStart)) << location;
  const auto click = location.substr(kStart.size());
  const auto visit = verify_click_id(click);
  ASSERT_TRUE(visit);
  EXPECT_EQ(s.cell("select id::text from app.visits where organization_id = $1"), visit->str());
  std::string forged = click;
  forged[0] = forged[0] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify_click_id(forged));

  const auto set = cookies(answer);
  ASSERT_EQ(set.size(), 2U);
  EXPECT_TRUE(set[0].starts_with("tdm_vid=")) << set[0];
  EXPECT_TRUE(set[1].starts_with("tdm_click=" + click)) << set[1];
  for (const auto& cookie : set) {
    EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos);
    EXPECT_NE(cookie.find("; SameSite=Lax"), std::string::npos);
  }
  // The same visitor again: recognised by the cookie, not counted twice, still signed.
  const auto again = follow(link, {{"user-agent", std::string(kBrowser)},
                                   {"cookie", "a=b; " + set[0].substr(0, set[0].find(';'))}});
  EXPECT_EQ(again.status, 302);
  EXPECT_EQ(stored(), "counted redirect, duplicate redirect");
  EXPECT_NE(again.header("Location"), location);
}

TEST_F(Visits, ARedirectKeepsTheQueryAndTheFragment) {
  CreateLink request;
  request.destination = Url::parse("https://shop.example/a?b=c#part").value();
  const auto made = s.tx(
      db::Role::write, [&](db::Tx& t) -> Task<Link> { co_return co_await create_link(t, partner, request); });
  const auto location = follow(made).header("Location");
  EXPECT_TRUE(location.starts_with("https://shop.example/a?b=c&tdm_click=")) << location;
  EXPECT_TRUE(location.ends_with("#part")) << location;
}

TEST_F(Visits, AnArchivedLinkOrInactivePartnerCountsNothing) {
  const Link archived = s.link(partner);
  ASSERT_EQ(s.app.send(Method::patch, "/api/links/" + archived.id.str(), R"({"state": "archived"})").status,
            200);
  const auto led = follow(archived);
  EXPECT_TRUE(led.status == 404 || led.header("Location").find("tdm_click") == std::string::npos)
      << led.header("Location");
  EXPECT_EQ(visit("visitor-1", archived.code.str()).status, 404);

  const auto suspended = s.partner();
  const Link early = s.link(suspended);
  s.cell("update app.partners set status = 'suspended' where organization_id = $1 and id = '" +
         suspended.str() + "' returning 1");
  const auto answer = follow(early);
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.header("Location"), early.destination.str()) << "without a click id";
  const auto uncounted = visit("visitor-1", early.code.str());
  EXPECT_EQ(uncounted.status, 200);
  EXPECT_NE(uncounted.body.find(R"("counted":false)"), std::string::npos) << uncounted.body;
  EXPECT_EQ(stored(), "inactive redirect, inactive script");
}

TEST_F(Visits, TheScriptIsServedAndCached) {
  const auto script = s.outside.get("/t.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_TRUE(script.content_type.starts_with("text/javascript"));
  for (const auto* word : {"ref", "via", "fp_ref", "sendBeacon", "/api/visits", "/api/leads", "localStorage"})
    EXPECT_NE(script.body.find(word), std::string::npos) << word;
  const auto tag = script.header("ETag");
  ASSERT_NE(tag, "");
  EXPECT_EQ(s.outside.call(Method::get, "/t.js", {}, {{"if-none-match", tag}}).status, 304);
}

TEST_F(Visits, AreListedToTheirPartnerAlone) {
  visit("visitor-1");
  const auto other = s.partner();
  s.app.principal.scope = s.partner(partner);
  EXPECT_EQ(test::items(s.app.get("/api/visits").body), 1);
  s.app.principal.scope = s.partner(other);
  EXPECT_EQ(test::items(s.app.get("/api/visits").body), 0);
  EXPECT_EQ(test::items(s.app.get("/api/visits?partner_id=" + partner.str()).body), 0);
}

}  // namespace
}  // namespace tandem::attribution
