// Conversions and their reversals through the API.
#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::Answer;
using test::member;

struct Conversions : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = s.deal(partner, RatePpm{33'333});

  std::string body(std::string_view id, std::int64_t amount, std::string_view more = "") {
    return fmt::format(
        R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": {}, "currency": "USD"}}, )"
        R"("partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"{}{}}})",
        id, amount, partner.str(), more.empty() ? "" : ", ", more);
  }
  std::string sale(std::string_view id, std::int64_t amount) {
    const auto made = s.app.post("/api/conversions", body(id, amount));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  Answer refund(const std::string& conversion, std::string_view id, std::int64_t amount,
                std::string_view currency = "USD") {
    return s.app.post(
        "/api/conversions/" + conversion + "/reversals",
        fmt::format(
            R"({{"external_id": "{}", "kind": "refund", "amount": {{"amount": {}, "currency": "{}"}}, )"
            R"("occurred_at": "2026-03-06T10:00:00Z"}})",
            id, amount, currency));
  }
};

TEST_F(Conversions, AreRecordedOnceWithTheirEarning) {
  const auto made = s.app.post("/api/conversions", body("o1", 10'000));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto again = s.app.post("/api/conversions", body("o1", 10'000));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, made.body);
  const auto other = s.app.post("/api/conversions", body("o1", 20'000));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.code(), "known_differently");
  EXPECT_EQ(s.totals(), "333 0");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Conversions, PartialRefundsReturnExactlyTheWholeFee) {
  const auto id = sale("o1", 10'000);  // 333
  std::int64_t before = 333, left = 10'000;
  for (int i = 0; i < 7; ++i) {
    ASSERT_EQ(refund(id, fmt::format("r{}", i), 1'429).status, 201);
    left = std::max<std::int64_t>(left - 1'429, 0);
    const std::int64_t after = (333 * left * 2 + 10'000) / 20'000;
    EXPECT_EQ(
        s.cell(fmt::format("select coalesce(sum(amount), 0) from app.earnings where organization_id = $1")),
        std::to_string(after));
    before = after;
  }
  EXPECT_EQ(before, 0);
  EXPECT_EQ(s.totals(), "333 -333");
  EXPECT_EQ(s.cell("select string_agg(distinct state, ' ') from app.earnings where organization_id = $1"),
            "cancelled");
  const auto more = refund(id, "r8", 1);
  EXPECT_EQ(more.status, 422);
  EXPECT_EQ(more.code(), "refund_exceeds");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Conversions, ARefundOfMoreIsCutAndARepeatIsTheSame) {
  const auto id = sale("o1", 10'000);
  const auto first = refund(id, "r1", 4'000);
  EXPECT_EQ(first.status, 201);
  const auto again = refund(id, "r1", 4'000);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  const auto cut = refund(id, "r2", 900'000);
  EXPECT_EQ(cut.status, 201) << cut.body;
  EXPECT_NE(cut.body.find(R"("amount":6000)"), std::string::npos) << cut.body;
  EXPECT_EQ(refund(id, "r2", 900'000).status, 200) << "the same request, though it was cut";
  EXPECT_EQ(s.totals(), "333 -333");
}

TEST_F(Conversions, AFullRefundThatTakesNothingMoreStillCancels) {
  const auto id = sale("o1", 20);               // 0.667 -> 1
  ASSERT_EQ(refund(id, "r1", 19).status, 201);  // what is left earns 0.05 -> 0
  EXPECT_EQ(s.totals(), "1 -1");
  ASSERT_EQ(refund(id, "r2", 1).status, 201);
  EXPECT_EQ(s.totals(), "1 -1");
  EXPECT_EQ(s.cell("select string_agg(distinct state, ' ') from app.earnings where organization_id = $1"),
            "cancelled");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Conversions, ADisputeOfAPartWinsBackBothParts) {
  const auto id = sale("o1", 10'000);
  ASSERT_EQ(refund(id, "r1", 3'000).status, 201);
  EXPECT_EQ(
      s.cell(
          "select string_agg(state || ' ' || amount, ', ' order by id) from app.earnings where organization_id = $1"),
      "pending 333, pending -100");
}

TEST_F(Conversions, KeepTheLeadThatStandsBesideTheirPartner) {
  const auto lead_of = [&](std::string_view email, std::string_view more) {
    const auto made = s.app.post("/api/leads", fmt::format(R"({{"email": "{}"{}}})", email, more));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "lead_id");
  };
  const auto of_link = [&](PartnerId of) {
    return fmt::format(R"(, "partner_code": "{}")", s.link(of).code.str());
  };
  const auto other = s.partner();
  s.deal(other, RatePpm{500'000});
  const auto own = lead_of("own@shop.example", of_link(partner));
  const auto others = lead_of("others@shop.example", of_link(other));
  const auto nobodys = lead_of("nobodys@shop.example", "");
  const auto with_lead = [&](std::string_view id, std::string_view lead) {
    return s.app.post("/api/conversions", body(id, 10'000, fmt::format(R"("lead_id": "{}")", lead)));
  };
  EXPECT_EQ(member(with_lead("o1", own).body, "lead_id"), own);
  EXPECT_EQ(member(with_lead("o2", nobodys).body, "lead_id"), nobodys);
  EXPECT_EQ(
      s.cell(
          "select string_agg(distinct partner_id::text, ' ') from app.earnings where organization_id = $1"),
      partner.str());
  EXPECT_EQ(s.cell(fmt::format("select state from app.leads where organization_id = $1 and id = '{}'", own)),
            "converted");
  EXPECT_TRUE(with_lead("o3", others).names("/lead_id", "out_of_range"));
  EXPECT_TRUE(with_lead("o3", new_uuid().str()).names("/lead_id", "out_of_range"));
  test::Story elsewhere;
  const auto foreign = elsewhere.app.post("/api/leads", R"({"email": "far@shop.example"})");
  EXPECT_TRUE(with_lead("o3", member(foreign.body, "lead_id")).names("/lead_id", "out_of_range"));
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "2");
}

TEST_F(Conversions, CarryMetadataThatTermsMayAskFor) {
  s.cell("update app.deals set state = 'paused' where organization_id = $1 returning 1");
  const auto made =
      s.app.post("/api/partners/" + partner.str() + "/deals",
                 R"({"name": "Deal", "valid_from": "2000-01-01T00:00:00Z", "terms": [{"trigger": "sale",
          "method": "percentage", "rate_ppm": 100000,
          "conditions": [{"field": "metadata", "key": "tier", "op": "in", "values": ["gold"]}]}]})");
  ASSERT_EQ(s.app.post("/api/deals/" + member(made.body, "id") + "/activation", "{}").status, 200)
      << made.body;
  const auto gold =
      s.app.post("/api/conversions", body("o1", 10'000, R"("metadata": {"tier": "gold", "shop": "north"})"));
  ASSERT_EQ(gold.status, 201) << gold.body;
  EXPECT_NE(gold.body.find(R"("tier")"), std::string::npos) << gold.body;
  EXPECT_EQ(s.app.post("/api/conversions", body("o2", 10'000, R"("metadata": {"tier": "iron"})")).status,
            201);
  EXPECT_EQ(s.totals(), "1000 0");
  std::string many = R"("metadata": {)";
  for (int i = 0; i < 21; ++i) many += fmt::format(R"({}"n{}": "x")", i == 0 ? "" : ", ", i);
  const std::string target = "/api/conversions";
  for (const auto& more :
       {many + "}", std::string(R"("metadata": {"tier": 1})"), std::string(R"("metadata": {"": "x"})"),
        fmt::format(R"("metadata": {{"{}": "x"}})", std::string(65, 'n')),
        fmt::format(R"("metadata": {{"n": "{}"}})", std::string(256, 'x'))})
    test::expect_refused(s.app, {{Method::post, target, body("o3", 100, more), 422, "invalid", "/metadata"}});
  const auto id = member(gold.body, "id");
  s.app.principal.scope = s.partner(partner);
  EXPECT_EQ(s.app.get("/api/conversions/" + id).body.find("north"), std::string::npos);
}

TEST_F(Conversions, RefuseBadInput) {
  const auto id = sale("o1", 10'000);
  EXPECT_TRUE(refund(id, "r1", 100, "EUR").names("/amount/currency", "out_of_range"));
  EXPECT_EQ(refund(id, "r1", 0).status, 422);
  EXPECT_EQ(refund(id, "r1", -5).status, 422);
  EXPECT_EQ(refund(new_uuid().str(), "r1", 5).status, 404);
  const std::string target = "/api/conversions";
  const auto with = [&](std::string_view more) { return body("o2", 100, more); };
  test::expect_refused(
      s.app, {{Method::post, target, body("o2", 0), 422, "invalid", "/amount/amount"},
              {Method::post, target, body("o2", -1), 422, "invalid", "/amount/amount"},
              {Method::post, target, body("o2", 1'000'000'000'001), 422, "invalid", "/amount/amount"},
              {Method::post, target, with(R"("tax": {"amount": 5, "currency": "EUR"})"), 422, "invalid",
               "/tax/currency"},
              {Method::post, target, with(R"("tax": {"amount": 101, "currency": "USD"})"), 422, "invalid",
               "/tax/amount"},
              {Method::post, target, with(R"("earned": 5)"), 422, "invalid", "/earned", "unknown_field"}});
  auto nobody = body("o2", 100);
  nobody.replace(nobody.find(partner.str()), 36, new_uuid().str());
  const auto answer = s.app.post(target, nobody);
  EXPECT_EQ(answer.status, 422) << answer.body;
  EXPECT_EQ(answer.code(), "no_attribution");
  EXPECT_EQ(s.cell("select count(*) from app.conversions where organization_id = $1"), "1");
}

TEST_F(Conversions, APartnerSeesItsOwnAndChangesNothing) {
  const auto id = sale("o1", 10'000);
  const auto other = s.partner();
  s.app.principal.scope = s.partner(partner);
  EXPECT_EQ(s.app.get("/api/conversions/" + id).status, 200);
  EXPECT_EQ(test::items(s.app.get("/api/conversions").body), 1);
  EXPECT_EQ(s.app.post("/api/conversions", body("o2", 100)).status, 403);
  EXPECT_EQ(refund(id, "r1", 5).status, 403);
  s.app.principal.scope = s.partner(other);
  EXPECT_EQ(s.app.get("/api/conversions/" + id).status, 404);
  EXPECT_EQ(test::items(s.app.get("/api/conversions").body), 0);
  EXPECT_EQ(test::items(s.app.get("/api/conversions?partner_id=" + partner.str()).body), 0);
}

}  // namespace
}  // namespace tandem::attribution
