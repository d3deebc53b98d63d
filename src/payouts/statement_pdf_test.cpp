#include "payouts/statement_pdf.hpp"

#include <gtest/gtest.h>

#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct PayoutStatements : testing::Test {
  test::PayoutStory s;

  std::string number_of(PartnerId partner) {
    return member(s.app.get("/api/payouts/" + s.payout_of(partner)).body, "statement_number");
  }
  std::string statement_of(PartnerId partner) {
    return "/api/payouts/" + s.payout_of(partner) + "/statement.pdf";
  }
};

TEST_F(PayoutStatements, AreNumberedWithoutGapsWhenTheyAreSent) {
  const auto one = s.payee(1'000), two = s.payee(2'000), given_up = s.payee(3'000), later = s.payee(4'000);
  s.sent({one, two});
  const std::string draft = "/api/payout-runs/" + member(s.draft({given_up}).body, "id");
  EXPECT_EQ(s.app.get(statement_of(given_up)).code(), "no_statement");
  EXPECT_EQ(member(s.as(s.boris).post(draft + "/approval").body, "state"), "approved");
  s.as(s.anna).post(draft + "/cancellation");
  s.sent({later});
  const std::string year = s.cell(
      "select to_char(max(statement_on), 'YYYY-') from app.payouts "
      "where organization_id = $1");
  EXPECT_EQ(
      s.cell("select string_agg(statement_sequence::text, ' ' order by statement_sequence) from app.payouts "
             "where organization_id = $1"),
      "1 2 3");
  EXPECT_EQ(number_of(later), year + "000003") << "what was given up has used up none";
  s.as(s.boris).post("/api/payouts/" + s.payout_of(later) + "/failure", R"({"reason":"Account closed"})");
  EXPECT_EQ(number_of(later), year + "000003") << "a statement that was made out stays";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutStatements, SayWhatIsPaidForInEachLanguage) {
  const auto partner = s.payee(10'000);
  s.approve_form(partner);
  s.owe_back(partner, 1'000);
  s.sent({partner});
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B-77"})");
  s.app.principal.scope = s.partner(partner);
  for (const std::string language : {"en", "id", "uz", "ru"}) {
    const auto answer = s.app.get(statement_of(partner) + "?language=" + language);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.content_type, "application/pdf");
    const auto text = test::pdf_text(answer.body);
    for (const std::string& said :
         {std::string("Partner Ltd"), number_of(partner), std::string("…4567"), std::string("7890"),
          std::string("B-77"), std::string("sale-1"), std::string("refund-2"),
          std::string(language == "en" ? "90.00" : "90,00"),
          std::string(language == "en" ? "-10.00" : "-10,00")})
      EXPECT_NE(text.find(said), std::string::npos) << said << text;
    EXPECT_EQ(s.app.get(statement_of(partner) + "?language=" + language).body, answer.body)
        << "the same paper again";
  }
}

TEST_F(PayoutStatements, SayWhatIsCarriedForward) {
  const auto partner = s.payee(5'000);
  s.sent({partner});
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/payment", R"({"reference":"B-1"})");
  s.as(s.anna);
  s.owe_back(partner, 2'000);
  s.earn(partner, 6'000);
  s.sent({partner});
  const auto text = test::pdf_text(s.app.get(statement_of(partner) + "?language=en").body);
  const auto carried = text.find("Carried forward");
  ASSERT_NE(carried, std::string::npos) << text;
  EXPECT_NE(text.find("-20.00", carried), std::string::npos) << text;
  EXPECT_NE(text.find("40.00 USD"), std::string::npos) << text;
  s.as(s.boris).post("/api/payouts/" + s.payout_of(partner) + "/return", R"({"reason":"Closed"})");
  EXPECT_NE(test::pdf_text(s.app.get(statement_of(partner) + "?language=en").body).find("did not arrive"),
            std::string::npos);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(PayoutStatements, AreSeenByTheStaffAndThePartnerAlone) {
  const auto mine = s.payee(1'000), other = s.payee(2'000);
  s.sent({mine, other});
  test::expect_refused(
      s.app, {{Method::get, statement_of(mine) + "?language=xx", {}, 422, "invalid", "?language"},
              {Method::get, "/api/payouts/" + new_uuid().str() + "/statement.pdf", {}, 404, "not_found"}});
  s.app.principal.scope = s.partner(mine);
  EXPECT_EQ(s.app.get(statement_of(mine)).status, 200);
  EXPECT_EQ(s.app.get(statement_of(other)).status, 404);
}

}  // namespace
}  // namespace tandem::payouts
