// What PayPal and Stripe report, read and compared with the payouts.
#include <gtest/gtest.h>

#include "payouts/adapters/provider_reports.hpp"
#include "payouts/outside_report.hpp"
#include "payouts/rails.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

constexpr std::string_view kPayPalHead =
    "\xEF\xBB\xBF\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\","
    "\"Transaction ID\",\"Reference Txn ID\",\"Custom Number\"\n";
constexpr std::string_view kStripeHead =
    "balance_transaction_id,created_utc,created,available_on,currency,gross,fee,net,reporting_category,source_id,"
    "description\n";

std::string paypal_line(const std::string& date, const std::string& type, const std::string& status,
                        const std::string& gross, const std::string& id,
                        const std::string& more = "\"\",\"\"", const std::string& currency = "USD",
                        const std::string& fee = "-0.25") {
  return fmt::format(
      "\"{}\",\"10:00:00\",\"PST\",\"Ann\",\"{}\",\"{}\",\"{}\",\"{}\",\"{}\",\"0\",\"{}\",{}\n", date, type,
      status, currency, gross, fee, id, more);
}
std::string stripe_line(const std::string& day, const std::string& category, const std::string& gross,
                        const std::string& source, const std::string& currency = "usd") {
  return fmt::format("txn_1,{0} 09:15:00,{0} 10:15:00,{0} 00:00:00,{1},{2},0.00,{2},{3},{4},\n", day,
                     currency, gross, category, source);
}

TEST(PayPalActivity, AmountsAndDaysAreReadAsTheirLanguageWritesThem) {
  const auto read = [](const std::string& date, const std::string& gross, const std::string& currency) {
    const auto report =
        read_paypal_activity(std::string(kPayPalHead) + paypal_line(date, "Mass Pay Payment", "Completed",
                                                                    gross, "T1", "\"\",\"\"", currency, ""));
    EXPECT_TRUE(report) << (report ? std::string() : report.error());
    const auto& move = report->moves.at(0);
    return fmt::format("{} {} {} {}", to_text(move.amount), move.is_out, move.fee.has_value(),
                       move.on ? move.on->str() : "?");
  };
  EXPECT_EQ(read("03/31/2026", "-1,234.56", "USD"), "1234.56 USD true false 2026-03-31");
  EXPECT_EQ(read("31/03/2026", "-1.234,56", "EUR"), "1234.56 EUR true false 2026-03-31");
  EXPECT_EQ(read("1.3.2026", "-12,5", "EUR"), "12.50 EUR true false 2026-03-01");
  EXPECT_EQ(read("2026-03-31", "1,000", "JPY"), "1000 JPY false false 2026-03-31");
  EXPECT_EQ(read("03/04/2026",
                 "-1\xC2\xA0"
                 "000",
                 "USD"),
            "1000.00 USD true false ?")
      << "March or April";
}

TEST(PayPalActivity, WhatIsNoSuchFileIsRefused) {
  EXPECT_EQ(read_paypal_activity("a,b\n1,2\n").error(), "the file has no column \"Date\"");
  EXPECT_EQ(read_paypal_activity(std::string(kPayPalHead) +
                                 paypal_line("03/31/2026", "Mass Pay Payment", "Completed", "lots", "T1"))
                .error(),
            "line 2: \"lots\" is no amount");
  EXPECT_EQ(read_paypal_activity(std::string(kPayPalHead) +
                                 paypal_line("03/31/2026", "Mass Pay Payment", "Completed", "-1.0055", "T1"))
                .error(),
            "line 2: \"-1.0055\" is no amount")
      << "less than a cent";
  EXPECT_FALSE(read_paypal_activity(std::string(kPayPalHead) + "\"open"));
  EXPECT_EQ(read_stripe_balance("source_id,currency\n").error(),
            "the file has no column \"reporting_category\"");
  EXPECT_EQ(read_stripe_balance(std::string(kStripeHead) +
                                stripe_line("2026-03-31", "transfer", "-1.00", "tr_1", "dollars"))
                .error(),
            "line 2: \"dollars\" is no currency");
}

struct ProviderReports : testing::Test {
  test::PayoutStory s;
  PartnerId one, two;

  void SetUp() override { set_rail_urls({"simulator", "simulator", "simulator"}); }
  void TearDown() override { set_rail_urls({}); }
  /// Payouts of 10.50 and 20.00 that were paid.
  void paid(const std::string& rail, const std::string& first, const std::string& second) {
    s.as(s.anna).post("/api/rail-accounts",
                      fmt::format(R"({{"rail":"{}","client_id":"any","secret":"any secret"}})", rail));
    one = s.payee(1'050, rail, first);
    two = s.payee(2'000, rail, second);
    s.sent({one, two});
    s.work();
    ASSERT_EQ(s.payout_state(one) + s.payout_state(two), "paidpaid");
  }
  std::string name_of(PartnerId partner) {
    std::string out = s.payout_of(partner);
    std::erase(out, '-');
    return out;
  }
  /// The day when they were paid, and others near it.
  std::string day(int after) {
    return s.cell(fmt::format(
        "select (max(settled_at)::date + {})::text from app.payouts where organization_id = $1", after));
  }
  std::string compared(ReportFormat format, const std::string& csv) {
    auto report = read_outside_report(format, csv);
    EXPECT_TRUE(report) << (report ? std::string() : report.error());
    const auto found = s.tx(s.staff, db::Role::read, [&](db::Tx& tx) { return compare(tx, *report); });
    std::string out = fmt::format("{} {}\n", found.payouts, found.others);
    for (const auto& row : found.differences)
      out += fmt::format("{} {} {}\n", row.problem, row.subject, row.detail);
    return out;
  }
};

TEST_F(ProviderReports, StripesBalanceNamesTransfersAndReversals) {
  paid("stripe", "acct_1", "acct_2");
  const auto line = [&](PartnerId partner, const std::string& gross,
                        const std::string& category = "transfer") {
    return stripe_line(day(0), category, gross, "simulated_" + name_of(partner));
  };
  const std::string around = stripe_line(day(-2), "charge", "99.00", "ch_1") +
                             stripe_line(day(2), "transfer", "-5.00", "tr_of_something_else");
  const std::string all = std::string(kStripeHead) + around + line(one, "-10.50") + line(two, "-20.00");
  EXPECT_EQ(compared(ReportFormat::stripe_csv, all), "2 2\n");
  EXPECT_EQ(compared(ReportFormat::stripe_csv, std::string(kStripeHead) + around + line(one, "-10.49")),
            fmt::format("1 2\ndifferent_amount {} line 4: 10.49 USD there, 10.50 USD here\n"
                        "missing_there {} 20.00 USD paid here, not in the report\n",
                        name_of(one), name_of(two)));
  // The newest line first; it came back, and nobody has told us.
  EXPECT_EQ(compared(ReportFormat::stripe_csv, std::string(kStripeHead) + around +
                                                   line(one, "10.50", "transfer_reversal") +
                                                   line(one, "-10.50") + line(two, "-20.00")),
            fmt::format("2 2\ndifferent_state {} line 4: returned there, paid here\n", name_of(one)));
  s.as(s.boris).post("/api/payouts/" + s.payout_of(one) + "/return", R"({"reason":"reversed"})");
  EXPECT_EQ(compared(ReportFormat::stripe_csv, std::string(kStripeHead) + around +
                                                   line(one, "10.50", "transfer_reversal") +
                                                   line(one, "-10.50") + line(two, "-20.00")),
            "2 2\n");
}

TEST_F(ProviderReports, PayPalsActivityNamesPayoutsByOurReferenceOrItsOwn) {
  paid("paypal", "ann@mail.example", "ben@mail.example");
  s.peek("update app.payouts set bank_reference = 'T-' || amount where organization_id = $1 returning 1",
         {s.organization_id.str()});
  const std::string around =
      paypal_line(day(-2), "Website Payment", "Completed", "99.00", "T-99") +
      paypal_line(day(2), "Mass Pay Payment", "Pending", "-10.50", "T-1050") +
      paypal_line(day(0), "General Currency Conversion", "Completed", "-10.50", "C-1", "\"T-1050\",\"\"");
  const std::string first = paypal_line(day(0), "Mass Pay Payment", "Completed", "-10.50", "T-1050"),
                    second = paypal_line(day(0), "Mass Pay Payment", "Completed", "-20.00", "unknown",
                                         "\"\",\"" + name_of(two) + "\"");
  EXPECT_EQ(compared(ReportFormat::paypal_csv, std::string(kPayPalHead) + around + first + second), "2 3\n");
  EXPECT_EQ(
      compared(ReportFormat::paypal_csv, std::string(kPayPalHead) + around + first + second +
                                             paypal_line(day(1), "Payment Refund", "Completed", "20.00",
                                                         "R-1", "\"unknown\",\"" + name_of(two) + "\"")),
      fmt::format("2 3\ndifferent_state {} line 7: returned there, paid here\n", name_of(two)));
  EXPECT_EQ(compared(ReportFormat::paypal_csv, std::string(kPayPalHead) + around + first + first + second),
            fmt::format("2 3\npaid_twice {} line 6: 2 times there\n", name_of(one)));
  EXPECT_EQ(
      compared(ReportFormat::paypal_csv, std::string(kPayPalHead) + around + first + second +
                                             paypal_line(day(0), "Mass Pay Payment", "Completed", "-1.00",
                                                         "X", "\"\",\"" + std::string(32, 'a') + "\"")),
      fmt::format("3 3\nmissing_here {} line 7: 1.00 USD paid there, no such payout here\n",
                  std::string(32, 'a')));
}

}  // namespace
}  // namespace tandem::payouts
