// A person who is erased is not named any more in what others wrote, and found there before.
#include <gtest/gtest.h>

#include "customers/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Named : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  attribution::Link link = s.link(partner);
  std::string contact;

  void SetUp() override {
    s.deal(partner, RatePpm{100'000});
    s.cell(
        "update app.partners set contact_email = 'eva.stone@buyer.example' where organization_id = $1 returning 1");
    const auto made = s.app.post("/api/leads", fmt::format(R"({{"email": "Eva.Stone@buyer.example", )"
                                                           R"("name": "Eva Stone", "partner_code": "{}"}})",
                                                           link.code.str()));
    ASSERT_EQ(made.status, 201) << made.body;
    contact = s.cell("select id from app.contacts where organization_id = $1");
    s.cell("update app.contacts set phone = '+447700900123' where organization_id = $1 returning 1");
    s.sale(partner, "other", 5'000);
    const auto sale = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "o1", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, )"
            R"("lead_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
            member(made.body, "lead_id")));
    ASSERT_EQ(sale.status, 201) << sale.body;
    const auto own = "/api/partners/" + partner.str();
    ASSERT_EQ(s.app
                  .post(own + "/claims", R"({"kind": "missing", "order_reference": "eva.stone@buyer.example",
      "evidence": "eva  stone (+44 7700 900-123) wrote; EVA.STONE@buyer.example, not jeva.stone@buyer.example",
      "evidence_references": ["mail of Eva Stone", "Eva Stonewall"]})")
                  .status,
              201);
    ASSERT_EQ(s.app.post(own + "/notes", R"({"body": "Eva Stone is the owner's sister. Eva too."})").status,
              201);
    const auto signal =
        "/api/risk-signals/" + s.cell("select id from app.risk_signals where organization_id = $1");
    ASSERT_EQ(s.app.post(signal + "/appeal", R"({"text": "Eva Stone is a friend."})").status, 200);
    ASSERT_EQ(
        s.app.post(signal + "/dismissal", R"({"reason": "Eva Stone called from +447700900123."})").status,
        200);
  }
  std::string words() {
    return s.cell(
        "select string_agg(t, ' / ') from (select evidence || ' / ' || array_to_string(evidence_references, ' / ') as t "
        "from app.claims where organization_id = $1 union all select body from app.partner_notes "
        "where organization_id = $1 union all select appeal || ' / ' || decision || ' / ' || appeal_decision "
        "from app.risk_signals where organization_id = $1) x");
  }
};

TEST_F(Named, IsFoundByTheExport) {
  const auto found = s.app.get("/api/contacts/" + contact + "/personal-data");
  ASSERT_EQ(found.status, 200) << found.body;
  for (const char* section : {"claim", "risk_signal", "partner_note"})
    EXPECT_NE(found.body.find(fmt::format(R"("section":"{}")", section)), std::string::npos) << section;
  EXPECT_EQ(found.body.find(R"("section":"earning_hold")"), std::string::npos);
}

TEST_F(Named, IsErasedAndTheMoneyStays) {
  const auto money = s.totals();
  ASSERT_EQ(s.app.post("/api/contacts/" + contact + "/erasure").status, 200);
  EXPECT_EQ(
      words(),
      "[erased] ([erased]) wrote; [erased], not jeva.stone@buyer.example / mail of [erased] / Eva Stonewall / "
      "[erased] is the owner's sister. Eva too. / "
      "[erased] is a friend. / [erased] called from [erased]. / [erased] called from [erased].");
  EXPECT_EQ(s.cell("select order_reference = '[erased] ' || id from app.claims where organization_id = $1"),
            "t");
  EXPECT_EQ(s.totals(), money);
  EXPECT_EQ(s.differences(), "");
  EXPECT_EQ(s.app.post("/api/contacts/" + contact + "/erasure").status, 200) << "again, as after a backup";
}

TEST(NamingPattern, LooksForNothingThatWouldFitOthers) {
  EXPECT_EQ(customers::naming_pattern({}, {}, {}), "");
  EXPECT_EQ(customers::naming_pattern({}, {}, {"Ann", " Ann", "Ann "}), "");
  EXPECT_EQ(customers::naming_pattern({}, {}, {"Ann (Lee)"}), R"(\mAnn\s+\(Lee\)\M)");
}

}  // namespace
}  // namespace tandem::earnings
