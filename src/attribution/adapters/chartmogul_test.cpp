#include "attribution/adapters/chartmogul.hpp"

#include <gtest/gtest.h>

namespace tandem::attribution {
namespace {

std::string page_of(std::string_view invoices, std::string_view rest = R"("cursor":"c1","has_more":false)") {
  return fmt::format(R"({{"invoices":[{}],{}}})", invoices, rest);
}
std::string invoice(std::string_view lines, std::string_view transactions, std::string_view more = "") {
  return fmt::format(
      R"({{"uuid":"inv_1","external_id":"INV-1","customer_uuid":"cus_1","customer_external_id":"acct_1",)"
      R"("currency":"USD"{},"line_items":[{}],"transactions":[{}]}})",
      more, lines, transactions);
}
constexpr std::string_view kLine =
    R"({"type":"subscription","plan_uuid":"pl_1","amount_in_cents":12000,"tax_amount_in_cents":2000})";
std::string transaction(std::string_view uuid, std::string_view type, std::string_view amount,
                        std::string_view more = "") {
  return fmt::format(
      R"({{"uuid":"{}","type":"{}","date":"2026-03-11T08:00:03.000Z","result":"successful","amount_in_cents":{}{}}})",
      uuid, type, amount, more);
}

std::vector<ChartMogulTransaction> read(const std::string& one) {
  auto page = read_chartmogul_page(page_of(one));
  EXPECT_TRUE(page);
  return page ? page->transactions : std::vector<ChartMogulTransaction>{};
}
Actions actions_of(const ChartMogulTransaction& one) {
  auto actions = chartmogul_adapter().read(json::print(one.record));
  EXPECT_TRUE(actions) << actions.error().reason;
  return actions ? *std::move(actions) : Actions{};
}

TEST(ChartMogul, a_payment_without_an_amount_is_of_the_whole_invoice) {
  const auto found = read(invoice(kLine, transaction("tr_1", "payment", "null")));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].event_id, "tr_1");
  const auto actions = actions_of(found[0]);
  ASSERT_EQ(actions.size(), 1U);
  const auto& facts = std::get<ConversionFacts>(actions[0]);
  EXPECT_EQ(facts.source, "chartmogul");
  EXPECT_EQ(facts.external_id, "tr_1");
  EXPECT_EQ(facts.kind, ConversionKind::subscription);
  EXPECT_EQ(facts.gross.str(), "120");
  EXPECT_EQ(facts.tax.str(), "20");
  EXPECT_EQ(facts.who.lead_external_id, "acct_1");
  EXPECT_EQ(facts.who.lead_alias, "cus_1");
  EXPECT_EQ(facts.plan, "pl_1");
  EXPECT_EQ(facts.occurred_at.str(), "2026-03-11T08:00:03.000Z");
  EXPECT_EQ(facts.references, (std::vector<std::string>{"inv_1", "INV-1"}));
}

TEST(ChartMogul, a_part_payment_has_its_share_of_the_tax_rounded_once) {
  const auto found = read(invoice(kLine, transaction("tr_1", "payment", "1234")));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].record.amount, 1234);
  EXPECT_EQ(found[0].record.tax, 206);  // 2000 · 1234 / 12000 = 205.67
}

TEST(ChartMogul, refunds_go_to_the_payments_of_their_invoice_in_order) {
  const auto found = read(invoice(kLine, transaction("tr_r", "refund", "9000") + "," +
                                             transaction("tr_1", "payment", "7000") + "," +
                                             transaction("tr_2", "payment", "5000")));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].event_id, "tr_r");
  const auto actions = actions_of(found[2]);
  ASSERT_EQ(actions.size(), 2U);
  const auto& first = std::get<ReversalFacts>(actions[0]);
  const auto& second = std::get<ReversalFacts>(actions[1]);
  EXPECT_EQ(first.external_id, "tr_r");
  EXPECT_EQ(first.conversion, "tr_1");
  EXPECT_EQ(first.amount.str(), "70");
  EXPECT_EQ(second.external_id, "tr_r:2");
  EXPECT_EQ(second.conversion, "tr_2");
  EXPECT_EQ(second.amount.str(), "20");
}

TEST(ChartMogul, a_refund_without_a_payment_waits_for_the_invoice) {
  const auto found = read(invoice(kLine, transaction("tr_r", "refund", "null")));
  ASSERT_EQ(found.size(), 1U);
  const auto actions = actions_of(found[0]);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(std::get<ReversalFacts>(actions[0]).conversion, "inv_1");
  EXPECT_EQ(std::get<ReversalFacts>(actions[0]).amount.str(), "120");
}

TEST(ChartMogul, what_is_disabled_is_undone_only_if_it_was_known) {
  for (const auto& one : {invoice(kLine, transaction("tr_1", "payment", "12000", R"(,"disabled":true)")),
                          invoice(kLine, transaction("tr_1", "payment", "12000"), R"(,"disabled":true)")}) {
    const auto found = read(one);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].event_id, "tr_1:disabled");
    EXPECT_EQ(found[0].after, "tr_1");
    const auto actions = actions_of(found[0]);
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(std::get<ReversalFacts>(actions[0]).conversion, "tr_1");
    EXPECT_EQ(std::get<ReversalFacts>(actions[0]).amount.str(), "120");
  }
  const auto refund = read(invoice(kLine, transaction("tr_r", "refund", "100", R"(,"disabled":true)")));
  ASSERT_EQ(refund.size(), 1U);
  EXPECT_FALSE(chartmogul_adapter().read(json::print(refund[0].record))) << "for a person";
}

TEST(ChartMogul, failed_and_empty_ones_are_left_out) {
  EXPECT_TRUE(read(invoice(kLine, R"({"uuid":"tr_1","type":"payment","date":"2026-03-11T08:00:03.000Z",)"
                                  R"("result":"failed","amount_in_cents":100})"))
                  .empty());
  EXPECT_TRUE(read(invoice(kLine, transaction("tr_1", "payment", "0"))).empty());
  EXPECT_TRUE(read(invoice(kLine, "")).empty());
}

TEST(ChartMogul, what_cannot_be_read_is_kept_for_a_person) {
  for (const auto& one :
       {invoice(kLine, transaction("tr_1", "chargeback", "1")),
        invoice(kLine, transaction("tr_1", "payment", "-1")),
        invoice(kLine, transaction("tr_1", "payment", "1000000000001")),
        invoice(R"({"amount_in_cents":"12"})", transaction("tr_1", "payment", "1")),
        std::string(R"({"uuid":"inv_1","currency":"XXX","line_items":[],"transactions":[]})")}) {
    const auto found = read(one);
    ASSERT_EQ(found.size(), 1U) << one;
    EXPECT_FALSE(chartmogul_adapter().read(json::print(found[0].record))) << one;
  }
}

TEST(ChartMogul, pages_that_are_none_are_refused) {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"invoices":[]})"),
        std::string(R"({"invoices":[)"), page_of("", R"("has_more":true)"),
        page_of("", R"("cursor":"","has_more":true)")})
    EXPECT_FALSE(read_chartmogul_page(body)) << body;
  EXPECT_TRUE(read_chartmogul_page(page_of("")));
}

TEST(ChartMogul, the_webhook_is_a_hint_and_never_money) {
  const http::Pairs none;
  const auto verify = [&](std::string_view body) {
    return chartmogul_adapter().verify({none, body, Timestamp{}}, {"api_key"});
  };
  const std::string movement =
      R"({"type":"mrr_movement","movement_type":"new_biz","customer":{"uuid":"cus_1"}})";
  const auto verified = verify(movement);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->event_id, verify(movement)->event_id);
  EXPECT_NE(verified->event_id, verify(R"({"type":"mrr_movement"})")->event_id);
  const auto actions = chartmogul_adapter().read(movement);
  ASSERT_TRUE(actions && actions->size() == 1);
  EXPECT_TRUE(std::holds_alternative<PollSource>(actions->front()));
  const auto forged = read(invoice(kLine, transaction("tr_1", "payment", "100")));
  EXPECT_FALSE(verify(json::print(forged.at(0).record)));
  EXPECT_FALSE(verify("not json"));
  EXPECT_TRUE(std::holds_alternative<Ignore>(chartmogul_adapter().read(R"({"type":"other"})")->front()));
}

}  // namespace
}  // namespace tandem::attribution
