// A commission that further partners have parts of, through the real dispatch; caps of a year.
#include <gtest/gtest.h>

#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Splits : testing::Test {
  test::Story s;
  PartnerId owner = s.partner(), second = s.partner(), third = s.partner();

  std::string share(PartnerId of, std::int64_t ppm) {
    return fmt::format(R"({{"partner_id": "{}", "share_ppm": {}}})", of.str(), ppm);
  }
  test::Answer propose(std::string_view split, std::string_view more = "") {
    return s.app.post(
        "/api/partners/" + owner.str() + "/deals",
        fmt::format(R"({{"name": "Deal", "valid_from": "2000-01-01T00:00:00Z", "terms": [{{"trigger": "sale",
          "method": "percentage", "rate_ppm": 100000, "hold_days": 0, "split": [{}]{}}}]}})",
                    split, more));
  }
  std::string deal(std::string_view split, std::string_view more = "") {
    const auto made = propose(split, more);
    EXPECT_EQ(made.status, 201) << made.body;
    const auto id = member(made.body, "id");
    EXPECT_EQ(s.app.post("/api/deals/" + id + "/activation", "{}").status, 200);
    return id;
  }
  std::string sale(std::string_view id, std::int64_t amount, std::string_view at = "2026-03-05T10:00:00Z") {
    return s.sale(owner, id, amount, at);
  }
  /// What is left to the three of them, minor units: "60 30 10".
  std::string left() {
    std::string out;
    for (const auto& who : {owner, second, third})
      out +=
          s.cell(fmt::format("select coalesce(sum(amount), 0)::text || ' ' from app.earnings "
                             "where organization_id = $1 and partner_id = '{}'",
                             who.str()));
    out.pop_back();
    return out;
  }
};

TEST_F(Splits, ThePartsAddUpToTheCentAndGoBackInStep) {
  deal(share(second, 300'000) + "," + share(third, 333'333));
  const auto sold = sale("o1", 1'001);  // 1.00 of commission
  EXPECT_EQ(left(), "37 30 33");
  EXPECT_EQ(s.cell("select count(*) from app.earnings where organization_id = $1 and split_from is not null"),
            "2");
  const std::int64_t whole[] = {67, 33, 0};
  for (int i = 0; i < 3; ++i) {
    s.refund(sold, fmt::format("r{}", i), i == 2 ? 335 : 333);
    EXPECT_EQ(s.cell("select sum(amount) from app.earnings where organization_id = $1"),
              std::to_string(whole[i]));
  }
  EXPECT_EQ(left(), "0 0 0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Splits, WhatIsPaidAlreadyIsOwedBackByEachPart) {
  deal(share(second, 500'000));
  const auto sold = sale("o1", 10'010);
  s.tx(s.system, db::Role::money, [](db::Tx& tx) { return end_holds(tx, 100); });
  s.refund(sold, "r1", 10'010);
  EXPECT_EQ(left(), "0 0 0");
  EXPECT_EQ(s.cell("select string_agg(distinct state, ' ') from app.earnings where organization_id = $1"),
            "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Splits, ACreditNoteOfNoSaleIsSharedToo) {
  deal(share(second, 400'000));
  const auto billing = s.billing();
  s.deliver(billing, "e1",
            fmt::format(R"({{"type": "credit_note.created", "occurred_at": "2026-03-06T10:00:00Z", "data": {{
              "external_id": "c1", "link_code": "{}", "amount": {{"amount": 10005, "currency": "USD"}}}}}})",
                        s.link(owner).code.str()));
  s.work();
  EXPECT_EQ(left(), "-601 -400 0") << "10.01 in all";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Splits, AllOfItMayBeOthers) {
  deal(share(second, 600'000) + "," + share(third, 400'000));
  sale("o1", 10'000);
  EXPECT_EQ(left(), "0 600 400");
  // Who gave it away is told so, and nothing of a cap that nobody set.
  const auto conversion = s.cell("select id from app.conversions where organization_id = $1");
  s.app.principal.scope = s.partner(owner);
  const auto why = s.app.get("/api/explain/conversion/" + conversion).body;
  EXPECT_NE(why.find("term_given_away"), std::string::npos) << why;
  EXPECT_EQ(why.find("term_limit_reached"), std::string::npos) << why;
}

TEST_F(Splits, AllOfTheSaleMayBeTheCommission) {
  s.deal(owner, RatePpm{1'000'000});
  s.sale(owner, "o1", 10'000, "2026-03-05T10:00:00Z");
  const auto why = s.app
                       .get("/api/explain/conversion/" +
                            s.cell("select id from app.conversions where organization_id = $1"))
                       .body;
  EXPECT_NE(why.find("term_earned"), std::string::npos) << why;
  EXPECT_EQ(why.find("term_limit_reached"), std::string::npos) << why;
}

TEST_F(Splits, EachSeesItsOwnPartAndNobodyElse) {
  const auto id = deal(share(second, 400'000));
  sale("o1", 10'000);
  const auto part =
      s.cell("select id from app.earnings where organization_id = $1 and split_from is not null");
  const auto own = s.cell("select id from app.earnings where organization_id = $1 and split_from is null");
  const auto staff = s.app.get("/api/earnings/" + part).body;
  EXPECT_EQ(member(staff, "split_from"), owner.str());
  const auto deal_of_staff = s.app.get("/api/deals/" + id).body;
  EXPECT_NE(deal_of_staff.find(second.str()), std::string::npos);

  s.app.principal.scope = s.partner(second);
  for (const auto& body : {s.app.get("/api/earnings/" + part).body,
                           s.app.get("/api/explain/earning/" + part).body, s.app.get("/api/earnings").body}) {
    EXPECT_EQ(body.find(owner.str()), std::string::npos) << body;
    EXPECT_EQ(body.find(own), std::string::npos) << body;
    EXPECT_EQ(body.find("100000"), std::string::npos) << "the rate of the deal: " << body;
  }
  const auto words = s.app.get("/api/explain/earning/" + part + "?language=en").body;
  EXPECT_NE(words.find("40 % of this sale's commission of 10.00\u00A0USD is yours."), std::string::npos)
      << words;
  EXPECT_EQ(s.app.get("/api/earnings/" + own).status, 404);
  EXPECT_EQ(s.app.get("/api/deals/" + id).status, 404);

  s.app.principal.scope = s.partner(owner);
  const auto shown = s.app.get("/api/deals/" + id).body;
  EXPECT_EQ(shown.find(second.str()), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("own_share_ppm":600000)"), std::string::npos) << shown;
  const auto explained = s.app.get("/api/explain/earning/" + own + "?language=en").body;
  EXPECT_NE(explained.find("60 % of it is the deal's own partner's."), std::string::npos) << explained;
  EXPECT_EQ(explained.find(second.str()), std::string::npos) << explained;
  EXPECT_EQ(s.app.get("/api/earnings/" + part).status, 404);
}

TEST_F(Splits, CapsAreOfTheWholeCommission) {
  deal(share(second, 400'000), R"(, "currency": "USD", "cap_per_deal": 1500)");
  sale("o1", 10'000);
  const auto sold = sale("o2", 10'000);
  EXPECT_EQ(left(), "900 600 0") << "10.00, then the 5.00 that the cap leaves";
  sale("o3", 10'000);
  EXPECT_EQ(left(), "900 600 0");
  s.refund(sold, "r2", 10'000);
  sale("o4", 10'000);
  EXPECT_EQ(left(), "900 600 0") << "what was taken back is there again";
}

TEST_F(Splits, ACapOfAYearBeginsAgainWithTheYear) {
  deal("", R"(, "currency": "USD", "cap_per_year": 1500)");
  sale("o1", 10'000, "2025-01-05T10:00:00Z");
  sale("o2", 10'000, "2025-12-31T10:00:00Z");
  sale("o3", 10'000, "2025-06-01T10:00:00Z");
  EXPECT_EQ(left(), "1500 0 0");
  sale("o4", 10'000, "2026-01-01T10:00:00Z");
  EXPECT_EQ(left(), "2500 0 0");
}

TEST_F(Splits, AYearIsOfTheOrganizationsZone) {
  s.cell("update app.organizations set time_zone = 'Asia/Tashkent' where organization_id = $1 returning 1");
  deal("", R"(, "currency": "USD", "cap_per_year": 1000)");
  sale("o1", 10'000, "2025-12-31T18:59:59Z");
  sale("o2", 10'000, "2025-12-31T19:00:00Z");  // 1 January there
  sale("o3", 10'000, "2026-12-31T18:59:59Z");
  EXPECT_EQ(left(), "2000 0 0");
}

TEST_F(Splits, WhomItMayNotNameIsRefused) {
  const auto refused = [&](std::string_view split, std::string_view pointer, std::string_view more = "") {
    const auto made = propose(split, more);
    EXPECT_EQ(made.status, 422) << split << made.body;
    EXPECT_TRUE(made.names(pointer)) << pointer << " " << made.body;
  };
  test::Story other;
  refused(share(other.partner(), 1), "/terms/0/split/0/partner_id");
  refused(share(PartnerId{new_uuid()}, 1), "/terms/0/split/0/partner_id");
  refused(share(owner, 1), "/terms/0/split/0/partner_id");
  refused(share(s.applied_partner(), 1), "/terms/0/split/0/partner_id");
  refused(share(second, 1) + "," + share(second, 2), "/terms/0/split/1/partner_id");
  refused(share(second, 0), "/terms/0/split/0/share_ppm");
  refused(share(second, 600'000) + "," + share(third, 400'001), "/terms/0/split/1/share_ppm");
  refused(share(second, 1'000'001), "/terms/0/split/0/share_ppm");
  const auto bonus = s.app.post(
      "/api/partners/" + owner.str() + "/deals",
      fmt::format(R"({{"name": "Deal", "terms": [{{"kind": "bonus", "trigger": "sale", "method": "fixed",
        "currency": "USD", "tier_by": "count", "tier_period": "month", "tiers": [{{"from": 2, "amount": 1}}],
        "split": [{}]}}]}})",
                  share(second, 1)));
  EXPECT_TRUE(bonus.names("/terms/0/split")) << bonus.body;
  const auto in_template =
      s.app.post("/api/deal-templates",
                 fmt::format(R"({{"name": "T", "terms": [{{"trigger": "sale", "method": "percentage",
        "rate_ppm": 1, "split": [{}]}}]}})",
                             share(second, 1)));
  EXPECT_TRUE(in_template.names("/terms/0/split")) << in_template.body;
}

TEST_F(Splits, ADraftNamesWhatChangesAndIsCheckedAgainWhenPublished) {
  const auto id = deal("");
  const auto path = "/api/deals/" + id + "/draft";
  const auto draft = s.app.send(
      http::Method::put, path,
      fmt::format(
          R"({{"terms": [{{"trigger": "sale", "method": "percentage", "rate_ppm": 100000, "hold_days": 0,
        "split": [{}]}}]}})",
          share(second, 250'000)));
  ASSERT_EQ(draft.status, 200) << draft.body;
  EXPECT_NE(draft.body.find(
                fmt::format(R"("field":"split","before":"none","after":"25 % to partner {}")", second.str())),
            std::string::npos)
      << draft.body;
  ASSERT_EQ(s.app.post("/api/partners/" + second.str() + "/suspension", R"({"reason": "Why"})").status, 200);
  EXPECT_EQ(s.app.post(path + "/publication", "{}").status, 422);
  ASSERT_EQ(s.app.post("/api/partners/" + second.str() + "/reactivation", "{}").status, 200);
  EXPECT_LT(s.app.post(path + "/publication", "{}").status, 300);
}

}  // namespace
}  // namespace tandem::earnings
