// Signals of risk: what is seen, what it holds, who decides, and what an appeal gives again.
#include "earnings/risk_signals.hpp"

#include <gtest/gtest.h>

#include "attribution/api.hpp"
#include "earnings/api.hpp"
#include "earnings/risk_patterns.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Risks : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  attribution::Link link = s.link(partner);

  void SetUp() override {
    s.deal(partner, RatePpm{100'000});
    s.cell(fmt::format(
        "update app.partners set contact_email = 'Ann@Partner.example', contact_phone = '+447700900123' "
        "where organization_id = $1 and id = '{}' returning 1",
        partner.str()));
  }
  void act_as_partner() {
    s.app.principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, partner};
  }
  void act_as_staff() {
    s.app.principal.scope = s.staff;
    s.app.principal.scope.actor_id = ActorId{new_uuid()};
  }
  std::string lead(std::string_view email, std::string_view more = {}) {
    const auto made = s.app.post("/api/leads", fmt::format(R"({{"email": "{}", "partner_code": "{}"{}}})",
                                                           email, link.code.str(), more));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "lead_id");
  }
  std::string sale(std::string_view id, const std::string& lead_id,
                   std::string_view at = "2026-03-05T10:00:00Z") {
    const auto made = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, )"
            R"("lead_id": "{}", "occurred_at": "{}"}})",
            id, lead_id, at));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  void refund(const std::string& conversion, std::string_view id, std::int64_t amount) {
    const auto made = s.app.post(
        "/api/conversions/" + conversion + "/reversals",
        fmt::format(R"({{"external_id": "{}", "kind": "refund", "amount": {{"amount": {}, "currency": "USD"}},
                         "occurred_at": "2026-03-06T10:00:00Z"}})",
                    id, amount));
    EXPECT_EQ(made.status, 201) << made.body;
  }
  std::string states() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || state || ' ' || amount, ', ' order by id), '') "
        "from app.earnings where organization_id = $1");
  }
  std::string signals() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || action || ' ' || state, ', ' order by kind), '') "
        "from app.risk_signals where organization_id = $1");
  }
  std::string path(std::string_view kind) {
    return "/api/risk-signals/" +
           s.cell(fmt::format("select id from app.risk_signals where organization_id = $1 and kind = '{}'",
                              kind));
  }
  test::Answer decide(const std::string& path) { return s.app.post(path, R"({"reason": "Looked at."})"); }
  std::string explain() {
    return s.app
        .get("/api/explain/earning/" +
             s.cell("select id from app.earnings where organization_id = $1 order by id limit 1"))
        .body;
  }
  std::int64_t end() {
    return s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  }
  void visits(std::string_view what, std::string_view at, int count) {
    s.cell(fmt::format(
        "with made as (insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, "
        "at, slot, ip) select $1, gen_random_uuid(), '{}', '{}', '{}' || n, 'counted', 'script', {}, n, {} "
        "from generate_series(1, {}) n returning 1) select count(*) from made",
        partner.str(), link.id.str(), what, at,
        what == "bot" ? "'203.0.113.9'" : "('203.0.' || n % 200 || '.9')::inet", count));
  }
  void look_back(std::string_view today) {
    s.tx(s.system, db::Role::money, [&](db::Tx& tx) -> Task<> {
      const std::array jobs{jobs::Job{jobs::JobId{new_uuid()}, fmt::format(R"({{"period":"{}"}})", today)}};
      co_await look_for_patterns(tx, jobs);
    });
  }
};

TEST_F(Risks, APartnerThatBuysByItsOwnLinkWaitsForADecision) {
  sale("o1", lead("ann+shop@partner.example"));
  EXPECT_EQ(states(), "commission held 1000");
  EXPECT_EQ(signals(), "self_referral hold open");
  EXPECT_EQ(end(), 0);
  EXPECT_NE(explain().find(R"("key":"not_payable_risk")"), std::string::npos) << explain();
  const auto signal = path("self_referral");
  EXPECT_NE(s.app.get(signal).body.find(R"("by": "email")"), std::string::npos);
  EXPECT_EQ(s.app.get(signal).body.find("ann"), std::string::npos) << "nothing personal in the evidence";
  EXPECT_NE(s.app.get("/api/risk-signals?state=open").body.find("self_referral"), std::string::npos);
  act_as_partner();
  const auto seen = s.app.get(signal).body;
  EXPECT_NE(seen.find(R"("kind":"self_referral")"), std::string::npos) << seen;
  EXPECT_NE(seen.find(R"("score":null,"evidence":null)"), std::string::npos) << seen;
  EXPECT_EQ(decide(signal + "/dismissal").status, 403);
  act_as_staff();
  EXPECT_EQ(s.app.post(signal + "/dismissal", "{}").status, 422);
  const auto dismissed = decide(signal + "/dismissal");
  ASSERT_EQ(dismissed.status, 200) << dismissed.body;
  EXPECT_EQ(decide(signal + "/confirmation").code(), "state");
  EXPECT_EQ(states(), "commission pending 1000");
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Risks, AMembersAddressAndAPhoneTellIt) {
  s.cell(fmt::format(
      "insert into app.memberships (organization_id, id, user_id, partner_id, role, email, name) "
      "select $1, gen_random_uuid(), id, '{}', 'owner', 'bo@team.example', 'Bo' from app.users limit 1 "
      "returning 1",
      partner.str()));
  sale("o1", lead("carl@elsewhere.example"));
  EXPECT_EQ(signals(), "");
  sale("o2", lead("dan@elsewhere.example", R"(, "phone": "+44 7700 900123")"));
  EXPECT_EQ(s.cell("select evidence->>'by' from app.risk_signals where organization_id = $1"), "phone");
  EXPECT_EQ(states(), "commission pending 1000, commission held 1000");
}

TEST_F(Risks, AConfirmedSignalTakesBackWhatIsLeftAndAnAppealGivesItAgain) {
  const auto conversion = sale("o1", lead("ann@partner.example"));
  refund(conversion, "r1", 2'500);
  EXPECT_EQ(states(), "commission held 1000, commission held -250");
  const auto signal = path("self_referral");
  EXPECT_EQ(decide(signal + "/appeal/acceptance").code(), "state");
  ASSERT_EQ(decide(signal + "/confirmation").status, 200);
  EXPECT_EQ(states(), "commission cancelled 1000, commission cancelled -250, commission cancelled -750");
  EXPECT_EQ(s.differences(), "");
  EXPECT_NE(explain().find(R"("key":"not_payable_risk_confirmed")"), std::string::npos) << explain();
  refund(conversion, "r2", 2'500);
  EXPECT_EQ(s.cell("select sum(amount)::text from app.earnings where organization_id = $1"), "0")
      << "nothing is left to take back";
  const auto confirmer = s.app.principal.scope.actor_id;
  act_as_partner();
  EXPECT_EQ(s.app.post(signal + "/appeal", "{}").status, 422);
  const auto appealed = s.app.post(signal + "/appeal", R"({"text": "That was a gift to my sister."})");
  ASSERT_EQ(appealed.status, 200) << appealed.body;
  EXPECT_EQ(s.app.post(signal + "/appeal", R"({"text": "Again."})").code(), "state");
  act_as_staff();
  s.app.principal.scope.actor_id = confirmer;
  EXPECT_EQ(decide(signal + "/appeal/acceptance").code(), "same_person");
  act_as_staff();
  EXPECT_NE(s.app.get("/api/risk-signals?appeal_state=filed").body.find("gift to my sister"),
            std::string::npos);
  const auto accepted = decide(signal + "/appeal/acceptance");
  ASSERT_EQ(accepted.status, 200) << accepted.body;
  EXPECT_EQ(decide(signal + "/appeal/rejection").code(), "state");
  EXPECT_EQ(s.cell("select sum(amount)::text || ' ' || string_agg(distinct kind, ' ') from app.earnings "
                   "where organization_id = $1 and state = 'pending'"),
            "500 adjustment")
      << "half of it was refunded meanwhile";
  EXPECT_EQ(s.differences(), "");
  refund(conversion, "r3", 5'000);
  EXPECT_EQ(s.cell("select sum(amount)::text || ' ' || string_agg(distinct state, ' ') from app.earnings "
                   "where organization_id = $1"),
            "0 cancelled");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Risks, ADismissalAnswersTheAppeal) {
  sale("o1", lead("ann@partner.example"));
  const auto signal = path("self_referral");
  act_as_partner();
  ASSERT_EQ(s.app.post(signal + "/appeal", R"({"text": "That is my bookkeeper."})").status, 200);
  act_as_staff();
  const auto dismissed = decide(signal + "/dismissal");
  EXPECT_NE(dismissed.body.find(R"("appeal_state":"accepted")"), std::string::npos) << dismissed.body;
  EXPECT_EQ(states(), "commission pending 1000");
}

TEST_F(Risks, EachSignalHoldsForItself) {
  s.cell(fmt::format(
      "insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, "
      "slot) values ($1, gen_random_uuid(), '{}', '{}', 'visitor1', 'counted', 'script', "
      "'2026-03-05T09:59:59Z', 1) returning 1",
      partner.str(), link.id.str()));
  const auto buyer = lead("ann@partner.example", R"(, "visitor_id": "visitor1")");
  sale("o1", buyer);
  EXPECT_EQ(signals(), "cookie_stuffing hold open, self_referral hold open");
  ASSERT_EQ(decide(path("cookie_stuffing") + "/dismissal").status, 200);
  EXPECT_EQ(states(), "commission held 1000");
  ASSERT_EQ(decide(path("self_referral") + "/dismissal").status, 200);
  EXPECT_EQ(states(), "commission pending 1000");
  sale("o2", buyer, "2026-03-05T10:00:02Z");
  EXPECT_EQ(s.cell("select count(*)::text from app.risk_signals where organization_id = $1 and "
                   "kind = 'cookie_stuffing'"),
            "1")
      << "three seconds are a person's";
}

TEST_F(Risks, AnotherAddressOfOneMailboxIsTheSameLead) {
  auto term = test::FeatureFixture::percentage(RatePpm{1});
  term.trigger = partners::Trigger::lead;
  term.method = partners::Method::fixed;
  term.rate_ppm.reset();
  term.amount = 500;
  term.currency = Currency::parse("USD");
  s.deal(partner, std::vector{term});
  lead("eve@mail.example");
  lead("evelyn@mail.example");
  lead("eve+2@other.example");
  EXPECT_EQ(signals(), "");
  lead("eve+2@mail.example");
  EXPECT_EQ(signals(), "duplicate_lead hold open");
  EXPECT_EQ(states(),
            "commission pending 500, commission pending 500, commission pending 500, commission held 500");
}

TEST_F(Risks, ARuleDoesWhatTheOrganizationHasSet) {
  const auto set = [&](std::string_view action) {
    return s.app.send(http::Method::patch, "/api/risk-rules",
                      fmt::format(R"({{"rules": [{{"kind": "self_referral", "action": "{}"}}]}})", action));
  };
  const auto before = s.app.get("/api/risk-rules").body;
  EXPECT_NE(before.find(R"({"kind":"self_referral","action":"hold"})"), std::string::npos) << before;
  EXPECT_NE(before.find(R"({"kind":"coupon_leak","action":"signal"})"), std::string::npos) << before;
  EXPECT_EQ(set("burn").status, 422);
  const auto off = set("off");
  ASSERT_EQ(off.status, 200) << off.body;
  EXPECT_NE(off.body.find(R"({"kind":"self_referral","action":"off"})"), std::string::npos) << off.body;
  const auto buyer = lead("ann@partner.example");
  sale("o1", buyer);
  EXPECT_EQ(signals(), "");
  ASSERT_EQ(set("signal").status, 200);
  sale("o2", buyer);
  EXPECT_EQ(signals(), "self_referral signal open");
  EXPECT_EQ(states(), "commission pending 1000, commission pending 1000");
  act_as_partner();
  EXPECT_NE(s.app.get("/api/risk-signals").body.find(R"("items":[])"), std::string::npos);
  EXPECT_EQ(s.app.get(path("self_referral")).status, 404);
  EXPECT_EQ(s.app.send(http::Method::patch, "/api/risk-rules", R"({"rules": []})").status, 403);
}

TEST_F(Risks, AnotherPartnersSignalIsNotThere) {
  sale("o1", lead("ann@partner.example"));
  const auto signal = path("self_referral");
  s.app.principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, s.partner()};
  EXPECT_EQ(s.app.get(signal).status, 404);
  EXPECT_EQ(s.app.post(signal + "/appeal", R"({"text": "x"})").status, 404);
  EXPECT_NE(s.app.get("/api/risk-signals").body.find(R"("items":[])"), std::string::npos);
}

TEST_F(Risks, AFloodOfClicksHoldsTheDayAndPausesThePartner) {
  s.app.send(http::Method::patch, "/api/risk-rules",
             R"({"rules": [{"kind": "click_flooding", "action": "pause"}]})");
  sale("o1", lead("carl@elsewhere.example"));
  sale("o2", lead("dora@elsewhere.example"), "2026-03-06T10:00:00Z");
  visits("many", "'2026-03-05T08:00:00Z'::timestamptz + n * interval '10 seconds'", 2'500);
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "click_flooding pause open");
  EXPECT_EQ(states(), "commission held 1000, commission pending 1000") << "the day's alone";
  s.work();
  EXPECT_EQ(s.cell(fmt::format("select status from app.partners where organization_id = $1 and id = '{}'",
                               partner.str())),
            "suspended");
  EXPECT_EQ(s.differences(), "");
  ASSERT_EQ(decide(path("click_flooding") + "/confirmation").status, 200);
  EXPECT_EQ(s.cell("select sum(amount)::text from app.earnings where organization_id = $1"), "1000");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Risks, AFloodMayPauseItsLinksInsteadOfThePartner) {
  s.app.send(http::Method::patch, "/api/risk-rules",
             R"({"rules": [{"kind": "click_flooding", "action": "pause_links"}]})");
  const auto other = s.link(partner);
  sale("o1", lead("carl@elsewhere.example"));
  visits("many", "'2026-03-05T08:00:00Z'::timestamptz + n * interval '10 seconds'", 2'500);
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "click_flooding pause_links open");
  EXPECT_EQ(states(), "commission held 1000");
  s.work();
  EXPECT_EQ(
      s.cell("select string_agg(state || coalesce(' ' || state_reason, ''), ', ' order by id) from app.links "
             "where organization_id = $1"),
      "paused click_flooding, active");
  EXPECT_EQ(s.cell("select status from app.partners where organization_id = $1"), "active");
  act_as_partner();
  const auto path = "/api/links/" + link.id.str();
  EXPECT_NE(s.app.get(path).body.find(R"("state":"paused","state_reason":"click_flooding")"),
            std::string::npos);
  EXPECT_EQ(s.app.send(http::Method::patch, path, R"({"state": "active"})").code(), "state");
  EXPECT_EQ(s.app.post(path + "/resumption").status, 403);
  EXPECT_EQ(s.app.get("/api/links/" + other.id.str()).status, 200);
}

TEST_F(Risks, ClicksThatNobodySawThePageOfAreTold) {
  const auto click = [&](int count, bool is_seen) {
    s.cell(fmt::format(
        "with made as (insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, "
        "at, slot) select $1, gen_random_uuid(), '{}', '{}', 'v' || '{}' || n, 'counted', 'redirect', "
        "'2026-03-05T08:00:00Z', n from generate_series(1, {}) n returning id), "
        "told as (insert into app.landings (organization_id, visit_id, host, at) "
        "select $1, id, 'shop.example', '2026-03-05T07:00:00Z' from made where {} returning 1) select count(*) from made",
        partner.str(), link.id.str(), is_seen, count, is_seen));
  };
  s.cell(
      "update app.links set destination = 'https://shop.example/x' where organization_id = $1 returning 1");
  click(100, false);
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "") << "a site that tells of no landing is missed none";
  click(10, true);
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "cookie_stuffing hold open");
  EXPECT_EQ(s.cell("select evidence->>'clicks' || ' ' || (evidence->>'unseen') from app.risk_signals "
                   "where organization_id = $1"),
            "110 100");
}

TEST_F(Risks, ACouponOnAListedSiteIsTold) {
  const auto made = s.app.post("/api/partners/" + partner.str() + "/coupons", R"({"code": "SPRING"})");
  ASSERT_EQ(made.status, 201) << made.body;
  for (int i = 0; i < 3; ++i) {
    s.cell(fmt::format(
        "insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, "
        "referrer) select $1, gen_random_uuid(), '{}', '{}', '00000000-0000-4000-8000-00000000000{}', 'counted', "
        "'script', '2026-03-05T08:00:00Z', 1, 'https://www.deals.example/p' returning 1",
        partner.str(), link.id.str(), i));
    const auto lead =
        s.app.post("/api/leads", fmt::format(R"({{"email": "b{0}@buyer.example", "coupon": "SPRING", )"
                                             R"("visitor_id": "00000000-0000-4000-8000-00000000000{0}"}})",
                                             i));
    const auto order = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "o{}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, )"
            R"("lead_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
            i, member(lead.body, "lead_id")));
    ASSERT_EQ(order.status, 201) << order.body;
  }
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "");
  s.cell(R"(update app.organizations set settings = settings || '{"coupon_sites": ["deals.example"]}' )"
         "where organization_id = $1 returning 1");
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "coupon_leak signal open");
}

TEST_F(Risks, AMachinesRateIsTold) {
  visits("bot", "'2026-03-05T08:00:00Z'::timestamptz + n * interval '0.5 seconds'", 120);
  look_back("2026-03-06");
  EXPECT_EQ(signals(), "bot_rate signal open");
  EXPECT_EQ(s.cell("select evidence->>'in_bursts' from app.risk_signals where organization_id = $1"), "119");
}

TEST(RiskPatterns, AreJudgedByTheirLimits) {
  DayOfVisits day{.visits = 1'000, .conversions = 0};
  ClickTimes times{.leads = 49, .soon = 0};
  EXPECT_FALSE(click_flooding(day, times));
  day.visits = 2'001;
  EXPECT_EQ(click_flooding(day, times), 70);
  day.conversions = 2;  // 0.1 %
  EXPECT_FALSE(click_flooding(day, times));
  day.of_one_network = 1'001;
  EXPECT_EQ(click_flooding(day, times), 80);
  day.of_one_network = 0;
  times.leads = 50;
  EXPECT_EQ(click_flooding(day, times), 70) << "as evenly as by chance";
  times.soon = 10;
  EXPECT_FALSE(click_flooding(day, times)) << "a fifth within three days";
  EXPECT_FALSE(bot_rate(day));
  day.clicks = 100;
  day.unseen = 80;
  EXPECT_FALSE(cookie_stuffing(day)) << "80 % is not over 80 %";
  day.unseen = 81;
  EXPECT_EQ(cookie_stuffing(day), 90);
  day.clicks = 99;
  EXPECT_FALSE(cookie_stuffing(day));
  CouponUse use{.orders = 19, .without_click = 19};
  EXPECT_FALSE(coupon_leak(use));
  use = {.orders = 20, .without_click = 14};
  EXPECT_FALSE(coupon_leak(use)) << "70 % is not over 70 %";
  use.without_click = 15;
  EXPECT_EQ(coupon_leak(use), 87);
  use = {.orders = 6, .from_listed = 2};
  EXPECT_FALSE(coupon_leak(use));
  use.from_listed = 3;
  EXPECT_EQ(coupon_leak(use), 75);
  PartnerRecord record{
      .payments = 100, .refunded = 15, .payments_of_others = 1'000, .refunded_of_others = 50};
  EXPECT_FALSE(odd_partner(record)) << "three times is not over three times";
  record.refunded = 16;
  EXPECT_EQ(odd_partner(record), 70);
  record.payments_of_others = 0;
  EXPECT_FALSE(odd_partner(record)) << "nobody to compare with";
  record.disputed = 2;
  EXPECT_EQ(odd_partner(record), 90);
  record.payments = 19;
  EXPECT_FALSE(odd_partner(record));
}

TEST_F(Risks, RefundsFarAboveTheOthersHoldWhatIsNotPaid) {
  const auto other = s.partner();
  s.deal(other, RatePpm{100'000});
  for (int i = 0; i < 40; ++i) {
    const auto made = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "p{}", "kind": "sale", "amount": {{"amount": 1000, "currency": "USD"}}, )"
            R"("partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
            i, (i % 2 == 0 ? partner : other).str()));
    if (i < 8 && i % 2 == 0) refund(member(made.body, "id"), fmt::format("r{}", i), 500);
  }
  look_back("2026-03-10");
  EXPECT_EQ(signals(), "odd_partner hold open");
  EXPECT_EQ(s.cell("select count(*)::text from app.earnings where organization_id = $1 and state = 'held' "
                   "and amount > 0"),
            "20");
  look_back("2026-03-11");
  EXPECT_EQ(signals(), "odd_partner hold open") << "one that waits is enough";
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem::earnings
