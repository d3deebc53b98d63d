#include "attribution/leads.hpp"

#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using partners::Model;
using test::Answer;
using test::member;

const db::Query<db::Nothing(std::int32_t)> kRewrite{"test.rewrite_trace", R"sql(
  update app.leads set trace = '{}' where organization_id = $1 and $2 = 0)sql"};

struct Leads : testing::Test {
  test::Story s;

  struct Promoter {
    PartnerId id;
    Link link;
    std::string code() const { return link.code.str(); }
  };
  /// A partner with 10 % under this model and window, and a link.
  Promoter promoter(Model model = Model::last, int window_days = 90, bool coupon_wins = true) {
    const auto id = s.partner();
    auto term = test::FeatureFixture::percentage(RatePpm{100'000});
    term.model = model;
    term.window_days = window_days;
    term.coupon_wins = coupon_wins;
    s.deal(id, std::vector{term});
    return {id, s.link(id)};
  }
  static void at(std::string_view instant) { Clock::freeze(Timestamp::parse(instant)); }
  void visit(std::string_view visitor, const Promoter& by, std::string_view instant) {
    at(instant);
    const auto answer =
        s.outside.call(Method::post, "/api/visits",
                       fmt::format(R"({{"visitor_id": "{}", "partner_code": "{}"}})", visitor, by.code()),
                       {{"content-type", "application/json"},
                        {"user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  Answer lead(std::string_view more, std::string_view email = "buyer@example.test") {
    return s.app.post("/api/leads",
                      fmt::format(R"({{"email": "{}"{}{}}})", email, more.empty() ? "" : ", ", more));
  }
  void coupon(const Promoter& of, std::string_view code) {
    const auto made =
        s.app.post("/api/partners/" + of.id.str() + "/coupons", fmt::format(R"({{"code": "{}"}})", code));
    ASSERT_EQ(made.status, 201) << made.body;
  }
  std::string owner(const Answer& made) {
    return member(s.app.get("/api/leads/" + member(made.body, "lead_id")).body, "partner_id");
  }
  std::string model(const Answer& made) {
    const auto body = s.app.get("/api/leads/" + member(made.body, "lead_id")).body;
    const auto at = body.find(R"("model": ")") + 10;
    return body.substr(at, body.find('"', at) - at);
  }
};

TEST_F(Leads, AreCreatedOnceForAContact) {
  const auto by = promoter();
  const auto made = lead(fmt::format(R"("partner_code": "{}")", by.code()));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto again = lead(R"("name": "Another name")", "Buyer@EXAMPLE.test");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(member(again.body, "lead_id"), member(made.body, "lead_id"));
  EXPECT_EQ(owner(made), by.id.str());
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "1");
}

TEST_F(Leads, OnePhoneIsOnePerson) {
  const auto by = promoter();
  const auto made = lead(R"("phone": "+44 7700 900123")");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto again = lead(fmt::format(R"("phone": "+447700900123", "partner_code": "{}")", by.code()),
                          "another@example.test");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_NE(again.body.find(R"("duplicate":true)"), std::string::npos) << again.body;
  EXPECT_EQ(member(again.body, "lead_id"), member(made.body, "lead_id"));
  EXPECT_EQ(owner(made), "") << "the first lead stays as it was";
  const auto bare = s.app.post("/api/leads", R"({"phone": "+447700900124"})");
  ASSERT_EQ(bare.status, 201) << bare.body;
  const auto one = s.app.get("/api/leads/" + member(bare.body, "lead_id")).body;
  EXPECT_EQ(member(one, "phone"), "+447700900124");
  EXPECT_EQ(member(one, "email"), "");
  test::expect_refused(s.app,
                       {{Method::post, "/api/leads", R"({"phone": "call me"})", 422, "invalid", "/phone"}});
}

TEST_F(Leads, FiftyAtOnceAreOne) {
  const auto by = promoter();
  const auto key = "Bearer " + s.staff_key();
  std::vector<http::Request> requests;
  for (int i = 0; i < 50; ++i)
    requests.push_back(test::TestApp::request(
        Method::post, "/api/leads",
        fmt::format(R"({{"email": "buyer@example.test", "external_id": "acct", "partner_code": "{}"}})",
                    by.code()),
        {{"content-type", "application/json"},
         {"authorization", key},
         {"idempotency-key", fmt::format("k{}", i)}}));
  std::string id;
  int created = 0;
  for (const auto& answer : s.storm(requests)) {
    ASSERT_TRUE(answer.status == 201 || answer.status == 200) << answer.status << answer.body;
    created += answer.status == 201;
    if (id.empty()) id = member(answer.body, "lead_id");
    EXPECT_EQ(member(answer.body, "lead_id"), id);
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "1");
  EXPECT_EQ(s.cell("select count(*) from app.lead_attributions where organization_id = $1"), "1");
}

TEST_F(Leads, ManyLeadsOfOneExternalIdAreOne) {
  const auto key = "Bearer " + s.staff_key();
  std::vector<http::Request> requests;
  for (int i = 0; i < 40; ++i)
    requests.push_back(test::TestApp::request(
        Method::post, "/api/leads",
        fmt::format(R"({{"email": "buyer{}@example.test", "external_id": "acct"}})", i),
        {{"content-type", "application/json"},
         {"authorization", key},
         {"idempotency-key", fmt::format("k{}", i)}}));
  for (const auto& answer : s.storm(requests))
    ASSERT_TRUE(answer.status == 201 || answer.status == 200) << answer.status << answer.body;
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "1");
}

TEST_F(Leads, ABrowsersExternalIdGivesWayToAServers) {
  const auto key = s.site_key({"https://shop.example"});
  const auto send = [&](std::string_view email) {
    const auto made = s.outside.call(
        Method::post, "/api/leads", fmt::format(R"({{"email": "{}", "external_id": "acct_1"}})", email),
        {{"content-type", "application/json"}, {"x-site-key", key}, {"origin", "https://shop.example"}});
    return member(made.body, "lead_id");
  };
  const auto named = [&](const std::string& id) {
    return s.cell("select coalesce(external_id, '') from app.leads where organization_id = $1 and id = '" +
                  id + "'");
  };
  const auto first = send("mallory@example.test");
  EXPECT_EQ(named(first), "acct_1");
  const auto second = send("somebody@example.test");
  EXPECT_NE(second, first) << "a browser's word finds nobody else's lead";
  EXPECT_EQ(named(second), "");
  EXPECT_EQ(send("mallory@example.test"), first);
  const auto real = lead(R"("external_id": "acct_1")", "owner@example.test");
  EXPECT_EQ(real.status, 201) << real.body;
  EXPECT_EQ(named(member(real.body, "lead_id")), "acct_1");
  EXPECT_EQ(named(first), "");
  EXPECT_NE(send("mallory@example.test"), member(real.body, "lead_id"));
  EXPECT_EQ(named(member(real.body, "lead_id")), "acct_1");
  const auto same = lead(R"("external_id": "acct_1")", "other-address@example.test");
  EXPECT_EQ(same.status, 200) << "a server's word does";
  EXPECT_EQ(member(same.body, "lead_id"), member(real.body, "lead_id"));
}

TEST_F(Leads, FromABrowserNeedASiteKeyAndAnAllowedOrigin) {
  const auto by = promoter();
  const auto key = s.site_key({"https://shop.example"});
  const auto send = [&](const std::string& site_key, const std::string& origin, std::string_view email) {
    return s.outside.call(
        Method::post, "/api/leads",
        fmt::format(R"({{"email": "{}", "partner_code": "{}"}})", email, by.code()),
        {{"content-type", "application/json"}, {"x-site-key", site_key}, {"origin", origin}});
  };
  const auto made = send(key, "https://shop.example", "a@example.test");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(owner(made), "") << "a browser does not say who is paid";
  EXPECT_EQ(send(key, "https://shop.example", "a@example.test").status, 200);
  const auto elsewhere = send(key, "https://evil.example", "b@example.test");
  EXPECT_EQ(elsewhere.status, 403) << elsewhere.body;
  EXPECT_NE(elsewhere.header("Access-Control-Allow-Origin"), "https://evil.example");
  EXPECT_EQ(send("pk_live_AAAAAAAAAAAAAAAAAAAAAAAA", "https://shop.example", "b@example.test").status, 401);
  const auto nobody = s.outside.call(Method::post, "/api/leads", R"({"email": "b@example.test"})",
                                     {{"content-type", "application/json"}, {"idempotency-key", "k"}});
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "1");
}

TEST_F(Leads, AClickIdDecidesAndAForgedOneDoesNot) {
  const auto by = promoter();
  const auto location = s.outside.get("/r/" + by.code()).header("Location");
  const auto click = location.substr(location.find("tdm_click=") + 10);
  const auto honest = lead(fmt::format(R"("click_id": "{}")", click), "a@example.test");
  EXPECT_EQ(honest.status, 201);
  EXPECT_EQ(owner(honest), by.id.str());
  std::string forged = click;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  const auto made = lead(fmt::format(R"("click_id": "{}")", forged), "b@example.test");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(owner(made), "");
  EXPECT_EQ(lead(R"("click_id": "nonsense")", "c@example.test").status, 201);
}

TEST_F(Leads, TheLastTouchWins) {
  const auto a = promoter(), b = promoter();
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-05T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto made = lead(R"("visitor_id": "visitor-1")");
  EXPECT_EQ(owner(made), b.id.str());
  EXPECT_EQ(model(made), "last");
}

TEST_F(Leads, TheFirstTouchWinsWhereTheDealSaysSo) {
  const auto a = promoter(Model::first), b = promoter(Model::first);
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-05T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto made = lead(R"("visitor_id": "visitor-1")");
  EXPECT_EQ(owner(made), a.id.str());
  EXPECT_EQ(model(made), "first");
}

TEST_F(Leads, OutsideTheWindowNothingCounts) {
  const auto a = promoter(Model::last, 30), b = promoter(Model::last, 3);
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-02T10:00:00Z");
  at("2026-03-05T10:00:00.000001Z");
  EXPECT_EQ(owner(lead(R"("visitor_id": "visitor-1")", "a@example.test")), a.id.str());
  at("2026-03-31T10:00:00Z");
  EXPECT_EQ(owner(lead(R"("visitor_id": "visitor-1")", "b@example.test")), a.id.str())
      << "exactly the window still counts";
  at("2026-03-31T10:00:00.000001Z");
  EXPECT_EQ(owner(lead(R"("visitor_id": "visitor-1")", "c@example.test")), "");
}

TEST_F(Leads, LinearTouchesShareTheCommissionToTheUnit) {
  const auto a = promoter(Model::linear), b = promoter(Model::linear), c = promoter(Model::linear);
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-02T10:00:00Z");
  visit("visitor-1", c, "2026-03-03T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto made = lead(R"("visitor_id": "visitor-1", "external_id": "acct")");
  EXPECT_EQ(
      s.cell(
          "select string_agg(weight::text, ' ' order by position) from app.lead_attributions where organization_id = $1"),
      "1 1 1");
  const auto sale =
      s.app.post("/api/conversions",
                 R"({"external_id": "o1", "kind": "sale", "amount": {"amount": 1000, "currency": "USD"},
                                   "customer_external_id": "acct", "occurred_at": "2026-03-06T11:00:00Z"})");
  ASSERT_EQ(sale.status, 201) << sale.body;
  EXPECT_EQ(
      s.cell(
          "select string_agg(amount::text, ' ' order by amount desc) from app.earnings where organization_id = $1"),
      "34 33 33");
  const auto back =
      s.app.post("/api/conversions/" + member(sale.body, "id") + "/reversals",
                 R"({"external_id": "r1", "kind": "refund", "amount": {"amount": 1000, "currency": "USD"},
                                   "occurred_at": "2026-03-07T11:00:00Z"})");
  ASSERT_EQ(back.status, 201) << back.body;
  EXPECT_EQ(s.totals(), "100 -100");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Leads, ACouponWinsOrIsATouch) {
  const auto a = promoter(Model::first), b = promoter(Model::last, 90, true),
             c = promoter(Model::first, 90, false);
  coupon(b, "SPRING");
  coupon(c, "SUMMER");
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto won = lead(R"("visitor_id": "visitor-1", "coupon": "spring")", "a@example.test");
  EXPECT_EQ(owner(won), b.id.str());
  EXPECT_EQ(model(won), "coupon");
  EXPECT_EQ(owner(lead(R"("visitor_id": "visitor-1", "coupon": "SUMMER")", "b@example.test")), a.id.str())
      << "a touch at the lead's instant, and the first one wins";
  EXPECT_EQ(owner(lead(R"("coupon": "NOTHING")", "c@example.test")), "") << "an unknown coupon is nobody's";
}

TEST_F(Leads, AnInactivePartnerGetsNothing) {
  const auto a = promoter(), b = promoter();
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-02T10:00:00Z");
  s.cell("update app.partners set status = 'suspended' where organization_id = $1 and id = '" + b.id.str() +
         "' returning 1");
  at("2026-03-06T10:00:00Z");
  EXPECT_EQ(owner(lead(R"("visitor_id": "visitor-1")")), a.id.str());
}

TEST_F(Leads, TheDecisionIsFrozenWithItsTrace) {
  const auto a = promoter(), b = promoter();
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto made = lead(R"("visitor_id": "visitor-1")");
  const auto before = s.app.get("/api/leads/" + member(made.body, "lead_id")).body;
  EXPECT_NE(before.find(R"("rule_version": 2)"), std::string::npos) << before;
  EXPECT_NE(before.find(R"("winner": 0)"), std::string::npos);
  EXPECT_NE(before.find(R"("candidates_total": 1)"), std::string::npos);
  EXPECT_NE(before.find(R"("reason": "Last touch)"), std::string::npos);
  visit("visitor-1", b, "2026-03-06T11:00:00Z");
  EXPECT_EQ(lead(R"("visitor_id": "visitor-1")").status, 200);
  EXPECT_EQ(s.app.get("/api/leads/" + member(made.body, "lead_id")).body, before);
  for (const auto role : {db::Role::write, db::Role::money})
    EXPECT_THROW(s.tx(role, [](db::Tx& t) -> Task<> { co_await t.exec(kRewrite, 0); }), db::DbError);
}

TEST_F(Leads, APartnerSeesItsOwnWithoutTheirPeopleAndWithoutOthers) {
  const auto a = promoter(), b = promoter();
  visit("visitor-1", a, "2026-03-01T10:00:00Z");
  visit("visitor-1", b, "2026-03-05T10:00:00Z");
  at("2026-03-06T10:00:00Z");
  const auto id = member(lead(R"("visitor_id": "visitor-1", "name": "Jane Buyer")").body, "lead_id");
  s.app.principal.scope = s.partner(b.id);
  for (const auto& body : {s.app.get("/api/leads").body, s.app.get("/api/leads/" + id).body}) {
    EXPECT_NE(body.find(R"("id":")" + id), std::string::npos) << body;
    EXPECT_EQ(body.find("buyer@example.test"), std::string::npos) << body;
    EXPECT_EQ(body.find("Jane"), std::string::npos) << body;
    EXPECT_EQ(body.find(a.id.str()), std::string::npos) << "who else was weighed is not told: " << body;
  }
  s.app.principal.scope = s.partner(a.id);
  EXPECT_EQ(s.app.get("/api/leads").body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(s.app.get("/api/leads?partner_id=" + b.id.str()).body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(s.app.get("/api/leads/" + id).status, 404);
  EXPECT_EQ(s.app.post("/api/leads/" + id + "/state", R"({"state": "contacted"})").status, 403);
}

TEST_F(Leads, TheExternalIdMayComeLater) {
  const auto made = lead("");
  EXPECT_EQ(lead(R"("external_id": "acct_1")").status, 200);
  const auto target = "/api/leads/" + member(made.body, "lead_id");
  EXPECT_EQ(member(s.app.get(target).body, "external_id"), "acct_1");
  EXPECT_EQ(lead(R"("external_id": "acct_2")").status, 200);
  EXPECT_EQ(member(s.app.get(target).body, "external_id"), "acct_1") << "once known it stays";
}

TEST_F(Leads, ADealThatPaysForLeadsEarnsAtOnce) {
  const auto id = s.partner();
  partners::TermInput term;
  term.trigger = partners::Trigger::lead;
  term.method = partners::Method::fixed;
  term.amount = 250;
  term.currency = Currency::parse("EUR").value();
  s.deal(id, std::vector{term});
  const auto link = s.link(id);
  const auto body = fmt::format(R"("partner_code": "{}")", link.code.str());
  EXPECT_EQ(lead(body).status, 201);
  EXPECT_EQ(lead(body).status, 200);
  EXPECT_EQ(s.totals(), "250 0");
  EXPECT_EQ(s.cell("select currency || ' ' || state from app.earnings where organization_id = $1"),
            "EUR pending");
  EXPECT_EQ(s.cell("select state from app.leads where organization_id = $1"), "new")
      << "a lead is no payment";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Leads, RefuseBadInput) {
  test::expect_refused(s.app,
                       {{Method::post, "/api/leads", "{}", 422, "invalid", "/email", "required"},
                        {Method::post, "/api/leads", R"({"email": "nobody"})", 422, "invalid", "/email"},
                        {Method::post, "/api/leads", R"({"email": "a@b.example", "state": "converted"})", 422,
                         "invalid", "/state", "unknown_field"},
                        {Method::get, "/api/leads/" + new_uuid().str(), "", 404, "not_found"}});
  EXPECT_EQ(s.cell("select count(*) from app.leads where organization_id = $1"), "0");
}

}  // namespace
}  // namespace tandem::attribution
