#include "earnings/explain.hpp"

#include <gtest/gtest.h>

#include "earnings/explain_words.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::refund_event;
using test::sale_event;

struct Explanations : testing::Test {
  test::Story s;
  PartnerId a = s.partner(), b = s.partner();
  attribution::Link link_a = s.link(a), link_b = s.link(b);
  test::Story::Source billing = s.billing();
  int events = 0;

  static partners::TermInput term(RatePpm rate, int hold_days) {
    auto out = test::FeatureFixture::percentage(rate);
    out.hold_days = hold_days;
    return out;
  }
  void sale(const std::string& id, std::int64_t amount, const attribution::Link& link,
            std::string_view at = "2026-03-05T10:00:00Z") {
    s.deliver(billing, fmt::format("e{}", ++events),
              sale_event(id, amount, fmt::format(R"("link_code": "{}")", link.code.str()), "USD",
                         "sale.created", at));
    s.work();
  }
  std::string id_of(std::string_view sql) { return s.cell(sql); }
  std::string conversion(std::string_view external_id) {
    return s.cell(fmt::format(
        "select id from app.conversions where organization_id = $1 and external_id = '{}'", external_id));
  }
  std::string earning(std::string_view condition = "true") {
    return s.cell(
        fmt::format("select id from app.earnings where organization_id = $1 and {} limit 1", condition));
  }
  std::string explain(std::string_view kind, std::string_view id, std::string_view query = {}) {
    const auto answer = s.app.get(fmt::format("/api/explain/{}/{}{}", kind, id, query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  static void has(const std::string& body, std::string_view what) {
    EXPECT_NE(body.find(what), std::string::npos) << what << " in " << body;
  }
};

TEST(ExplanationWords, AreThereInFourLanguagesWithTheSameMarkers) {
  const auto markers = [](std::string_view text) {
    std::set<std::string> out;
    for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
      out.insert(std::string(text.substr(at, text.find('}', at) - at)));
    return out;
  };
  for (const auto key : explanation_keys()) {
    const auto english = say(Language::en, key).text;
    for (const auto language : {Language::id, Language::uz, Language::ru}) {
      const auto other = say(language, key).text;
      EXPECT_FALSE(other.empty()) << key;
      EXPECT_EQ(markers(other), markers(english)) << key << ": " << other;
    }
  }
}

TEST_F(Explanations, AnEarningSaysWhyItIsNotPaid) {
  s.deal(a, {term(RatePpm{100'000}, 365)});
  sale("s1", 10'000, link_a);
  const auto pending = explain("earning", earning());
  has(pending, R"("key":"earning_commission","parameters":[{"name":"amount","value":"10.00 USD"}])");
  has(pending,
      R"("key":"rule_rate","parameters":[{"name":"percent","value":"10"},{"name":"base","value":"100 USD"}])");
  has(pending, R"("key":"not_payable_hold")");
  has(pending, R"("key":"next_hold_ends")");
  has(pending, R"("kind":"conversion")");
  s.deliver(billing, "r", refund_event("r", "s1", 10'000));
  s.work();
  has(explain("earning", earning("reversal_id is null")), R"("key":"not_payable_cancelled")");
  const auto back = explain("earning", earning("reversal_id is not null"));
  has(back, R"("key":"earning_taken_back","parameters":[{"name":"amount","value":"-10.00 USD"}])");
  has(back, R"("key":"rule_cumulative")");
}

TEST_F(Explanations, SpeaksTheReadersLanguage) {
  s.deal(a, RatePpm{100'000});
  sale("s1", 1'234'560, link_a);
  has(explain("earning", earning(), "?language=ru"), "Комиссия 1\u00A0234,56\u00A0USD.");
  has(explain("earning", earning(), "?language=ru"), "10 % от 12\u00A0345,60\u00A0USD.");
  has(explain("earning", earning(), "?language=uz"), "1\u00A0234,56\u00A0USD komissiya.");
  has(explain("earning", earning(), "?language=en"), "1,234.56\u00A0USD commission.");
  has(explain("earning", earning(), "?language=en"), "10 % of 12,345.60\u00A0USD.");
  s.cell(
      "update app.organizations set settings = settings || '{\"locale\": \"id\"}' where organization_id = $1 returning 1");
  has(explain("earning", earning()), "Komisi 1.234,56\u00A0USD.");
}

TEST_F(Explanations, TellsDaysOfTheOrganizationAsTheReaderWritesThem) {
  s.deal(a, {term(RatePpm{125'000}, 365)});
  sale("s1", 10'000, link_a, "2026-03-05T22:30:00Z");
  s.cell("update app.organizations set time_zone = 'Asia/Tashkent' where organization_id = $1 returning 1");
  const auto sold = conversion("s1");
  const auto own = explain("conversion", sold);
  has(own, "Amount 100.00\u00A0USD, on 6 March 2026.");
  has(own, R"({"name":"day","value":"2026-03-06"})");
  has(explain("conversion", sold, "?language=id"), "Jumlah 100,00\u00A0USD, tanggal 6 Maret 2026.");
  has(explain("conversion", sold, "?language=uz"), "Summa 100,00\u00A0USD, sana 2026-yil 6-mart.");
  has(explain("conversion", sold, "?language=ru"), "Сумма 100,00\u00A0USD, дата 6 марта 2026 г.\"");
  const auto earned = earning();
  has(explain("earning", earned, "?language=ru"), "12,5 % от 100,00\u00A0USD.");
  has(explain("earning", earned, "?language=ru"), "удержание до 6 марта 2027 г.\"");
  has(explain("earning", earned, "?language=uz"), "2027-yil 6-martgacha");
}

TEST_F(Explanations, AnAmountHasTheDecimalsOfItsCurrency) {
  EXPECT_EQ(
      say(Language::en, "conversion_earned", {{"amount", Money{1'234'567, Currency::parse("JPY").value()}}})
          .text,
      "The conversion earned 1,234,567\u00A0JPY.");
  EXPECT_EQ(
      say(Language::ru, "conversion_earned", {{"amount", Money{1'234'567, Currency::parse("KWD").value()}}})
          .text,
      "Конверсия принесла 1\u00A0234,567\u00A0KWD.");
  const auto of_part = say(Language::id, "rule_rate",
                           {{"percent", Decimal(125'000, 4)},
                            {"base", ExactMoney{Decimal(1'234'567'891, 6), Currency::parse("USD").value()}}});
  EXPECT_EQ(of_part.text, "12,5 % dari 1.234,567891\u00A0USD.");
  EXPECT_EQ(of_part.parameters.at(1).value, "1234.567891 USD");
}

TEST_F(Explanations, WhatIsGivenIsNotReadAgain) {
  EXPECT_EQ(say(Language::en, "candidate", {{"kind", "{whose}"}, {"whose", "x"}, {"verdict", "v"}}).text,
            "{whose} of x: v");
}

TEST_F(Explanations, AConversionSaysWhatEachTermMadeOfIt) {
  auto lead_term = term(RatePpm{200'000}, 30);
  lead_term.trigger = partners::Trigger::subscription;
  s.deal(a, {term(RatePpm{100'000}, 30), lead_term});
  sale("s1", 10'000, link_a);
  const auto body = explain("conversion", conversion("s1"));
  has(body, R"("key":"conversion_earned","parameters":[{"name":"amount","value":"10.00 USD"}])");
  has(body, R"("key":"term_earned","parameters":[{"name":"position","value":"1"})");
  has(body, R"("key":"term_other_trigger","parameters":[{"name":"position","value":"2"})");
  sale("s2", 10'000, link_b);  // b has no deal
  const auto nothing = explain("conversion", conversion("s2"));
  has(nothing, R"("key":"conversion_nothing")");
  has(nothing, R"("key":"no_terms")");
}

TEST_F(Explanations, ALeadAndItsVisitsSayWhoWonAndPartnersSeeTheirOwn) {
  s.deal(a, RatePpm{100'000});
  s.deal(b, RatePpm{100'000});
  for (const auto& link : {link_a, link_b}) {
    const auto visit = s.app.post(
        "/api/visits",
        fmt::format(
            R"({{"visitor_id":"visitor-1","partner_code":"{}","landing_url":"https://shop.example/"}})",
            link.code.str()));
    ASSERT_LT(visit.status, 300) << visit.body;
    Clock::freeze(Clock::now() + std::chrono::minutes{1});
  }
  const auto made = s.app.post("/api/leads", R"({"email":"lead@example.com","visitor_id":"visitor-1"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto lead = test::member(made.body, "lead_id");
  const auto body = explain("lead", lead);
  has(body, R"("key":"lead_last")");
  has(body, a.str());
  has(body, b.str());
  const auto visit_of = [&](PartnerId partner_id) {
    return s.cell(fmt::format("select id from app.visits where organization_id = $1 and partner_id = '{}'",
                              partner_id.str()));
  };
  has(explain("visit", visit_of(a)), "another touch won.");
  has(explain("visit", visit_of(b)), "it won.");
  const auto visit_of_a = visit_of(a);
  s.app.principal.scope = s.partner(b);
  const auto own = explain("lead", lead);
  has(own, b.str());
  EXPECT_EQ(own.find(a.str()), std::string::npos) << "another partner's touch is not named: " << own;
  EXPECT_EQ(s.app.get("/api/explain/visit/" + visit_of_a).status, 404);
}

TEST_F(Explanations, OthersThingsAreNotThere) {
  s.deal(a, RatePpm{100'000});
  sale("s1", 10'000, link_a);
  const auto id = earning(), sold = conversion("s1");
  for (const auto* kind : {"visit", "lead", "conversion", "earning"})
    test::expect_refused(s.app, {{http::Method::get,
                                  fmt::format("/api/explain/{}/{}", kind, new_uuid().str()),
                                  {},
                                  404,
                                  "not_found"}});
  test::expect_refused(
      s.app,
      {{http::Method::get, "/api/explain/earning/" + id + "?language=xx", {}, 422, "invalid", "?language"},
       {http::Method::get, "/api/explain/payment/" + id, {}, 404, "not_found"}});
  s.app.principal.scope = s.partner(b);
  EXPECT_EQ(s.app.get("/api/explain/earning/" + id).status, 404);
  EXPECT_EQ(s.app.get("/api/explain/conversion/" + sold).status, 404);
}

}  // namespace
}  // namespace tandem::earnings
