#include "payouts/statement_pdf.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
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

TEST_F(PayoutStatements, ShowTheOrganizationsLogo) {
  const auto partner = s.payee(1'000);
  s.sent({partner});
  s.as(s.anna);
  const auto plain = s.app.get(statement_of(partner)).body;
  const std::string logo = "/api/organizations/" + s.organization_id.str() + "/logo";
  const auto put = [&](std::string bytes, const std::string& type) {
    return s.app.call(Method::put, logo, std::move(bytes),
                      {{"content-type", type}, {"idempotency-key", new_uuid().str()}});
  };
  EXPECT_EQ(s.app.get(logo).status, 404);
  // One pixel.
  const auto png = from_hex(
                       "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489000000"
                       "0d4944415478da6364f8cf500f00038601805a347d6b0000000049454e44ae426082")
                       .value();
  EXPECT_EQ(put(png, "image/png").status, 204);
  EXPECT_EQ(put("<svg/>", "image/png").status, 415);
  EXPECT_EQ(put(png, "image/jpeg").status, 415);
  EXPECT_EQ(put(png.substr(0, 50), "image/png").code(), "file_refused");
  EXPECT_EQ(s.app.get(logo).content_type, "image/png");
  const std::string statement = "/api/partners/" + partner.str() + "/statement.pdf";
  for (int i = 0; i < 2; ++i) {  // the staff, then the partner
    for (const auto& path : {statement_of(partner), statement}) {
      const auto pdf = s.app.get(path);
      ASSERT_EQ(pdf.status, 200) << pdf.body;
      EXPECT_NE(pdf.body.find("/Subtype /Image"), std::string::npos) << path;
    }
    s.app.principal.scope = s.partner(partner);
  }
  EXPECT_EQ(s.as(s.anna).send(Method::delete_, logo).status, 204);
  EXPECT_EQ(s.app.get(statement_of(partner)).body, plain) << "without one as before";
  test::PayoutStory elsewhere;
  EXPECT_EQ(elsewhere.app.get(logo).status, 404);
  EXPECT_EQ(elsewhere.app.send(Method::delete_, logo).status, 404);
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
